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
  ]

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
