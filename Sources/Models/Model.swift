import Tensors

/// A model as read from a file or worked out from its geometry: shapes, types and sizes, no weights.
public struct Model: Sendable, Equatable {
  /// What people call it.
  public var name: String
  /// Its shape.
  public var geometry: ModelGeometry
  /// Every stored tensor.
  public var tensors: [Tensor]
  /// The mix of element types as people name it: `Q4_K_M`, `BF16`.
  public var quantisation: String
  /// Where these facts come from.
  public var origin: Origin
  /// What a reader should know before trusting the figures.
  public var warnings: [ModelWarning]

  /// Memberwise; the name is made fit for a terminal.
  public init(
    name: String, geometry: ModelGeometry, tensors: [Tensor], quantisation: String, origin: Origin,
    warnings: [ModelWarning] = []
  ) {
    self.name = name.printable(longest: 200)
    self.geometry = geometry
    self.tensors = tensors
    self.quantisation = quantisation
    self.origin = origin
    self.warnings = warnings
  }

  /// Where a model's facts come from, which fixes how far they can be trusted.
  public enum Origin: Sendable, Equatable {
    /// A catalogue entry and the page its geometry was read from; sizes are computed.
    case catalogue(source: String)
    /// A `config.json`; sizes are computed.
    case config(path: String)
    /// The headers of these files; sizes are exact.
    case files(paths: [String])
  }
}

/// Something doubtful about a model, as a value beside it.
public struct ModelWarning: Sendable, Equatable {
  /// A short fixed word for scripts: `key-length-assumed`.
  public var code: String
  /// One sentence for people.
  public var message: String

  /// Memberwise; the message is made fit for a terminal.
  public init(code: String, message: String) {
    self.code = code
    self.message = message.printable(longest: 2000)
  }
}

/// One stored tensor: name, shape, type, size and part in the model.
public struct Tensor: Sendable, Equatable {
  /// Its name as GGUF spells it (`blk.0.attn_q.weight`), or as the file has it.
  public var name: String
  /// Extents, row length first (ggml's `ne`).
  public var shape: [Int]
  /// How its elements are stored.
  public var type: ElementType
  /// Stored bytes, padding left out.
  public var bytes: Int
  /// The part it plays, which fixes how often its bytes are read.
  public var role: Role

  /// Memberwise.
  public init(name: String, shape: [Int], type: ElementType, bytes: Int, role: Role) {
    self.name = name
    self.shape = shape
    self.type = type
    self.bytes = bytes
    self.role = role
  }

  /// Number of elements.
  public var elements: Int {
    // With an empty extent the others may be of any size: their product need not fit.
    shape.contains(0) ? 0 : shape.reduce(1, *)
  }

  /// The part a tensor plays, which fixes how often its bytes are read.
  public enum Role: String, Sendable, Equatable, CaseIterable {
    /// The table of token vectors: one row a token is read, unless it is also the output.
    case tokenEmbedding
    /// The output projection.
    case output
    /// Other tables of which a token reads a row, as the layers' own inputs of Gemma 3n and 4.
    case lookup
    /// Attention or other mixing: read for every token.
    case attention
    /// A dense feed-forward network, or the shared expert: read for every token.
    case feedForward
    /// All routed experts of a layer in one tensor: `used / count` of it is read for a token.
    case routedExperts
    /// Norms, biases, routers and other small parts: read for every token.
    case small
    /// Next-token-prediction layers, vision and audio towers, keys and values of layers that read
    /// another's: stored, not read in text decoding.
    case auxiliary
  }
}
