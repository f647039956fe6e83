extension KernelTable {
  /// y = softmax of each of `rows` rows of `columns` floats: e^(x − max x), divided by its sum.
  ///
  /// Rows are without gaps; y may be x. A row with NaN or +∞ is NaN throughout, one of −∞ alone
  /// zeros.
  /// Errors: a negative extent. Cost: 4 · rows · columns bytes read and written, some 20 FLOP each.
  /// Accuracy: |error| ≤ (γ(columns + 14) + 2 · 2⁻²⁴ · (max x − x)) · y + 2⁻¹²⁶,
  /// γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴.
  public func softmax(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int, columns: Int,
    on pool: WorkerPool
  ) throws(KernelError) {
    guard rows >= 0, columns >= 0 else {
      throw KernelError(
        description: "softmax needs extents of 0 and more, not \(rows) rows of \(columns)")
    }
    nonisolated(unsafe) let (x, y) = (x, y)
    pool.run { worker, workers in
      let part = share(rows, unit: 1, worker: worker, of: workers)
      let start = part.lowerBound * columns
      self.attention.softmax(x + start, y + start, part.count, columns, columns)
    }
  }
}
