import Tensors

/// What it takes to run the decoder in a GGUF file: its hyperparameters, and where each tensor lies.
///
/// Only architectures whose arithmetic is known here: llama, qwen3, qwen3moe.
public struct GGUFDecoder: Sendable {
  /// The architecture, as the file names it.
  public let architecture: String
  /// Width of a token's vector.
  public let hidden: Int
  /// Decoder layers.
  public let layers: Int
  /// Query heads of a layer.
  public let heads: Int
  /// Key and value heads of a layer.
  public let kvHeads: Int
  /// Elements of a head.
  public let headDim: Int
  /// Tokens in the vocabulary.
  public let vocabulary: Int
  /// Longest context the model was made for, or nil when the file is silent.
  public let contextLength: Int?
  /// Added to the mean square under RMSNorm's root.
  public let epsilon: Float
  /// Base of the rotary embedding's angles.
  public let ropeBase: Double
  /// Elements of a head that are rotated.
  public let ropeDim: Int
  /// Which elements the rotary embedding turns together.
  public let ropePairs: RopePairs
  /// Experts a layer and how many of them a token uses; nil for a dense model.
  public let experts: (count: Int, used: Int)?
  /// Tensors by name.
  public let tensors: [String: StoredTensor]

  /// Which elements of a head the rotary embedding turns together.
  public enum RopePairs: Sendable {
    /// 2i and 2i + 1.
    case neighbours
    /// i and i + half of the rotated length.
    case halves
  }

  /// A tensor in a file.
  public struct StoredTensor: Sendable {
    /// The file that holds it.
    public let path: String
    /// Byte offset in the file.
    public let offset: Int
    /// Stored bytes.
    public let bytes: Int
    /// How its elements are stored.
    public let type: ElementType
    /// Extents, row length first.
    public let shape: [Int]
  }

  /// Reads the headers of the file at `path` and, for one part of a split model, of all parts.
  ///
  /// Errors: those of `GGUFFile.read`, and `.unsupported` for another architecture, scaled rotary
  /// embeddings, or layers that differ.
  public init(path: String) throws(ModelError) {
    let headers = try GGUFSplit.headers(path: path)
    let metadata = GGUFMetadata(file: headers[0].path, entries: headers[0].entries)
    let architecture = try Self.architecture(metadata)
    func key(_ name: String) -> String { "\(architecture).\(name)" }
    self.architecture = architecture
    layers = try metadata.required(key("block_count"), in: 1...10_000)
    hidden = try metadata.required(key("embedding_length"))
    heads = try Self.same(metadata, key("attention.head_count"), layers)
    kvHeads =
      metadata.entries[key("attention.head_count_kv")] == nil
      ? heads : try Self.same(metadata, key("attention.head_count_kv"), layers)
    headDim = try metadata.integer(key("attention.key_length"), in: 1...1 << 20) ?? hidden / heads
    contextLength = try metadata.integer(key("context_length"), in: 1...1 << 40)
    epsilon = Float(
      try Self.required(metadata, key("attention.layer_norm_rms_epsilon")))
    ropeBase = try metadata.fraction(key("rope.freq_base")) ?? 10_000
    ropeDim = try metadata.integer(key("rope.dimension_count"), in: 2...1 << 20) ?? headDim
    ropePairs = architecture == "llama" ? .neighbours : .halves
    experts = try Self.experts(metadata, architecture)
    tensors = Self.places(headers)
    vocabulary = tensors["token_embd.weight"]?.shape.dropFirst().first ?? 0
    try Self.checkRope(metadata, architecture)
    guard hidden > 0, heads.isMultiple(of: kvHeads), ropeDim <= headDim, ropeDim.isMultiple(of: 2),
      try metadata.integer(key("attention.value_length")) ?? headDim == headDim
    else {
      throw ModelError(
        .unsupported,
        "\(path): expected heads in whole groups, with keys as long as values; the decoder here "
          + "runs no others")
    }
  }

  private static func architecture(_ metadata: GGUFMetadata) throws(ModelError) -> String {
    let name = metadata.text("general.architecture") ?? ""
    guard ["llama", "qwen3", "qwen3moe"].contains(name) else {
      throw ModelError(
        .unsupported,
        "\(metadata.file): the decoder here runs llama, qwen3 and qwen3moe, not '\(name)'; "
          + "plimsoll check needs no decoder")
    }
    return name
  }

  private static func required(
    _ metadata: GGUFMetadata, _ key: String
  ) throws(ModelError) -> Double {
    guard let value = try metadata.fraction(key) else { throw metadata.missing(key) }
    return value
  }

  /// A number that may be given a layer, but must be the same for all.
  private static func same(
    _ metadata: GGUFMetadata, _ key: String, _ layers: Int
  ) throws(ModelError) -> Int {
    guard let values = try metadata.perLayer(key, layers, in: 1...1 << 20) else {
      throw metadata.missing(key)
    }
    guard let first = values.first, values.allSatisfy({ $0 == first }) else {
      throw ModelError(
        .unsupported, "\(metadata.file): '\(key)' differs between layers, which is not run here")
    }
    return first
  }

  private static func experts(
    _ metadata: GGUFMetadata, _ architecture: String
  ) throws(ModelError) -> (count: Int, used: Int)? {
    guard let count = try metadata.integer("\(architecture).expert_count", in: 0...1 << 16),
      count > 0
    else { return nil }
    return (count, try metadata.required("\(architecture).expert_used_count", in: 1...count))
  }

  private static func checkRope(
    _ metadata: GGUFMetadata, _ architecture: String
  ) throws(ModelError) {
    let scaling = metadata.text("\(architecture).rope.scaling.type") ?? "none"
    guard scaling == "none" else {
      throw ModelError(
        .unsupported,
        "\(metadata.file): rotary embeddings with scaling '\(scaling)' are not run here")
    }
  }

  static func places(_ headers: [GGUFHeader]) -> [String: StoredTensor] {
    var places: [String: StoredTensor] = [:]
    for header in headers {
      for info in header.tensors {
        places[info.name] = StoredTensor(
          path: header.path, offset: header.dataStart + info.offset, bytes: info.bytes,
          type: info.type, shape: info.shape)
      }
    }
    return places
  }
}
