/// Works out a model's shape from its metadata, and from its tensors where metadata is silent.
struct GGUFGeometry {
  /// Layers of the decoder, next-token-prediction layers left out.
  let decoderLayers: Int
  /// What was doubtful.
  let warnings: [ModelWarning]

  private let metadata: GGUFMetadata
  private let architecture: String
  private let known: GGUFArchitecture?
  private let shapes: [String: [Int]]
  private let routedLayers: Set<Int>

  /// Checks the number of layers against `tensors`.
  init(metadata: GGUFMetadata, tensors: [GGUFHeader.Info]) throws(ModelError) {
    self.metadata = metadata
    guard let architecture = metadata.text("general.architecture") else {
      throw metadata.mismatch("general.architecture", "the name of an architecture")
    }
    self.architecture = architecture
    known = GGUFArchitecture(architecture)
    shapes = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.shape) })
    routedLayers = Set(
      tensors.compactMap { info in
        let place = GGUFTensorName(info.name)
        return place.isRoutedExpert ? place.layer : nil
      })
    let key = "\(architecture).block_count"
    let stored =
      known == nil
      ? try metadata.integer(key, in: 1...10_000) : try metadata.required(key, in: 1...10_000)
    let blocks = stored ?? 10_000
    let predicting =
      try metadata.integer("\(architecture).nextn_predict_layers", in: 0...blocks - 1) ?? 0
    decoderLayers = blocks - predicting
    let last = tensors.compactMap { GGUFTensorName($0.name).layer }.max()
    if let last, stored != nil, last >= blocks || last + 1 < decoderLayers {
      throw metadata.mismatch(key, "what the tensors have, whose last layer is number \(last)")
    }
    warnings = Self.warnings(metadata, architecture, known: known != nil)
  }

  private static func warnings(
    _ metadata: GGUFMetadata, _ architecture: String, known: Bool
  ) -> [ModelWarning] {
    guard known else {
      return [
        ModelWarning(
          code: "unknown-architecture",
          message:
            "the architecture '\(architecture)' is not known: weights are exact, the cache is not counted"
        )
      ]
    }
    guard metadata.entries["\(architecture).attention.key_length"] == nil else { return [] }
    return [
      ModelWarning(
        code: "key-length-assumed",
        message:
          "the file has no attention.key_length: embedding length over heads is taken for it")
    ]
  }

  /// The geometry; without layers when the architecture is unknown.
  func geometry() throws(ModelError) -> ModelGeometry {
    let embedding = shapes["token_embd.weight"]
    let given = try metadata.integer(key("embedding_length"))
    guard let hidden = given ?? (known == nil ? embedding?.first ?? 0 : nil) else {
      throw metadata.missing(key("embedding_length"))
    }
    return ModelGeometry(
      architecture: architecture, hiddenSize: hidden,
      vocabularySize: try vocabulary() ?? embedding?.dropFirst().first ?? 0,
      contextLength: try metadata.integer(key("context_length"), in: 1...1 << 40),
      tiedEmbeddings: shapes["output.weight"] == nil,
      layers: try known.map { (known) throws(ModelError) in try layers(known, hidden: hidden) }
        ?? [])
  }

  private func key(_ name: String) -> String { "\(architecture).\(name)" }

  private func vocabulary() throws(ModelError) -> Int? {
    if let size = try metadata.integer(key("vocab_size")) { return size }
    switch metadata.entries["tokenizer.ggml.tokens"]?.value {
    case .skipped(let count)? where count > 0: return count
    default: return nil
    }
  }

  private func layers(
    _ known: GGUFArchitecture, hidden: Int
  ) throws(ModelError) -> [ModelGeometry.Layer] {
    let mixers = GGUFMixers(
      metadata: metadata, architecture: architecture, known: known, layers: decoderLayers
    )
    let beside = try mixers.parallelState(hidden: hidden)
    return zip(try mixers.list(hidden: hidden), try feedForward(known)).map {
      ModelGeometry.Layer(mixer: $0, feedForward: $1, parallelState: beside)
    }
  }

  private func feedForward(
    _ known: GGUFArchitecture
  ) throws(ModelError) -> [ModelGeometry.FeedForward] {
    let widths = try metadata.perLayer(key("feed_forward_length"), decoderLayers, in: 0...1 << 28)
    let count = try metadata.integer(key("expert_count"), in: 0...1 << 20) ?? 0
    let leading = try metadata.integer(key("leading_dense_block_count"), in: 0...10_000) ?? 0
    let used =
      count == 0 ? 0 : try metadata.required(key("expert_used_count"), in: 1...count)
    let width = try metadata.integer(key("expert_feed_forward_length"), in: 0...1 << 28)
    let shared = try sharedWidth(expertWidth: width ?? 0)
    return (0..<decoderLayers).map { layer in
      let routed = shapes.isEmpty ? layer >= leading : routedLayers.contains(layer)
      guard count > 0, routed else {
        let dense = widths?[layer] ?? rows(layer, "ffn_down.weight") ?? 0
        return dense == 0 ? .none : .dense(width: dense, gated: known.gated)
      }
      let named = width.flatMap { $0 > 0 ? $0 : nil }
      return .experts(
        count: count, used: used,
        width: named ?? rows(layer, "ffn_down_exps.weight") ?? widths?[layer] ?? 0,
        // Gemma 4 has a network of the dense kind beside its experts.
        sharedWidth: rows(layer, "ffn_down_shexp.weight") ?? rows(layer, "ffn_down.weight")
          ?? (shapes.isEmpty ? shared : 0))
    }
  }

  private func sharedWidth(expertWidth: Int) throws(ModelError) -> Int {
    let width = try metadata.integer(
      key("expert_shared_feed_forward_length"), in: 0...1 << 28)
    let count = try metadata.integer(key("expert_shared_count"), in: 0...1 << 20)
    return width ?? (count ?? 0) * expertWidth
  }

  /// The row length of a tensor of `layer`: of a down projection, the width of the network.
  private func rows(_ layer: Int, _ name: String) -> Int? {
    shapes["blk.\(layer).\(name)"]?.first
  }
}
