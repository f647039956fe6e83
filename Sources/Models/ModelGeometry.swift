/// The shape of a decoder: everything that fixes its memory and its work, and no weights.
public struct ModelGeometry: Sendable, Equatable {
  /// Architecture as GGUF spells it: `llama`, `qwen3moe`, `deepseek2`.
  public var architecture: String
  /// Width of the residual stream.
  public var hiddenSize: Int
  /// Rows of the token embedding.
  public var vocabularySize: Int
  /// Longest context the model was trained for, in tokens; nil when the source doesn't say.
  public var contextLength: Int?
  /// Whether the output projection is the token embedding.
  public var tiedEmbeddings: Bool
  /// The decoder layers in order, next-token-prediction layers left out. Empty when the architecture
  /// is unknown: its weights can be counted, its cache can't.
  public var layers: [Layer]

  /// Memberwise; the architecture's name is made fit for a terminal.
  public init(
    architecture: String, hiddenSize: Int, vocabularySize: Int, contextLength: Int?,
    tiedEmbeddings: Bool, layers: [Layer]
  ) {
    self.architecture = architecture.printable(longest: 200)
    self.hiddenSize = hiddenSize
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.tiedEmbeddings = tiedEmbeddings
    self.layers = layers
  }

  /// One decoder layer: how it mixes tokens, then what it does to each.
  public struct Layer: Sendable, Equatable {
    /// How the layer looks at earlier tokens.
    public var mixer: Mixer
    /// What it does to each token by itself.
    public var feedForward: FeedForward
    /// Float32 elements of a sequence that a recurrent part keeps which runs beside the mixer, as Falcon-H1's
    /// Mamba beside its attention; 0: there is none.
    public var parallelState: Int

    /// Memberwise.
    public init(mixer: Mixer, feedForward: FeedForward, parallelState: Int = 0) {
      self.mixer = mixer
      self.feedForward = feedForward
      self.parallelState = parallelState
    }
  }

  /// How a layer looks at earlier tokens, which fixes what it must keep of them.
  public enum Mixer: Sendable, Equatable {
    /// Multi-head, grouped-query or multi-query attention over a cache of keys and values.
    /// `window`: only that many last tokens are seen; nil is all of them.
    case attention(heads: Int, kvHeads: Int, keyLength: Int, valueLength: Int, window: Int?)
    /// Multi-head latent attention: one vector of `rank + ropeLength` a token, no values.
    case latentAttention(
      heads: Int, rank: Int, ropeLength: Int, keyLength: Int, valueLength: Int)
    /// A recurrent layer: a fixed state of so many float32 elements a sequence.
    case recurrent(stateElements: Int)
    /// Attention that reads the cache of an earlier layer and keeps none of its own.
    case sharedCache(heads: Int, keyLength: Int, valueLength: Int, window: Int?)
    /// It doesn't look at them: a layer that is a network alone.
    case none
  }

  /// What a layer does to each token by itself.
  public enum FeedForward: Sendable, Equatable {
    /// One network for every token. `gated`: three matrices (SwiGLU), else two.
    case dense(width: Int, gated: Bool)
    /// `used` of `count` routed experts a token, and a shared part of width `sharedWidth` (0: none).
    case experts(count: Int, used: Int, width: Int, sharedWidth: Int)
    /// No feed-forward part.
    case none
  }
}
