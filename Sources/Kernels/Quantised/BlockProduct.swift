import KernelAlgorithms
import Synchronization
public import Tensors

extension KernelTable {
  /// y[row] = Σ w[row][column] · x[column] for `rows` rows of blocks as a model file has them, without
  /// gaps, and one token of `x`: each panel is repacked into a buffer of the thread's, then multiplied.
  ///
  /// For weights that are too large to be repacked once. Errors: a type without kernels, an extent
  /// below 1, rows that are no whole number of blocks, or activations of another length or kind.
  /// Cost: the blocks are read once; repacking takes several times as long as the product.
  /// Accuracy: as `PackedProduct.run`.
  public func multiplyBlocks(
    _ source: UnsafeRawPointer, type: ElementType, rows: Int, columns: Int,
    _ x: QuantisedActivations, into y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    guard let kernels = kernels(for: type),
      let shape = PanelShape(type, rows: rows, columns: columns, table: self),
      x.columns == columns, x.isWide == kernels.isWide, x.tokens(0) == 1,
      let records = x.records(0)
    else {
      throw KernelError(
        description: "\(rows) × \(columns) weights of \(type.rawValue) in blocks cannot be "
          + "multiplied by \(x.columns) activations, of one token, quantised for "
          + "\(x.isWide ? "256" : "32") columns a scale")
    }
    let blocks = columns / kernels.block.columns
    let rowBytes = blocks * kernels.block.bytes
    nonisolated(unsafe) let (blockRows, results, activations) = (source, y, records)
    let taken = Atomic<Int>(0)
    pool.run { _, _ in
      let outBytes = 2 * shape.rows * MemoryLayout<Float>.stride
      withUnsafeTemporaryAllocation(byteCount: shape.panelBytes + outBytes, alignment: 64) { room in
        guard let panel = room.baseAddress else { return }
        let out = (panel + shape.panelBytes).assumingMemoryBound(to: Float.self)
        while true {
          let index = taken.add(1, ordering: .relaxed).oldValue
          guard index < shape.count else { return }
          let first = index * shape.rows
          let count = min(shape.rows, rows - first)
          kernels.pack(blockRows + first * rowBytes, rowBytes, count, blocks, panel)
          kernels.multiply(
            panel, shape.superBlocks, activations, kernels.recordBytes, 1, out, out + shape.rows)
          (results + first).update(from: out, count: count)
        }
      }
    }
  }
}
