/// How each layer of a GGUF file looks at earlier tokens, from its metadata.
///
/// Source of the rules: the model definitions of llama.cpp (src/models).
struct GGUFMixers {
  let metadata: GGUFMetadata
  let architecture: String
  let known: GGUFArchitecture
  /// Layers of the decoder.
  let layers: Int

  private func key(_ name: String) -> String { "\(architecture).\(name)" }

  /// The mixers in order, in a model `hidden` wide.
  ///
  /// Errors: `.malformed` for a key that is missing or out of range.
  func list(hidden: Int) throws(ModelError) -> [ModelGeometry.Mixer] {
    let headsKey = key("attention.head_count")
    let mayLackHeads = [.withoutHeads, .withoutHeadsOrNetwork].contains(known.recurrence)
    let range = (mayLackHeads ? 0 : 1)...1 << 20
    guard let heads = try metadata.perLayer(headsKey, layers, in: range) else {
      throw metadata.missing(headsKey)
    }
    let kvHeads = try metadata.perLayer(key("attention.head_count_kv"), layers, in: range) ?? heads
    if let latent = try latent(heads) { return latent }
    let lengths = try (full: lengths(""), windowed: lengths("_swa"))
    let windows = try windows()
    let recurrent = try recurrentLayers(kvHeads)
    let state = recurrent.contains(true) ? try stateElements(hidden) : 0
    let caching = try cachingLayers()
    return (0..<layers).map { layer in
      if recurrent[layer] { return .recurrent(stateElements: state) }
      if kvHeads[layer] == 0 || heads[layer] == 0 { return .none }
      let own = windows[layer] == nil ? lengths.full : lengths.windowed
      let assumed = max(hidden / heads[layer], 1)
      let keyLength = own.key ?? lengths.full.key ?? assumed
      let valueLength = own.value ?? lengths.full.value ?? assumed
      return layer < caching
        ? .attention(
          heads: heads[layer], kvHeads: kvHeads[layer], keyLength: keyLength,
          valueLength: valueLength, window: windows[layer])
        : .sharedCache(
          heads: heads[layer], keyLength: keyLength, valueLength: valueLength,
          window: windows[layer])
    }
  }

  /// Float32 elements that every layer of a model `hidden` wide keeps of a sequence beside its attention.
  ///
  /// Errors: `.malformed` for a key that is missing or out of range.
  func parallelState(hidden: Int) throws(ModelError) -> Int {
    known.recurrence == .besideAttention ? try stateElements(hidden) : 0
  }

  /// Elements of a head's keys and values, for layers without a window or (`_swa`) with one.
  private func lengths(_ suffix: String) throws(ModelError) -> (key: Int?, value: Int?) {
    let range = 1...1 << 20
    return (
      try metadata.integer(key("attention.key_length" + suffix), in: range),
      try metadata.integer(key("attention.value_length" + suffix), in: range)
    )
  }

  /// How many of the first layers have a cache of their own.
  private func cachingLayers() throws(ModelError) -> Int {
    let shared = try metadata.integer(key("attention.shared_kv_layers"), in: 0...layers)
    return shared.map { layers - $0 } ?? known.cachingLayers ?? layers
  }

  /// Multi-head latent attention, when the file has the keys of its compressed cache.
  private func latent(_ heads: [Int]) throws(ModelError) -> [ModelGeometry.Mixer]? {
    guard let keyLength = try metadata.integer(key("attention.key_length_mla")) else { return nil }
    let rank = try metadata.required(key("attention.kv_lora_rank"))
    let rope = try metadata.required(key("rope.dimension_count"))
    let valueLength = try metadata.required(key("attention.value_length_mla"))
    return heads.map {
      .latentAttention(
        heads: $0, rank: rank, ropeLength: rope, keyLength: keyLength, valueLength: valueLength)
    }
  }

  /// The window of each layer, nil where it sees all.
  private func windows() throws(ModelError) -> [Int?] {
    let given = try metadata.integer(key("attention.sliding_window"), in: 0...1 << 40)
    let chunk = try metadata.integer(key("attention.chunk_size"), in: 1...1 << 40)
    guard let width = given ?? chunk ?? known.defaultWindow, width > 0 else {
      return Array(repeating: nil, count: layers)
    }
    let patternKey = key("attention.sliding_window_pattern")
    var rule = known.window
    if case .integers? = metadata.entries[patternKey]?.value {
      let flags = try metadata.perLayer(patternKey, layers, in: 0...1)
      return (flags ?? []).map { $0 == 1 ? width : nil }
    }
    if let period = try metadata.integer(patternKey, in: 1...10_000) {
      rule = .allBut(every: period)
    } else if rule == .none, given != nil {
      rule = .all
    }
    return (0..<layers).map { layer in
      switch rule {
      case .none: nil
      case .all: width
      case .allBut(let period): (layer + 1).isMultiple(of: period) ? nil : width
      }
    }
  }

  /// Which layers keep a recurrent state.
  private func recurrentLayers(_ kvHeads: [Int]) throws(ModelError) -> [Bool] {
    switch known.recurrence {
    case .none, .besideAttention: return kvHeads.map { _ in false }
    case .withoutHeads: return kvHeads.map { $0 == 0 }
    case .withoutHeadsOrNetwork:
      let widths = try metadata.perLayer(key("feed_forward_length"), layers, in: 0...1 << 28)
      return kvHeads.indices.map { kvHeads[$0] == 0 && widths?[$0] ?? 0 == 0 }
    case .allButInterval:
      let interval = try metadata.integer(key("full_attention_interval"), in: 1...10_000) ?? 4
      let flags = try metadata.perLayer(key("attention.recurrent_layers"), layers, in: 0...1)
      return flags.map { $0.map { $0 == 1 } } ?? (1...layers).map { !$0.isMultiple(of: interval) }
    }
  }

  /// Float32 elements that a recurrent layer keeps of a sequence.
  ///
  /// Source: llama.cpp (src/llama-hparams.cpp): the tail of LFM2's convolution, else
  /// `(d_conv − 1)(d_inner + 2·n_group·d_state) + d_state·d_inner`.
  private func stateElements(_ hidden: Int) throws(ModelError) -> Int {
    if let seen = try metadata.integer(key("shortconv.l_cache"), in: 1...1 << 16) {
      return (seen - 1) * hidden
    }
    let kernel = try metadata.required(key("ssm.conv_kernel"), in: 1...1 << 16)
    let inner = try metadata.required(key("ssm.inner_size"), in: 1...1 << 24)
    let state = try metadata.required(key("ssm.state_size"), in: 1...1 << 16)
    let groups = try metadata.required(key("ssm.group_count"), in: 1...1 << 16)
    return (kernel - 1) * (inner + 2 * groups * state) + state * inner
  }
}
