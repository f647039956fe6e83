import Testing

@testable import Models

/// Configurations of families that the catalogue has no entry of, or spells otherwise.
@Suite struct ConfigFamiliesTests {
  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private func read(_ config: String) throws -> Model {
    try ModelReader.read(folder.write(text: "{\(config)}", as: "config.json"))
  }

  /// Attention in four of forty layers.
  private static let granite: String = {
    let words = (0..<40).map { [5, 15, 25, 35].contains($0) ? "\"attention\"" : "\"mamba\"" }
    return "[" + words.joined(separator: ",") + "]"
  }()

  /// Configurations, and the elements that their publishers' weights have.
  static let counted: [(elements: Int, config: String)] = [
    // allenai/OLMoE-1B-7B-0924
    (
      6_919_161_856,
      #""model_type":"olmoe","hidden_size":2048,"intermediate_size":1024,"num_hidden_layers":16,"num_experts":64,"num_experts_per_tok":8,"num_attention_heads":16,"num_key_value_heads":16,"vocab_size":50304,"tie_word_embeddings":false"#
    ),
    // allenai/Olmo-3-1025-7B and -32B
    (
      7_298_011_136,
      #""model_type":"olmo3","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":32,"sliding_window":4096,"vocab_size":100278,"tie_word_embeddings":false"#
    ),
    (
      32_233_522_176,
      #""model_type":"olmo3","hidden_size":5120,"intermediate_size":27648,"num_hidden_layers":64,"num_attention_heads":40,"num_key_value_heads":8,"sliding_window":4096,"vocab_size":100278,"tie_word_embeddings":false"#
    ),
    // ibm-granite/granite-3.0-1b-a400m
    (
      1_334_628_352,
      #""model_type":"granitemoe","hidden_size":1024,"num_hidden_layers":24,"intermediate_size":512,"num_attention_heads":16,"num_key_value_heads":8,"num_local_experts":32,"num_experts_per_tok":8,"vocab_size":49155,"tie_word_embeddings":true"#
    ),
    // ibm-granite/granite-4.0-h-tiny
    (
      6_939_037_248,
      #""model_type":"granitemoehybrid","hidden_size":1536,"num_hidden_layers":40,"num_attention_heads":12,"num_key_value_heads":4,"intermediate_size":512,"shared_intermediate_size":1024,"num_local_experts":64,"num_experts_per_tok":6,"vocab_size":100352,"tie_word_embeddings":true,"mamba_d_state":128,"mamba_n_groups":1,"mamba_n_heads":48,"mamba_d_head":64,"mamba_expand":2,"mamba_d_conv":4,"max_position_embeddings":131072,"layer_types":\#(granite)"#
    ),
    // Command R, by the defaults of transformers' CohereConfig: one norm a layer, shared embeddings.
    (
      34_980_831_232,
      #""model_type":"cohere","hidden_size":8192,"intermediate_size":22528,"num_hidden_layers":40,"num_attention_heads":64,"num_key_value_heads":64,"vocab_size":256000,"max_position_embeddings":131072"#
    ),
    // allenai/OLMo-1B-hf, and OLMo-7B-0424-hf with its clipped projections: norms have no weights.
    (
      1_176_764_416,
      #""model_type":"olmo","hidden_size":2048,"intermediate_size":8192,"num_hidden_layers":16,"num_attention_heads":16,"num_key_value_heads":16,"vocab_size":50304,"clip_qkv":null,"attention_bias":false,"max_position_embeddings":2048,"tie_word_embeddings":true"#
    ),
    (
      6_888_095_744,
      #""model_type":"olmo","hidden_size":4096,"intermediate_size":11008,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":32,"vocab_size":50304,"clip_qkv":8.0,"attention_bias":false,"max_position_embeddings":4096,"tie_word_embeddings":false"#
    ),
    // microsoft/phi-2 and Phi-3.5-MoE-instruct
    (
      2_779_683_840,
      #""model_type":"phi","hidden_size":2560,"intermediate_size":10240,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":null,"partial_rotary_factor":0.4,"qk_layernorm":false,"vocab_size":51200,"max_position_embeddings":2048,"tie_word_embeddings":false"#
    ),
    (
      41_873_153_344,
      #""model_type":"phimoe","hidden_size":4096,"intermediate_size":6400,"num_hidden_layers":32,"num_attention_heads":32,"num_key_value_heads":8,"num_local_experts":16,"num_experts_per_tok":2,"attention_bias":true,"lm_head_bias":true,"sliding_window":131072,"vocab_size":32064,"max_position_embeddings":131072,"tie_word_embeddings":false"#
    ),
    // LiquidAI/LFM2-8B-A1B: 8,339,929,856 in BF16, and 704 biases of the router in F32.
    (
      8_339_930_560,
      #""model_type":"lfm2_moe","hidden_size":2048,"intermediate_size":7168,"moe_intermediate_size":1792,"num_hidden_layers":24,"num_attention_heads":32,"num_key_value_heads":8,"num_experts":32,"num_experts_per_tok":4,"num_dense_layers":2,"use_expert_bias":true,"conv_L_cache":3,"conv_bias":false,"vocab_size":65536,"max_position_embeddings":128000,"tie_embedding":true,"layer_types":\#(liquid)"#
    ),
    // tiiuae/Falcon-H1-0.5B-Base
    (521_411_104, falconH1),
  ]

  /// Attention in six of twenty-four layers.
  private static let liquid: String = {
    let words = (0..<24).map {
      [2, 6, 10, 14, 18, 21].contains($0) ? "\"full_attention\"" : "\"conv\""
    }
    return "[" + words.joined(separator: ",") + "]"
  }()

  private static let falconH1 =
    #""model_type":"falcon_h1","hidden_size":1024,"intermediate_size":2048,"num_hidden_layers":36,"num_attention_heads":8,"num_key_value_heads":2,"head_dim":64,"attention_bias":false,"mlp_bias":false,"projectors_bias":false,"mamba_conv_bias":true,"mamba_d_conv":4,"mamba_d_head":64,"mamba_d_ssm":1536,"mamba_d_state":128,"mamba_expand":2,"mamba_n_groups":1,"mamba_n_heads":24,"mamba_proj_bias":false,"mamba_rms_norm":false,"vocab_size":32784,"max_position_embeddings":16384,"tie_word_embeddings":false"#

  @Test(arguments: counted)
  func elementsAreThoseOfThePublishedWeights(elements: Int, config: String) throws {
    let model = try read(config)
    #expect(model.tensors.reduce(0) { $0 + $1.shape.reduce(1, *) } == elements)
  }

  /// Source: tiiuae/falcon-7b, whose 71 heads of the cache are one, and falcon-40b.
  @Test(arguments: [
    (
      "falcon-7b",
      #""hidden_size":4544,"num_hidden_layers":32,"num_attention_heads":71,"num_kv_heads":71,"multi_query":true,"new_decoder_architecture":false,"parallel_attn":true"#
    ),
    (
      "falcon-40b",
      #""hidden_size":8192,"num_hidden_layers":60,"num_attention_heads":128,"num_kv_heads":8,"multi_query":true,"new_decoder_architecture":true,"parallel_attn":true"#
    ),
  ])
  func headsOfFalconFollowFromItsFlags(name: String, config: String) throws {
    let model = try read(#""model_type":"falcon","bias":false,"vocab_size":65024,"# + config)
    let entry = try ModelReader.read(name, quantisation: Quantisation(parsing: "BF16"))
    #expect(model.geometry == entry.geometry)
    #expect(model.tensors == entry.tensors)
  }

  /// google/gemma-3-4b-it and 12b-it as they are: their heads are 256 long, and the file doesn't say.
  /// Their vocabulary is padded by 64 words, which the catalogue's entries are not.
  @Test(arguments: [
    (
      "gemma-3-4b-it",
      #""hidden_size":2560,"intermediate_size":10240,"num_hidden_layers":34"#
    ),
    (
      "gemma-3-12b-it",
      #""hidden_size":3840,"intermediate_size":15360,"num_attention_heads":16,"num_hidden_layers":48,"num_key_value_heads":8"#
    ),
  ])
  func whatGemma3LeavesOutIsTheDefault(name: String, config: String) throws {
    let model = try read(
      #""model_type":"gemma3","text_config":{"model_type":"gemma3_text","sliding_window":1024,"#
        + config + "}")
    let entry = try ModelReader.read(name, quantisation: Quantisation(parsing: "BF16"))
    #expect(model.geometry.layers == entry.geometry.layers)
    #expect(model.geometry.vocabularySize == entry.geometry.vocabularySize + 64)
    #expect(model.geometry.contextLength == entry.geometry.contextLength)
    #expect(model.geometry.tiedEmbeddings)
  }

  @Test func layersOfFalconH1KeepBothCacheAndState() throws {
    let layers = try read(Self.falconH1).geometry.layers
    // 3 · (1536 + 2 · 128) + 128 · 1536
    let layer = ModelGeometry.Layer(
      mixer: .attention(heads: 8, kvHeads: 2, keyLength: 64, valueLength: 64, window: nil),
      feedForward: .dense(width: 2048, gated: true), parallelState: 201_984)
    #expect(layers == Array(repeating: layer, count: 36))
    let automatic = Self.falconH1.replacing(#""mamba_d_head":64"#, with: #""mamba_d_head":"auto""#)
    #expect(try read(automatic).geometry.layers == layers)
    #expect(throws: ModelError.self) {
      try read(automatic.replacing(#""mamba_n_heads":24"#, with: #""mamba_n_heads":25"#))
    }
  }

  /// google/gemma-3n-E2B and E4B. Their language models have 4.46 and 6.87 billion parameters, as llama.cpp
  /// counts them; the sums are worked out by hand from the shapes in transformers' Gemma3nTextModel.
  @Test(arguments: [(30, 8192, 10, 4_456_156_768), (35, 16384, 15, 6_866_696_688)])
  func gemma3nHasItsAlternatingUpdates(layers: Int, width: Int, shared: Int, elements: Int) throws {
    let widths = Array(repeating: "\(width)", count: layers).joined(separator: ",")
    func config(_ widths: String) -> String {
      #""model_type":"gemma3n","text_config":{"model_type":"gemma3n_text","hidden_size":2048,"#
        + #""intermediate_size":\#(widths),"num_hidden_layers":\#(layers),"altup_num_inputs":4,"#
        + #""laurel_rank":64,"hidden_size_per_layer_input":256,"num_kv_shared_layers":\#(shared)}"#
    }
    let model = try read(config("[\(widths)]"))
    #expect(model.tensors.reduce(0) { $0 + $1.elements } == elements)
    #expect(try read(config("\(width)")).tensors == model.tensors)
    let mixers = model.geometry.layers.map(\.mixer)
    #expect(
      mixers[18] == .attention(heads: 8, kvHeads: 2, keyLength: 256, valueLength: 256, window: 512))
    #expect(
      mixers[19] == .attention(heads: 8, kvHeads: 2, keyLength: 256, valueLength: 256, window: nil))
    #expect(mixers[20] == .sharedCache(heads: 8, keyLength: 256, valueLength: 256, window: 512))
    #expect(throws: ModelError.self) { try read(config("[8192]")) }
  }

  @Test func expertsOfLFM2FollowItsDenseLayers() throws {
    let layers = try read(Self.counted.first { $0.elements == 8_339_930_560 }?.config ?? "")
      .geometry.layers
    #expect(layers[1].feedForward == .dense(width: 7168, gated: true))
    #expect(
      layers[2].feedForward == .experts(count: 32, used: 4, width: 1792, sharedWidth: 0))
    #expect(
      layers[2].mixer
        == .attention(heads: 32, kvHeads: 8, keyLength: 64, valueLength: 64, window: nil))
    #expect(layers[3].mixer == .recurrent(stateElements: 2 * 2048))
  }

  /// Source: `GraniteMoeHybridConfig.layers_block_type` of transformers.
  @Test func layersOfGranite4AreMambaUnlessTold() throws {
    let rest =
      #""model_type":"granitemoehybrid","hidden_size":512,"num_hidden_layers":3,"#
      + #""num_attention_heads":8,"num_local_experts":0,"vocab_size":9"#
    // 128 heads of 2 · 512 / 128, one group, a state of 256: 3 · (1024 + 2 · 256) + 256 · 1024
    let layer = ModelGeometry.Layer(
      mixer: .recurrent(stateElements: 266_752), feedForward: .dense(width: 1024, gated: true))
    #expect(try read(rest).geometry.layers == [layer, layer, layer])
  }

  @Test func phiHasNoWindowWhereItSeesItsWholeContext() throws {
    let config = Self.counted.first { $0.elements == 41_873_153_344 }?.config ?? ""
    func window(_ config: String) throws -> Int? {
      guard case .attention(_, _, _, _, let window)? = try read(config).geometry.layers.first?.mixer
      else { return -1 }
      return window
    }
    #expect(try window(config) == nil)
    let shorter = config.replacing(#""sliding_window":131072"#, with: #""sliding_window":2047"#)
    #expect(try window(shorter) == 2047)
  }

  @Test func everyFourthLayerOfOlmo3SeesAll() throws {
    let windows = try read(Self.counted[1].config).geometry.layers.prefix(8).map { layer in
      if case .attention(_, _, _, _, let window) = layer.mixer { window } else { nil as Int? }
    }
    #expect(windows == [4096, 4096, 4096, nil, 4096, 4096, 4096, nil])
  }

  /// ibm-granite/granite-4.0-h-350m has no experts, granite-4.0-micro no Mamba layers either.
  @Test func layersOfGranite4AreMambaOrAttentionAndANetwork() throws {
    let rest =
      #""model_type":"granitemoehybrid","hidden_size":768,"num_hidden_layers":2,"#
      + #""num_attention_heads":12,"num_key_value_heads":4,"intermediate_size":2048,"#
      + #""shared_intermediate_size":2048,"num_local_experts":0,"num_experts_per_tok":0,"#
      + #""vocab_size":100352,"tie_word_embeddings":true,"mamba_d_state":128,"#
      + #""mamba_n_groups":1,"mamba_n_heads":48,"mamba_d_head":32,"mamba_d_conv":4,"layer_types":"#
    let network = ModelGeometry.FeedForward.dense(width: 2048, gated: true)
    let attention = ModelGeometry.Layer(
      mixer: .attention(heads: 12, kvHeads: 4, keyLength: 64, valueLength: 64, window: nil),
      feedForward: network)
    // 3 · (48 · 32 + 2 · 128) + 128 · 48 · 32
    let mamba = ModelGeometry.Layer(
      mixer: .recurrent(stateElements: 201_984), feedForward: network)
    let hybrid = try read(rest + #"["mamba","attention"]"#)
    #expect(hybrid.geometry.layers == [mamba, attention])
    #expect(hybrid.geometry.architecture == "granitehybrid")
    let norms = hybrid.tensors.map(\.name).filter { $0.hasSuffix("ffn_norm.weight") }
    #expect(norms == ["blk.0.ffn_norm.weight", "blk.1.ffn_norm.weight"])
    #expect(
      try read(rest + #"["attention","attention"]"#).geometry.layers == [attention, attention])
  }

  @Test func normsOfCommandRPlusAreOfAllHeads() throws {
    let model = try read(
      #""model_type":"cohere","hidden_size":64,"intermediate_size":96,"num_hidden_layers":1,"#
        + #""num_attention_heads":4,"num_key_value_heads":2,"vocab_size":9,"use_qk_norm":true"#)
    let shapes = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.shape) })
    #expect(shapes["blk.0.attn_q_norm.weight"] == [64])
    #expect(shapes["blk.0.attn_k_norm.weight"] == [32])
    #expect(shapes["blk.0.ffn_norm.weight"] == nil)
    #expect(shapes["output.weight"] == nil)
  }
}
