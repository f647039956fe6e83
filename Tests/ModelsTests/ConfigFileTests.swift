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

  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private func read(_ config: String) throws -> Model {
    try ModelReader.read(folder.write(text: "{\(config)}", as: "config.json"))
  }

  @Test(arguments: published)
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
    (#""hidden_size":1e99,"model_type":"llama""#, "hidden_size"),
  ])
  func badNumbersAreMalformedAndNamed(config: String, key: String) throws {
    #expect {
      try read(config)
    } throws: { error in
      (error as? ModelError)?.kind == .malformed && "\(error)".contains(key)
    }
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
