/// The numbers that fix a decoder, as catalogue entries and `config.json` files both give them.
struct GeometryParameters: Sendable, Equatable {
  var architecture: String
  var hidden: Int
  var layers: Int
  var heads: Int
  var kvHeads: Int
  var headDim: Int
  /// Width of dense feed-forward networks; 0 when every layer has experts.
  var intermediate: Int
  var vocabulary: Int
  var context: Int?
  var tied: Bool
  var gated = true
  var normsPerLayer = 2
  var queryKeyNorm = QueryKeyNorm.none
  var attentionBias = false
  var outputBias = false
  var sinks = false
  /// Whether queries carry a gate of their own size for the attention's output.
  var outputGate = false
  var window: Window?
  /// The cache of layers without a window, where it differs from that of layers with one (Gemma 4).
  var unwindowed: CacheHeads?
  /// How many of the last layers read the cache of an earlier one.
  var sharedCaches = 0
  /// Width of the dense network in those layers, where it differs.
  var sharedCacheIntermediate: Int?
  /// Width of the vector that each layer gets of each token from a table of its own; 0: none.
  var layerInput = 0
  var experts: Experts?
  var latent: Latent?
  var linear: Linear?
  var mamba: Mamba?
  /// Tokens that a short convolution sees.
  var convolution: Int?
  /// What each layer is, over and over again; empty: by the rules of the architecture.
  var kinds: [LayerKind] = []

  /// What a layer is.
  enum LayerKind: Character, Sendable {
    /// Attention to all earlier tokens, then a network.
    case full = "F"
    /// Attention to the last tokens, then a network.
    case window = "W"
    /// A gated delta net, then a network.
    case linear = "L"
    /// A short convolution, then a network.
    case convolution = "C"
    /// Mamba-2, then a network.
    case stateSpace = "S"
    // One part a layer, by the letters of Nemotron-H's own pattern.
    case mamba = "M"
    case attention = "*"
    case experts = "E"
    case network = "-"

    /// Whether the layer mixes tokens and has a network.
    var isWhole: Bool {
      switch self {
      case .full, .window, .linear, .convolution, .stateSpace: true
      case .mamba, .attention, .experts, .network: false
      }
    }
  }

  /// Heads of the cache.
  struct CacheHeads: Sendable, Equatable {
    var count: Int
    var dim: Int
    /// Whether values are made of the keys' projection; both are cached.
    var keysAreValues = false
  }

  /// Norms on queries and keys.
  enum QueryKeyNorm: String, Sendable {
    case none
    /// One weight a head element, shared by all heads.
    case head
    /// One weight an element of all heads.
    case full
  }

  /// Layers that see only their last tokens.
  struct Window: Sendable, Equatable {
    var tokens: Int
    /// How many of the layers.
    var layers: Int
  }

  /// Routed and shared experts.
  struct Experts: Sendable, Equatable {
    var count: Int
    var used: Int
    var width: Int
    var shared = 0
    var sharedWidth: Int?
    var sharedGate = false
    var firstDense = 0
    /// Every so many layers has experts, the last of each group.
    var interleave = 1
    var routerBias = false
    /// Whether each expert's matrices have biases.
    var biases = false
    /// Width that tokens are projected to for the routed experts; nil: they see the residual stream.
    var latent: Int?
  }

  /// Multi-head latent attention.
  struct Latent: Sendable, Equatable {
    var queryRank: Int?
    var rank: Int
    var noRope: Int
    var rope: Int
    var value: Int
  }

  /// Gated delta net layers between full-attention layers.
  struct Linear: Sendable, Equatable {
    var keyHeads: Int
    var valueHeads: Int
    var keyDim: Int
    var valueDim: Int
    var kernel: Int
    var interval: Int

    /// Float32 elements of a sequence's state in a layer: the convolution's tail, and a matrix a head.
    var stateElements: Int {
      let inner = valueHeads * valueDim
      return (kernel - 1) * (inner + 2 * keyHeads * keyDim) + keyDim * inner
    }
  }

  /// Mamba-2 layers.
  struct Mamba: Sendable, Equatable {
    var heads: Int
    var headDim: Int
    var groups: Int
    var state: Int
    var kernel: Int

    /// Elements of all heads.
    var inner: Int { heads * headDim }
    /// Elements that the convolution sees: those of all heads, and each group's B and C.
    var convolved: Int { inner + 2 * groups * state }
    /// Float32 elements of a sequence's state in a layer: the convolution's tail, and the heads'.
    var stateElements: Int { (kernel - 1) * convolved + state * inner }
  }
}

extension GeometryParameters {
  /// The shape that these numbers describe.
  var geometry: ModelGeometry {
    ModelGeometry(
      architecture: architecture, hiddenSize: hidden, vocabularySize: vocabulary,
      contextLength: context, tiedEmbeddings: tied,
      layers: (0..<layers).map { .init(mixer: mixer($0), feedForward: feedForward($0)) })
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
    case .full, .attention: attention(layer, window: nil)
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
  /// from the first, Gemma 3 all but every sixth, Llama 4, Command R7B and OLMo 3 all but every
  /// fourth, others all.
  private func isLocal(_ layer: Int) -> Bool {
    guard let window else { return false }
    switch architecture {
    case "gemma2", "gpt-oss": return layer.isMultiple(of: 2)
    case "gemma3": return !(layer + 1).isMultiple(of: 6)
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
      return .dense(width: width ?? intermediate, gated: gated)
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

extension Optional {
  /// `map` for a transform with typed errors.
  func read<Other>(
    _ transform: (Wrapped) throws(ModelError) -> Other
  ) throws(ModelError) -> Other? {
    if let self { try transform(self) } else { nil }
  }
}
