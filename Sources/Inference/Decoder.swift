public import KernelAlgorithms
import Kernels
import Models
import Tensors

/// A decoder-only transformer that runs on this machine: llama, qwen3 or qwen3moe from a GGUF file.
///
/// Keeps the keys and values of one sequence. One call at a time.
public final class Decoder {
  /// The model's hyperparameters.
  public let shape: GGUFDecoder
  /// Tokens that there is room for.
  public let capacity: Int
  private let weights: DecoderWeights
  private let layer: DecoderLayer
  private let caches: [KeyValueCache]
  private let room: DecoderRoom
  private var angles: RotaryAngles
  private let table: KernelTable
  private let pool: WorkerPool

  /// Tokens that go through a layer at a time.
  private static let microBatch = 512

  /// Loads the model at `path`, with room for `capacity` tokens.
  ///
  /// Block formats are repacked: for a while twice the model's size is used, of which the file's half
  /// is the page cache's to give back.
  /// - Parameter progress: told the share done (0…1).
  /// Errors: those of `GGUFDecoder`, a tensor that is missing or has another shape, or no memory.
  /// Cost: the file is read once and as much written.
  public convenience init(
    path: String, capacity: Int, cacheType: CellType = .f16, table: KernelTable,
    sizes: CacheSizes = .ofThisMachine, on pool: WorkerPool,
    progress: (Double) -> Void = { _ in }
  ) throws(InferenceError) {
    let shape: GGUFDecoder
    do throws(ModelError) { shape = try GGUFDecoder(path: path) } catch {
      throw InferenceError(error)
    }
    try Self.check(capacity)
    try self.init(
      shape, try DecoderWeights(shape, table: table, on: pool, progress: progress),
      capacity: capacity, cacheType: cacheType, table: table, sizes: sizes, on: pool)
  }

  /// A decoder with the weights of `other` and an empty cache of its own, on any pool.
  ///
  /// Errors: as when loading. Cost: no weight is copied.
  public convenience init(
    sharing other: Decoder, capacity: Int, cacheType: CellType = .f16,
    sizes: CacheSizes = .ofThisMachine, on pool: WorkerPool
  ) throws(InferenceError) {
    try self.init(
      other.shape, other.weights, capacity: capacity, cacheType: cacheType, table: other.table,
      sizes: sizes, on: pool)
  }

  private static func check(_ capacity: Int) throws(InferenceError) {
    guard (1...1 << 24).contains(capacity) else {
      throw InferenceError(
        .usage, "a decoder needs room for 1 to \(1 << 24) tokens, not \(capacity)")
    }
  }

  private init(
    _ shape: GGUFDecoder, _ weights: DecoderWeights, capacity: Int, cacheType: CellType,
    table: KernelTable, sizes: CacheSizes, on pool: WorkerPool
  ) throws(InferenceError) {
    try Self.check(capacity)
    (self.shape, self.weights) = (shape, weights)
    (self.table, self.pool, self.capacity) = (table, pool, capacity)
    angles = RotaryAngles(
      dim: shape.ropeDim, base: shape.ropeBase, factors: weights.ropeFactors)
    do throws(KernelError) {
      layer = try DecoderLayer(shape, table: table, sizes: sizes)
      var caches: [KeyValueCache] = []
      for _ in 0..<shape.layers {
        caches.append(
          try KeyValueCache(
            type: cacheType, kvHeads: shape.kvHeads, keyDim: shape.headDim,
            valueDim: shape.headDim, capacity: capacity, table: table))
      }
      self.caches = caches
    } catch { throw InferenceError(error) }
    room = try DecoderRoom(
      shape, tokens: min(capacity, Self.microBatch), table: table, sizes: sizes)
  }

  /// Bytes of weights that a token reads, before those of the cache.
  public var bytesPerToken: Double {
    weights.bytesPerToken(
      expertShare: shape.experts.map { Double($0.used) / Double($0.count) } ?? 1)
  }

  /// Runs `tokens`, which stand at `position` and after it, and returns the logits that follow the
  /// last of them, or each where `all` is set: [token][vocabulary].
  ///
  /// What the cache held from `position` on is forgotten.
  /// Errors: an unknown token, a position beyond what came before, or no room left.
  /// Cost: 2 FLOP a weight and token; all weights are read once for up to 32 tokens.
  public func forward(
    _ tokens: [Int], at position: Int, all: Bool = false
  ) throws(InferenceError) -> [Float] {
    guard !tokens.isEmpty, tokens.allSatisfy((0..<shape.vocabulary).contains) else {
      throw InferenceError(
        .usage, "expected tokens from 0 to \(shape.vocabulary - 1), one at least")
    }
    guard position >= 0, position <= caches[0].count, tokens.count <= capacity - position else {
      throw InferenceError(
        .usage,
        "\(tokens.count) tokens at \(position) do not follow the \(caches[0].count) before them "
          + "with room for \(capacity)")
    }
    var logits: [Float] = []
    for start in stride(from: 0, to: tokens.count, by: Self.microBatch) {
      let part = tokens[start..<min(start + Self.microBatch, tokens.count)]
      let isLast = part.endIndex == tokens.count
      try run(part, at: position + start)
      if all || isLast { logits += try output(all ? 0..<part.count : part.count - 1..<part.count) }
    }
    return logits
  }

  private func run(_ tokens: ArraySlice<Int>, at position: Int) throws(InferenceError) {
    for (index, token) in tokens.enumerated() {
      weights.embedding.read(token, into: room.state + index * shape.hidden)
    }
    angles.set(position: position, count: tokens.count)
    do throws(KernelError) {
      for (layerWeights, cache) in zip(weights.layers, caches) {
        try layer.forward(
          layerWeights, room, tokens: tokens.count, position: position, angles: angles,
          cache: cache, on: pool)
      }
    } catch { throw InferenceError(error) }
  }

  private func output(_ rows: Range<Int>) throws(InferenceError) -> [Float] {
    let hidden = shape.hidden
    for row in rows {
      table.layers.rmsNorm(
        room.state + row * hidden, weights.outputNorm, shape.epsilon, hidden,
        room.normed + row * hidden)
    }
    room.input.set(
      room.normed + rows.lowerBound * hidden, tokens: rows.count, columns: hidden)
    let logits = try room.logits(rows.count * shape.vocabulary)
    do throws(KernelError) {
      try room.input.run([LinearInput.Product(weights.output, into: logits)], on: pool)
    } catch { throw InferenceError(error) }
    return Array(UnsafeBufferPointer(start: logits, count: rows.count * shape.vocabulary))
  }
}
