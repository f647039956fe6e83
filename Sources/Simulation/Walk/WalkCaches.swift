import KernelAlgorithms
import Kernels
import Models
import Tensors

/// What the layers of a walk keep of earlier tokens, filled, and attention over it.
///
/// Every token is decoded at the same depth: it replaces the last cell, so that tokens can be compared.
final class WalkCaches {
  /// What a layer keeps, and how a token looks at it.
  private enum Kept {
    case cells(KeyValueCache, AttentionQueries, keyWidth: Int, valueWidth: Int?)
    case state(AlignedBuffer)
    case none
  }

  private let kept: [Kept]
  private let attention: Attention
  private let table: KernelTable
  private let pool: WorkerPool
  /// Random numbers for queries, keys and values.
  private let numbers: AlignedBuffer
  private let output: AlignedBuffer

  /// Rows that are stored by one call while a cache is filled.
  private static let rowsAtOnce = 64
  /// Numbers that are added to a state by one call.
  private static let stateChunk = 4096

  /// Caches for `shapes` with `context` tokens in them.
  ///
  /// Errors: `.refused` without memory, `.usage` for numbers that the type of cell can't hold.
  /// Cost: all is written once.
  init(
    _ shapes: [ModelGeometry.Layer], context: Int, type: CellType, seed: UInt64,
    table: KernelTable, on pool: WorkerPool
  ) throws(SimulationError) {
    (self.table, self.pool) = (table, pool)
    attention = Attention(table: table)
    let widest = shapes.map(\.mixer.widest).max() ?? 0
    do throws(StorageError) {
      numbers = try AlignedBuffer(
        byteCount: 4 * max(widest * Self.rowsAtOnce, Self.stateChunk), pages: .huge)
      output = try AlignedBuffer(byteCount: 4 * max(widest, 1), pages: .huge)
    } catch { throw SimulationError(error) }
    numbers.fill(seed: seed)
    var kept: [Kept] = []
    for shape in shapes {
      kept.append(
        try Self.kept(
          shape.mixer, before: kept, context: context, type, numbers.floats, table))
    }
    self.kept = kept
  }

  private static func kept(
    _ mixer: ModelGeometry.Mixer, before: [Kept], context: Int, _ type: CellType,
    _ numbers: UnsafePointer<Float>, _ table: KernelTable
  ) throws(SimulationError) -> Kept {
    do {
      switch mixer {
      case .attention(let heads, let kvHeads, let keyLength, let valueLength, let window):
        let cells = min(context, window ?? context)
        let cache = try KeyValueCache(
          type: type, kvHeads: kvHeads, keyDim: keyLength, valueDim: valueLength, capacity: cells,
          table: table)
        let (keys, values) = (kvHeads * keyLength, kvHeads * valueLength)
        try fill(cache, cells: cells, numbers, hasValues: true)
        return .cells(
          cache, AttentionQueries(count: 1, position: cells - 1, heads: heads), keyWidth: keys,
          valueWidth: values)
      case .latentAttention(let heads, let rank, let ropeLength, _, _):
        let cache = try KeyValueCache(
          type: type, kvHeads: 1, keyDim: rank + ropeLength, valueDim: rank, capacity: context,
          sharesRows: true, table: table)
        try fill(cache, cells: context, numbers, hasValues: false)
        return .cells(
          cache, AttentionQueries(count: 1, position: context - 1, heads: heads),
          keyWidth: rank + ropeLength, valueWidth: nil)
      case .sharedCache(let heads, let keyLength, _, let window):
        // The cache of the last earlier layer that sees as far.
        let cells = min(context, window ?? context)
        for case .cells(let cache, _, _, _) in before.reversed()
        where cache.keyDim == keyLength && cache.count == cells {
          return .cells(
            cache, AttentionQueries(count: 1, position: cells - 1, heads: heads), keyWidth: 0,
            valueWidth: nil)
        }
        return .none
      case .recurrent(let elements):
        let state = try AlignedBuffer(byteCount: 4 * max(elements, 1), pages: .huge)
        state.fill(seed: 1)
        return .state(state)
      case .none: return .none
      }
    } catch let error as StorageError {
      throw SimulationError(error)
    } catch {
      throw SimulationError(.refused, "a cache of \(context) tokens could not be made: \(error)")
    }
  }

  private static func fill(
    _ cache: KeyValueCache, cells: Int, _ numbers: UnsafePointer<Float>, hasValues: Bool
  ) throws(KernelError) {
    for position in stride(from: 0, to: cells, by: rowsAtOnce) {
      try cache.append(
        keys: numbers, values: hasValues ? numbers : nil, tokens: min(rowsAtOnce, cells - position),
        at: position)
    }
  }

  /// A token's look at what layer `layer` keeps: its own keys and values are stored, then attention runs
  /// over all cells; a state is read and written.
  func attend(layer: Int) throws(KernelError) {
    switch kept[layer] {
    case .cells(let cache, let queries, let keyWidth, let valueWidth):
      if keyWidth > 0 {
        try cache.append(
          keys: numbers.floats, values: valueWidth.map { _ in UnsafePointer(numbers.floats) },
          tokens: 1, at: queries.position)
      }
      try cache.withCells { (cells) throws(KernelError) in
        try attention.attend(numbers.floats, queries, to: cells, into: output.floats, on: pool)
      }
    case .state(let state): update(state)
    case .none: break
    }
  }

  private func update(_ state: AlignedBuffer) {
    let (add, count) = (table.layers.accumulate, state.byteCount / 4)
    nonisolated(unsafe) let (from, to) = (numbers.floats, state.floats)
    let chunks = (count + Self.stateChunk - 1) / Self.stateChunk
    pool.run { worker, workers in
      for chunk in stride(from: worker, to: chunks, by: workers) {
        let first = chunk * Self.stateChunk
        // A small factor: after many tokens the state is still finite.
        add(from, 1e-6, min(Self.stateChunk, count - first), to + first)
      }
    }
  }
}

extension ModelGeometry.Mixer {
  /// Numbers of all heads' queries, keys, values or outputs, whichever are the most.
  fileprivate var widest: Int {
    switch self {
    case .attention(let heads, _, let keyLength, let valueLength, _),
      .sharedCache(let heads, let keyLength, let valueLength, _):
      heads * max(keyLength, valueLength)
    case .latentAttention(let heads, let rank, let ropeLength, _, _): heads * (rank + ropeLength)
    case .recurrent, .none: 0
    }
  }

  /// Bytes that a token reads of what a layer keeps of `context` tokens, and that are kept: states are
  /// read and written.
  func cacheBytes(context: Int, type: CellType) -> (read: Int, kept: Int) {
    switch self {
    case .attention(_, let kvHeads, let keyLength, let valueLength, let window):
      let bytes =
        min(context, window ?? context) * kvHeads
        * (type.bytes(elements: keyLength) + type.bytes(elements: valueLength))
      return (bytes, bytes)
    case .latentAttention(_, let rank, let ropeLength, _, _):
      let bytes = context * type.bytes(elements: rank + ropeLength)
      return (bytes, bytes)
    case .recurrent(let elements): return (8 * elements, 4 * elements)
    case .sharedCache, .none: return (0, 0)
    }
  }
}
