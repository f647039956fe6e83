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
  /// Norms a layer; 0 where norms have no weights at all (OLMo 1).
  var normsPerLayer = 2
  var queryKeyNorm = QueryKeyNorm.none
  var attentionBias = false
  var outputBias = false
  /// Whether the matrices of dense networks have biases.
  var networkBias = false
  /// Whether the output projection to the vocabulary has a bias.
  var vocabularyBias = false
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
  /// Width of the dense network of each layer, where they differ by layer.
  var layerWidths: [Int] = []
  /// Width of the vector that each layer gets of each token from a table of its own; 0: none.
  var layerInput = 0
  /// Rows of that table, where they are not those of the vocabulary.
  var layerInputVocabulary: Int?
  var altUp: AltUp?
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
    /// Mamba-2 and attention to all earlier tokens side by side, then a network.
    case parallel = "P"
    // One part a layer, by the letters of Nemotron-H's own pattern.
    case mamba = "M"
    case attention = "*"
    case experts = "E"
    case network = "-"

    /// Whether the layer mixes tokens and has a network.
    var isWhole: Bool {
      switch self {
      case .full, .window, .linear, .convolution, .stateSpace, .parallel: true
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

  /// Gemma 3n's residual stream in several copies (alternating updates), of which a layer works on one and
  /// predicts the others, and its learned augmented residual layer of low rank.
  struct AltUp: Sendable, Equatable {
    /// Copies of the residual stream.
    var copies: Int
    /// Rank of the augmented residual.
    var rank: Int
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
    /// Whether the output is normalised by weights of its own.
    var normed = true
    /// Whether the convolution has a bias.
    var convolutionBias = true

    /// Elements of all heads.
    var inner: Int { heads * headDim }
    /// Elements that the convolution sees: those of all heads, and each group's B and C.
    var convolved: Int { inner + 2 * groups * state }
    /// Float32 elements of a sequence's state in a layer: the convolution's tail, and the heads'.
    var stateElements: Int { (kernel - 1) * convolved + state * inner }
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
