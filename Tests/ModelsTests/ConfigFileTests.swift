import Testing

@testable import Models

/// Configurations as their publishers spell them, against the catalogue, whose layouts are held to
/// independent figures.
@Suite struct ConfigFileTests {
  static let published: [(name: String, config: String)] = [
    (
      "llama-3.1-8b",
      #""model_type":"llama","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":128256,"max_position_embeddings":131072,"tie_word_embeddings":false,"attention_bias":false"#
    ),
    (
      "qwen2.5-7b",
      #""model_type":"qwen2","hidden_size":3584,"num_hidden_layers":28,"num_attention_heads":28,"num_key_value_heads":4,"intermediate_size":18944,"vocab_size":152064,"max_position_embeddings":131072,"tie_word_embeddings":false,"sliding_window":131072,"use_sliding_window":false,"max_window_layers":28"#
    ),
    (
      "mistral-7b-instruct-v0.3",
      #""model_type":"mistral","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":32768,"max_position_embeddings":32768,"sliding_window":null,"tie_word_embeddings":false"#
    ),
    (
      "mixtral-8x7b-v0.1",
      #""model_type":"mixtral","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"intermediate_size":14336,"vocab_size":32000,"max_position_embeddings":32768,"sliding_window":null,"num_local_experts":8,"num_experts_per_tok":2,"tie_word_embeddings":false"#
    ),
    (
      "qwen3-30b-a3b",
      #""model_type":"qwen3_moe","hidden_size":2048,"num_hidden_layers":48,"num_attention_heads":32,"num_key_value_heads":4,"head_dim":128,"intermediate_size":6144,"moe_intermediate_size":768,"num_experts":128,"num_experts_per_tok":8,"decoder_sparse_step":1,"mlp_only_layers":[],"vocab_size":151936,"max_position_embeddings":40960,"attention_bias":false,"sliding_window":null,"use_sliding_window":false,"tie_word_embeddings":false"#
    ),
    (
      "deepseek-v3",
      #""model_type":"deepseek_v3","hidden_size":7168,"num_hidden_layers":61,"num_attention_heads":128,"num_key_value_heads":128,"q_lora_rank":1536,"kv_lora_rank":512,"qk_nope_head_dim":128,"qk_rope_head_dim":64,"v_head_dim":128,"intermediate_size":18432,"moe_intermediate_size":2048,"n_routed_experts":256,"num_experts_per_tok":8,"n_shared_experts":1,"first_k_dense_replace":3,"moe_layer_freq":1,"topk_method":"noaux_tc","num_nextn_predict_layers":1,"vocab_size":129280,"max_position_embeddings":163840,"attention_bias":false,"tie_word_embeddings":false"#
    ),
    (
      "gpt-oss-20b",
      #""model_type":"gpt_oss","hidden_size":2880,"num_hidden_layers":24,"num_attention_heads":64,"num_key_value_heads":8,"head_dim":64,"intermediate_size":2880,"num_local_experts":32,"num_experts_per_tok":4,"experts_per_token":4,"sliding_window":128,"vocab_size":201088,"max_position_embeddings":131072,"attention_bias":true,"tie_word_embeddings":false"#
    ),
    (
      "gemma-2-9b",
      #""model_type":"gemma2","hidden_size":3584,"num_hidden_layers":42,"num_attention_heads":16,"num_key_value_heads":8,"head_dim":256,"intermediate_size":14336,"vocab_size":256000,"max_position_embeddings":8192,"sliding_window":4096,"attention_bias":false"#
    ),
    (
      "gemma-3-27b-it",
      #""model_type":"gemma3","text_config":{"model_type":"gemma3_text","hidden_size":5376,"num_hidden_layers":62,"num_attention_heads":32,"num_key_value_heads":16,"head_dim":128,"intermediate_size":21504,"vocab_size":262144,"max_position_embeddings":131072,"sliding_window":1024}"#
    ),
    (
      "olmo-2-1124-7b",
      #""model_type":"olmo2","hidden_size":4096,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":32,"intermediate_size":11008,"vocab_size":100352,"max_position_embeddings":4096,"tie_word_embeddings":false,"attention_bias":false"#
    ),
    (
      "glm-4.5-air",
      #""model_type":"glm4_moe","hidden_size":4096,"num_hidden_layers":46,"num_attention_heads":96,"num_key_value_heads":8,"head_dim":128,"intermediate_size":10944,"moe_intermediate_size":1408,"n_routed_experts":128,"n_shared_experts":1,"num_experts_per_tok":8,"first_k_dense_replace":1,"use_qk_norm":false,"vocab_size":151552,"max_position_embeddings":131072,"attention_bias":true,"tie_word_embeddings":false"#
    ),
    (
      "qwen3-next-80b-a3b-instruct",
      #""model_type":"qwen3_next","hidden_size":2048,"num_hidden_layers":48,"num_attention_heads":16,"num_key_value_heads":2,"head_dim":256,"intermediate_size":5120,"moe_intermediate_size":512,"shared_expert_intermediate_size":512,"num_experts":512,"num_experts_per_tok":10,"decoder_sparse_step":1,"linear_num_key_heads":16,"linear_num_value_heads":32,"linear_key_head_dim":128,"linear_value_head_dim":128,"linear_conv_kernel_dim":4,"full_attention_interval":4,"vocab_size":151936,"max_position_embeddings":262144,"tie_word_embeddings":false"#
    ),
    (
      "llama-4-scout-17b-16e-instruct",
      #""model_type":"llama4","text_config":{"model_type":"llama4_text","hidden_size":5120,"num_hidden_layers":48,"num_attention_heads":40,"num_key_value_heads":8,"head_dim":128,"intermediate_size":8192,"intermediate_size_mlp":16384,"num_local_experts":16,"num_experts_per_tok":1,"interleave_moe_layer_step":1,"attention_chunk_size":8192,"use_qk_norm":true,"vocab_size":202048,"max_position_embeddings":10485760,"attention_bias":false,"tie_word_embeddings":false}"#
    ),
    (
      "llama-4-maverick-17b-128e-instruct",
      #""model_type":"llama4","text_config":{"model_type":"llama4_text","hidden_size":5120,"num_hidden_layers":48,"num_attention_heads":40,"num_key_value_heads":8,"head_dim":128,"intermediate_size":8192,"intermediate_size_mlp":16384,"num_local_experts":128,"num_experts_per_tok":1,"interleave_moe_layer_step":2,"attention_chunk_size":8192,"use_qk_norm":false,"vocab_size":202048,"max_position_embeddings":1048576,"attention_bias":false,"tie_word_embeddings":false}"#
    ),
  ]

  /// A list of the kinds of layers, as files have it: `pattern` repeated.
  private static func kinds(_ pattern: [String], _ times: Int) -> String {
    let words = Array(repeating: pattern, count: times).flatMap(\.self)
    return "[" + words.map { "\"\($0)\"" }.joined(separator: ",") + "]"
  }

  /// Configurations that list their layers.
  static let listed: [(name: String, config: String)] = [
    (
      "gemma-4-e2b",
      #""model_type":"gemma4","tie_word_embeddings":true,"text_config":{"model_type":"gemma4_text","attention_bias":false,"attention_k_eq_v":false,"enable_moe_block":false,"global_head_dim":512,"head_dim":256,"hidden_size":1536,"hidden_size_per_layer_input":256,"intermediate_size":6144,"max_position_embeddings":131072,"num_attention_heads":8,"num_experts":null,"num_global_key_value_heads":null,"num_hidden_layers":35,"num_key_value_heads":1,"num_kv_shared_layers":20,"sliding_window":512,"tie_word_embeddings":true,"top_k_experts":null,"use_double_wide_mlp":true,"vocab_size":262144,"vocab_size_per_layer_input":262144,"layer_types":\#(kinds(four + ["full_attention"], 7))}"#
    ),
    (
      "gemma-4-26b-a4b",
      #""model_type":"gemma4","text_config":{"model_type":"gemma4_text","attention_bias":false,"attention_k_eq_v":true,"enable_moe_block":true,"global_head_dim":512,"head_dim":256,"hidden_size":2816,"hidden_size_per_layer_input":0,"intermediate_size":2112,"max_position_embeddings":262144,"moe_intermediate_size":704,"num_attention_heads":16,"num_experts":128,"num_global_key_value_heads":2,"num_hidden_layers":30,"num_key_value_heads":8,"num_kv_shared_layers":0,"sliding_window":1024,"tie_word_embeddings":true,"top_k_experts":8,"use_double_wide_mlp":false,"vocab_size":262144,"layer_types":\#(kinds(four + [local, "full_attention"], 5))}"#
    ),
    (
      "gemma-4-31b",
      #""model_type":"gemma4","text_config":{"model_type":"gemma4_text","attention_k_eq_v":true,"enable_moe_block":false,"global_head_dim":512,"head_dim":256,"hidden_size":5376,"hidden_size_per_layer_input":0,"intermediate_size":21504,"max_position_embeddings":262144,"num_attention_heads":32,"num_experts":null,"num_global_key_value_heads":4,"num_hidden_layers":60,"num_key_value_heads":16,"num_kv_shared_layers":0,"sliding_window":1024,"tie_word_embeddings":true,"use_double_wide_mlp":false,"vocab_size":262144,"layer_types":\#(kinds(four + [local, "full_attention"], 10))}"#
    ),
    (
      "nemotron-3-nano-30b-a3b",
      #""model_type":"nemotron_h","attention_bias":false,"conv_kernel":4,"head_dim":128,"hidden_size":2688,"hybrid_override_pattern":"MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME","intermediate_size":1856,"mamba_head_dim":64,"mamba_num_heads":64,"max_position_embeddings":262144,"mlp_bias":false,"moe_intermediate_size":1856,"moe_shared_expert_intermediate_size":3712,"n_groups":8,"n_routed_experts":128,"n_shared_experts":1,"num_attention_heads":32,"num_experts_per_tok":6,"num_hidden_layers":52,"num_key_value_heads":2,"sliding_window":null,"ssm_state_size":128,"tie_word_embeddings":false,"use_bias":false,"use_conv_bias":true,"vocab_size":131072"#
    ),
    (
      "nemotron-3-super-120b-a12b",
      #""model_type":"nemotron_h","attention_bias":false,"conv_kernel":4,"head_dim":128,"hidden_size":4096,"hybrid_override_pattern":"MEMEMEM*EMEMEMEM*EMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEMEM*EMEMEMEM*EMEMEMEME","intermediate_size":2688,"mamba_head_dim":64,"mamba_num_heads":128,"max_position_embeddings":262144,"moe_intermediate_size":2688,"moe_latent_size":1024,"moe_shared_expert_intermediate_size":5376,"n_groups":8,"n_routed_experts":512,"n_shared_experts":1,"num_attention_heads":32,"num_experts_per_tok":22,"num_hidden_layers":88,"num_key_value_heads":2,"ssm_state_size":128,"tie_word_embeddings":false,"time_step_limit":[0.0,Infinity],"vocab_size":131072"#
    ),
    (
      "qwen3.6-27b",
      #""model_type":"qwen3_5","text_config":{"model_type":"qwen3_5_text","attention_bias":false,"attn_output_gate":true,"full_attention_interval":4,"head_dim":256,"hidden_size":5120,"intermediate_size":17408,"linear_conv_kernel_dim":4,"linear_key_head_dim":128,"linear_num_key_heads":16,"linear_num_value_heads":48,"linear_value_head_dim":128,"max_position_embeddings":262144,"num_attention_heads":24,"num_hidden_layers":64,"num_key_value_heads":4,"tie_word_embeddings":false,"vocab_size":248320,"layer_types":\#(kinds(["linear_attention", "linear_attention", "linear_attention", "full_attention"], 16))},"tie_word_embeddings":false"#
    ),
    (
      "muse-glimmer-30b",
      #""model_type":"muse_glimmer","text_config":{"model_type":"muse_glimmer_text","attention_bias":false,"head_dim":128,"hidden_size":6656,"intermediate_size":19968,"max_position_embeddings":131072,"num_attention_heads":32,"num_hidden_layers":52,"num_key_value_heads":2,"sliding_window":2048,"tie_word_embeddings":false,"vocab_size":202048,"layer_types":\#(kinds([local, local, local, "full_attention"], 13))}"#
    ),
    (
      "qwen3-vl-32b-instruct",
      #""model_type":"qwen3_vl","text_config":{"model_type":"qwen3_vl_text","attention_bias":false,"head_dim":128,"hidden_size":5120,"intermediate_size":25600,"max_position_embeddings":262144,"num_attention_heads":64,"num_hidden_layers":64,"num_key_value_heads":8,"vocab_size":151936},"tie_word_embeddings":false"#
    ),
    (
      "glm-4.7-flash",
      #""model_type":"glm4_moe_lite","hidden_size":2048,"num_hidden_layers":47,"num_attention_heads":20,"num_key_value_heads":20,"q_lora_rank":768,"kv_lora_rank":512,"qk_nope_head_dim":192,"qk_rope_head_dim":64,"v_head_dim":256,"intermediate_size":10240,"moe_intermediate_size":1536,"n_routed_experts":64,"num_experts_per_tok":4,"n_shared_experts":1,"vocab_size":154880,"max_position_embeddings":202752,"attention_bias":false,"tie_word_embeddings":false"#
    ),
    (
      "ministral-3-8b",
      #""model_type":"mistral3","text_config":{"model_type":"ministral3","hidden_size":4096,"num_hidden_layers":34,"num_attention_heads":32,"num_key_value_heads":8,"head_dim":128,"intermediate_size":14336,"vocab_size":131072,"max_position_embeddings":262144,"sliding_window":null,"tie_word_embeddings":false}"#
    ),
  ]

  private static let local = "sliding_attention"
  private static let four = Array(repeating: local, count: 4)

  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private func read(_ config: String) throws -> Model {
    try ModelReader.read(folder.write(text: "{\(config)}", as: "config.json"))
  }

  @Test(arguments: published + listed)
  func agreesWithTheCatalogue(name: String, config: String) throws {
    let model = try read(config)
    let entry = try ModelReader.read(name, quantisation: Quantisation(parsing: "BF16"))
    #expect(model.geometry == entry.geometry)
    #expect(model.tensors == entry.tensors)
    #expect(model.quantisation == "BF16")
  }

  @Test(arguments: [("float16", "F16"), ("float32", "F32"), ("bfloat16", "BF16")])
  func weightsAreStoredAsTheFileSays(dtype: String, quantisation: String) throws {
    #expect(
      try read(Self.published[0].config + #","torch_dtype":"\#(dtype)""#).quantisation
        == quantisation)
  }

  @Test(arguments: [
    ("", "model_type"), (#""model_type":"llama""#, "hidden_size"),
    (#""model_type":"llama","hidden_size":-1"#, "hidden_size"),
    (#""model_type":"llama","hidden_size":64,"num_attention_heads":0"#, "num_attention_heads"),
    (
      #""model_type":"llama","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":99999999"#,
      "num_hidden_layers"
    ),
    (
      #""model_type":"llama","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"num_key_value_heads":8"#,
      "num_key_value_heads"
    ),
    (#""model_type":7"#, "model_type"),
    (
      #""model_type":"qwen3","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"layer_types":["full_attention"]"#,
      "layer_types"
    ),
    (
      #""model_type":"qwen3","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"layer_types":["full_attention","telepathy"]"#,
      "telepathy"
    ),
    (
      #""model_type":"qwen3","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"layer_types":["full_attention","linear_attention"]"#,
      "layer_types"
    ),
    (
      #""model_type":"nemotron_h","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"mamba_num_heads":2,"mamba_head_dim":8,"n_groups":1,"ssm_state_size":8,"conv_kernel":4"#,
      "layers_block_type"
    ),
    (
      #""model_type":"nemotron_h","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"mamba_num_heads":2,"mamba_head_dim":8,"n_groups":1,"ssm_state_size":8,"conv_kernel":4,"hybrid_override_pattern":"MF""#,
      "hybrid_override_pattern"
    ),
    (
      #""model_type":"nemotron_h","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"mamba_num_heads":2,"mamba_head_dim":8,"n_groups":1,"ssm_state_size":8,"conv_kernel":4,"hybrid_override_pattern":"ME""#,
      "hybrid_override_pattern"
    ),
    (
      #""model_type":"nemotron_h","hidden_size":64,"num_attention_heads":4,"num_hidden_layers":2,"vocab_size":9,"mamba_num_heads":99999"#,
      "mamba_num_heads"
    ),
    (#""hidden_size":1e99,"model_type":"llama""#, "hidden_size"),
  ])
  func badNumbersAreMalformedAndNamed(config: String, key: String) throws {
    #expect {
      try read(config)
    } throws: { error in
      (error as? ModelError)?.kind == .malformed && "\(error)".contains(key)
    }
  }

  /// Widths that LFM2's configurations name and those that its networks have.
  /// Source: its 1.2B, 350M and 700M, by `Lfm2MLP` of transformers.
  @Test(arguments: [(12288, 8192), (6656, 4608), (10240, 6912)])
  func widthsOfLFM2AreAdjusted(named: Int, real: Int) throws {
    func config(_ adjusted: Bool) -> String {
      #""model_type":"lfm2","hidden_size":2048,"num_hidden_layers":2,"num_attention_heads":32,"#
        + #""num_key_value_heads":8,"block_ff_dim":\#(named),"block_multiple_of":256,"#
        + #""block_ffn_dim_multiplier":1.0,"block_auto_adjust_ff_dim":\#(adjusted),"#
        + #""conv_L_cache":3,"full_attn_idxs":[1],"vocab_size":65536,"tie_embedding":true"#
    }
    let model = try read(config(true))
    #expect(model.geometry.tiedEmbeddings)
    #expect(
      model.geometry.layers.map(\.mixer) == [
        .recurrent(stateElements: 2 * 2048),
        .attention(heads: 32, kvHeads: 8, keyLength: 64, valueLength: 64, window: nil),
      ])
    #expect(
      model.geometry.layers.allSatisfy { $0.feedForward == .dense(width: real, gated: true) })
    #expect(
      try read(config(false)).geometry.layers[0].feedForward == .dense(width: named, gated: true))
  }

  /// The spelling of later versions of transformers.
  @Test func singlePartsMayBeWords() throws {
    let rest =
      #""model_type":"nemotron_h","hidden_size":64,"num_hidden_layers":3,"num_attention_heads":4,"#
      + #""num_key_value_heads":2,"intermediate_size":96,"vocab_size":9,"mamba_num_heads":2,"#
      + #""mamba_head_dim":8,"n_groups":1,"ssm_state_size":8,"conv_kernel":4,"#
    let words = try read(rest + #""layers_block_type":["mamba","mlp","attention"]"#)
    let letters = try read(rest + #""hybrid_override_pattern":"M-*""#)
    #expect(words.geometry == letters.geometry && words.tensors == letters.tensors)
    // 3 · (16 + 2 · 8) + 8 · 16
    #expect(words.geometry.layers[0].mixer == .recurrent(stateElements: 224))
    #expect(words.geometry.layers[1].feedForward == .dense(width: 96, gated: false))
    #expect(words.geometry.architecture == "nemotron_h")
  }

  @Test func unknownTypesAreSaidAndNotGuessed() throws {
    #expect {
      try read(#""model_type":"rwkv9","hidden_size":64"#)
    } throws: { error in
      (error as? ModelError)?.kind == .unsupported && "\(error)".contains("rwkv9")
    }
  }

  @Test func brokenTextNamesTheByte() throws {
    let path = try folder.write(text: #"{"model_type": llama}"#, as: "config.json")
    #expect {
      try ModelReader.read(path)
    } throws: { error in
      (error as? ModelError)?.kind == .malformed && "\(error)".contains("byte 15")
    }
  }
}
