// From numbers to layers.
extension GeometryParameters {
  /// The shape that these numbers describe.
  var geometry: ModelGeometry {
    ModelGeometry(
      architecture: architecture, hiddenSize: hidden, vocabularySize: vocabulary,
      contextLength: context, tiedEmbeddings: tied,
      layers: (0..<layers).map {
        .init(
          mixer: mixer($0), feedForward: feedForward($0),
          parallelState: kind($0) == .parallel ? mamba?.stateElements ?? 0 : 0)
      })
  }

  /// What a layer is: as told, or by the rules of the architecture.
  func kind(_ layer: Int) -> LayerKind {
    if !kinds.isEmpty { return kinds[layer % kinds.count] }
    if let linear, !(layer + 1).isMultiple(of: linear.interval) { return .linear }
    return isLocal(layer) ? .window : .full
  }

  /// Whether a layer reads the cache of an earlier one.
  func sharesCache(_ layer: Int) -> Bool { layer >= layers - sharedCaches }

  /// The heads of the cache that a layer reads.
  func cacheHeads(_ layer: Int) -> CacheHeads {
    let usual = CacheHeads(count: kvHeads, dim: headDim)
    return kind(layer) == .window ? usual : unwindowed ?? usual
  }

  private func mixer(_ layer: Int) -> ModelGeometry.Mixer {
    switch kind(layer) {
    case .full, .attention, .parallel: attention(layer, window: nil)
    case .window: attention(layer, window: window?.tokens)
    case .linear: .recurrent(stateElements: linear?.stateElements ?? 0)
    case .mamba, .stateSpace: .recurrent(stateElements: mamba?.stateElements ?? 0)
    case .convolution: .recurrent(stateElements: hidden * max(0, (convolution ?? 1) - 1))
    case .experts, .network: .none
    }
  }

  private func attention(_ layer: Int, window: Int?) -> ModelGeometry.Mixer {
    if let latent {
      return .latentAttention(
        heads: heads, rank: latent.rank, ropeLength: latent.rope,
        keyLength: latent.noRope + latent.rope, valueLength: latent.value)
    }
    let cache = cacheHeads(layer)
    return sharesCache(layer)
      ? .sharedCache(heads: heads, keyLength: cache.dim, valueLength: cache.dim, window: window)
      : .attention(
        heads: heads, kvHeads: cache.count, keyLength: cache.dim, valueLength: cache.dim,
        window: window)
  }

  /// Which layers have a window, by the published patterns: Gemma 2 and gpt-oss every other layer
  /// from the first, Gemma 3 all but every sixth, Gemma 3n every fifth, Llama 4, Command R7B and OLMo 3 all but every
  /// fourth, others all.
  private func isLocal(_ layer: Int) -> Bool {
    guard let window else { return false }
    switch architecture {
    case "gemma2", "gpt-oss": return layer.isMultiple(of: 2)
    case "gemma3": return !(layer + 1).isMultiple(of: 6)
    case "gemma3n": return !(layer + 1).isMultiple(of: 5)
    case "llama4", "cohere2", "olmo2": return !(layer + 1).isMultiple(of: 4)
    default: return layer < window.layers
    }
  }

  /// What a layer does to each token by itself.
  func feedForward(_ layer: Int) -> ModelGeometry.FeedForward {
    let kind = kind(layer)
    guard kind != .mamba, kind != .attention else { return .none }
    guard let experts, kind == .experts || kind.isWhole && hasExperts(layer) else {
      let width = sharesCache(layer) ? sharedCacheIntermediate : nil
      let own = layerWidths.isEmpty ? intermediate : layerWidths[layer % layerWidths.count]
      return .dense(width: width ?? own, gated: gated)
    }
    return .experts(
      count: experts.count, used: experts.used, width: experts.width,
      sharedWidth: experts.sharedWidth ?? experts.shared * experts.width)
  }

  /// Whether a layer with a mixer has experts for its network.
  private func hasExperts(_ layer: Int) -> Bool {
    experts.map { layer >= $0.firstDense && (layer + 1).isMultiple(of: $0.interleave) } ?? false
  }
}
