import KernelAlgorithms
import Synchronization
import Tensors

/// What the queries of a call are.
public struct AttentionQueries: Sendable, Equatable {
  /// Tokens, of the consecutive positions from `position` on.
  public var count: Int
  /// The position of the first.
  public var position: Int
  /// Query heads: a multiple of the KV heads, of which each serves the same number of neighbours.
  public var heads: Int
  /// Whether a query at position p sees cell j only where j ≤ p.
  public var isCausal: Bool
  /// Where given, a query at position p sees cell j only where p − j < `window`.
  public var window: Int?
  /// The factor of scores; nil is 1 ÷ √keyDim.
  public var scale: Float?

  /// Memberwise.
  public init(
    count: Int, position: Int = 0, heads: Int, isCausal: Bool = true, window: Int? = nil,
    scale: Float? = nil
  ) {
    (self.count, self.position, self.heads) = (count, position, heads)
    (self.isCausal, self.window, self.scale) = (isCausal, window, scale)
  }
}

/// Attention over a key-value cache: softmax(scale · Q · Kᵀ) · V, grouped queries, causal or not.
///
/// Holds the threads' scratch, so one value serves one call at a time.
/// Few queries (decode) read keys and values once, as they are stored, for all query heads that
/// share them; many (prefill) go through the register tile of matmul, a block of cells at a time.
/// Either way the sequence may be divided among threads.
/// Source: Dao et al., "FlashAttention", 2022; Milakov and Gimelshein, "Online normalizer
/// calculation for softmax", 2018.
public final class Attention {
  /// Queries times heads of a call: a bound on the plan's size.
  private static let mostQueries = 1 << 28

  private let table: KernelTable
  private let caches: CacheSizes
  private var scratch = KeptBuffer()

  /// Attention with the kernels of `table`, blocked for `caches`.
  public init(table: KernelTable, caches: CacheSizes = .ofThisMachine) {
    self.table = table
    self.caches = caches
  }

  /// output = softmax(scale · Q · Kᵀ) · V over the cells that each query sees.
  ///
  /// Shapes: `q` f32 [token][head][keyDim], `output` f32 [token][head][valueDim], which overlaps
  /// neither `q` nor `cells`. A query that sees no cell gives zeros.
  ///
  /// NaN in a query, in a key that it sees, or a score of +∞ gives NaN for that query and head; a
  /// score of −∞ weighs nothing, and a query with no other gives zeros. NaN and infinity in a value
  /// reach every query that sees it, as in sums of IEEE products, and may reach queries just before
  /// it that share a register tile with one that does; what no query of the call sees is not used.
  /// Weights below 2⁻¹²⁶ of the largest are zero.
  ///
  /// Errors: extents out of range, heads that the KV heads don't divide, no memory for scratch.
  /// Cost: 2 · (keyDim + valueDim) FLOP a query head and cell seen; with few queries all cells seen
  /// are read once, with many once for every few hundred rows.
  /// Accuracy: |error| ≤ (e^(2η) − 1) · Σ w|v| with the exact weights w,
  /// η = γ(keyDim + 5) · A + γ(n + 3) + (b + 1) · (2A + 8) · ε, where A = max over cells seen of
  /// scale · Σ|q||k|, n the cells seen, b = n ÷ 16 + 2 no fewer than blocks of cells and seams
  /// between threads, γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴; and as much again as weights of
  /// n · 2⁻¹²⁶ that are left out.
  public func attend(
    _ q: UnsafePointer<Float>, _ queries: AttentionQueries, to cells: KeyValueCells,
    into output: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    try cells.check()
    try check(queries, kvHeads: cells.kvHeads)
    guard queries.count > 0 else { return }
    let call = call(q, queries, cells, output)
    let rows = queries.count * call.group
    if rows < table.matrices.floats.tileColumns {
      try attendFew(call, kvHeads: cells.kvHeads, rows: rows, on: pool)
    } else {
      try attendTiled(call, kvHeads: cells.kvHeads, rows: rows, on: pool)
    }
  }

  private func check(_ queries: AttentionQueries, kvHeads: Int) throws(KernelError) {
    guard (0...Self.mostQueries).contains(queries.count),
      (1...KeyValueCells.longest).contains(queries.heads),
      queries.count * queries.heads <= Self.mostQueries, queries.heads.isMultiple(of: kvHeads)
    else {
      throw KernelError(
        description: "attention needs heads in whole groups a KV head and no more than "
          + "\(Self.mostQueries) queries of all heads together, not \(queries.count) queries of "
          + "\(queries.heads) heads for \(kvHeads) KV heads")
    }
    guard (0...KeyValueCells.mostCells).contains(queries.position), queries.window ?? 1 >= 1 else {
      throw KernelError(
        description:
          "attention needs positions from 0 to \(KeyValueCells.mostCells) and a window of "
          + "1 and more, not position \(queries.position), window \(queries.window ?? .max)")
    }
  }

  private func call(
    _ q: UnsafePointer<Float>, _ queries: AttentionQueries, _ cells: KeyValueCells,
    _ output: UnsafeMutablePointer<Float>
  ) -> AttentionCall {
    let scale = queries.scale.map(Double.init) ?? 1 / Double(cells.keys.dim).squareRoot()
    return AttentionCall(
      queries: q, output: output, heads: queries.heads, group: queries.heads / cells.kvHeads,
      keyDim: cells.keys.dim, valueDim: cells.values.dim, type: cells.type,
      keys: cells.keys.start, keyRowBytes: cells.keys.rowBytes,
      keyHeadBytes: cells.keys.headBytes, values: cells.values.start,
      valueRowBytes: cells.values.rowBytes, valueHeadBytes: cells.values.headBytes,
      cells: cells.cells, position: queries.position, isCausal: queries.isCausal,
      window: queries.window ?? .max, scale: Float(scale * 1.442_695_040_888_963_4))
  }

  private func attendFew(
    _ call: AttentionCall, kvHeads: Int, rows: Int, on pool: WorkerPool
  ) throws(KernelError) {
    let kernels = table.attention
    let layout = FewLayout(
      type: call.type, keyDim: call.keyDim, valueDim: call.valueDim, rows: rows,
      tileColumns: table.matrices.floats.tileColumns, cache: caches.l1)
    let plan = AttentionPlan(
      call: call, kvHeads: kvHeads, rows: rows, blockRows: rows,
      blockCells: layout.blockCells, unit: rows)
    try run(plan, floats: layout.floats, on: pool) { kernels.few(call, $0, layout, $1) }
  }

  /// A block of cells takes three eighths of the second-level cache in single precision; there are
  /// rows enough that widening the cells costs little beside what is computed with them.
  private func attendTiled(
    _ call: AttentionCall, kvHeads: Int, rows: Int, on pool: WorkerPool
  ) throws(KernelError) {
    let kernels = table.attention
    let (tileRows, tileColumns) = (
      table.matrices.floats.tileRows, table.matrices.floats.tileColumns
    )
    let cells = caches.l2 * 3 / 8 / (4 * (call.keyDim + call.valueDim)) / tileRows * tileRows
    let layout = TiledLayout(
      keyDim: call.keyDim, valueDim: call.valueDim, blockRows: min(rows, 256),
      blockCells: min(max(cells, 4 * tileRows), 192), tileRows: tileRows,
      tileColumns: tileColumns)
    let plan = AttentionPlan(
      call: call, kvHeads: kvHeads, rows: rows, blockRows: layout.blockRows,
      blockCells: layout.blockCells, unit: tileColumns)
    try run(plan, floats: layout.floats, on: pool) { kernels.tiled(call, $0, layout, $1) }
  }

  /// Where a worker's first and last piece leave their sums, when their items go on elsewhere.
  private struct Parts: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>
    let rows: Int
    let valueDim: Int

    /// Floats of a part, in whole lines.
    static func floats(rows: Int, valueDim: Int) -> Int { (rows * (valueDim + 2) + 15) / 16 * 16 }

    /// Part 0, of a piece that began elsewhere, or 1, of one that ends elsewhere.
    func part(_ index: Int, of worker: Int) -> AttentionPart {
      let from =
        start + (2 * worker + index) * Self.floats(rows: rows, valueDim: valueDim)
      return AttentionPart(maxima: from, sums: from + rows, values: from + 2 * rows)
    }

    func part(of piece: AttentionPlan.Piece, worker: Int) -> AttentionPart? {
      piece.begins && piece.ends ? nil : part(piece.begins ? 1 : 0, of: worker)
    }
  }

  /// Carries out a plan, `kernel` on each piece with `floats` floats of scratch a thread.
  private func run(
    _ plan: AttentionPlan, floats: Int, on pool: WorkerPool,
    _ kernel: @escaping @Sendable (AttentionPiece, UnsafeMutablePointer<Float>) -> Void
  ) throws(KernelError) {
    let (threads, valueDim) = (pool.threadCount, plan.call.valueDim)
    let partFloats = 2 * Parts.floats(rows: plan.blockRows, valueDim: valueDim)
    let memory = try memory(floats: threads * (floats + partFloats))
    let parts = Parts(start: memory + threads * floats, rows: plan.blockRows, valueDim: valueDim)
    nonisolated(unsafe) let own = memory
    let work = { @Sendable (piece: AttentionPlan.Piece, worker: Int) in
      let (kvHead, rows) = plan.rows(of: piece.item)
      let work = AttentionPiece(
        kvHead: kvHead, firstRow: rows.lowerBound, rows: rows.count,
        firstCell: piece.cells.lowerBound, endCell: piece.cells.upperBound,
        part: parts.part(of: piece, worker: worker))
      kernel(work, own + worker * floats)
    }
    if plan.items >= Self.manyItems * threads {
      takeItems(plan, on: pool, work)
    } else {
      let pieces = plan.pieces(workers: threads)
      pool.run { worker, _ in
        for piece in pieces[worker] { work(piece, worker) }
      }
      join(plan, pieces, parts)
    }
  }

  /// Items a thread from which on the last ones to finish matter little.
  private static let manyItems = 16

  /// Every item whole, to whoever is free; the last ones of a KV head, which see the most, go
  /// first.
  private func takeItems(
    _ plan: AttentionPlan, on pool: WorkerPool,
    _ work: @escaping @Sendable (AttentionPlan.Piece, Int) -> Void
  ) {
    let taken = Atomic<Int>(0)
    pool.run { worker, _ in
      while true {
        let item = plan.items - 1 - taken.add(1, ordering: .relaxed).oldValue
        guard item >= 0 else { return }
        work(plan.whole(item), worker)
      }
    }
  }

  /// Adds up the parts of items that were divided. They follow each other from worker to worker.
  private func join(_ plan: AttentionPlan, _ pieces: [[AttentionPlan.Piece]], _ parts: Parts) {
    var total: AttentionPart?
    for (worker, own) in pieces.enumerated() {
      for piece in own {
        guard let part = parts.part(of: piece, worker: worker) else { continue }
        let (kvHead, rows) = plan.rows(of: piece.item)
        if let total {
          table.attention.merge(total, part, rows.count, parts.valueDim)
        } else {
          total = part
        }
        if piece.ends, let whole = total {
          table.attention.finish(plan.call, kvHead, rows.lowerBound, rows.count, whole)
          total = nil
        }
      }
    }
  }

  private func memory(floats: Int) throws(KernelError) -> UnsafeMutablePointer<Float> {
    let bytes = floats * MemoryLayout<Float>.stride
    do { return try scratch.room(byteCount: bytes).floats } catch {
      throw KernelError(description: "attention has no memory for its scratch: \(error)")
    }
  }
}
