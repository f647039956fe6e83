import KernelAlgorithms

extension KernelTable {
  /// y = A · x for row-major A of `rows` × `columns` in F32, F16 or BF16; x and y are f32, and y
  /// overlaps neither.
  ///
  /// NaN and infinity pass through as in sums of IEEE products. Errors: a negative extent, a row
  /// distance below the row's length, another element type.
  /// Cost: 2 · rows · columns FLOP, the bytes of A read once.
  /// Accuracy: |error| ≤ γ(columns) · Σ|A||x| with γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴ (Higham, §3.1).
  public func matrixVector(
    _ a: MatrixOperand, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, rows: Int,
    columns: Int, on pool: WorkerPool
  ) throws(KernelError) {
    let lda = a.rowDistance ?? columns
    try Self.checkVector(rows, columns, lda)
    let kernel = try self.matrices.operand(a.type).vector
    nonisolated(unsafe) let (x, y) = (x, y)
    pool.run { worker, workers in
      let part = share(rows, unit: 16, worker: worker, of: workers)
      kernel(
        a.address + part.lowerBound * lda * a.elementBytes, lda, part.count, columns, x,
        y + part.lowerBound)
    }
  }

  /// y = A · x for row-major A of f32; all else is as for an operand with a type.
  public func matrixVector(
    _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, on pool: WorkerPool
  ) throws(KernelError) {
    try matrixVector(
      MatrixOperand(a, type: .f32), x, into: y, rows: rows, columns: columns, on: pool)
  }

  /// y = A · x on signed bytes, y in 32 bits and exact.
  ///
  /// Errors: as for floats; and above 131,071 columns, from which on a sum may not fit.
  /// Cost: 2 · rows · columns operations, the bytes of A read once. Accuracy: exact.
  public func matrixVector(
    _ a: UnsafePointer<Int8>, lda: Int? = nil, _ x: UnsafePointer<Int8>,
    into y: UnsafeMutablePointer<Int32>, rows: Int, columns: Int, on pool: WorkerPool
  ) throws(KernelError) {
    let lda = lda ?? columns
    try Self.checkVector(rows, columns, lda)
    try KernelError.checkByteDepth(columns)
    nonisolated(unsafe) let (a, x, y) = (a, x, y)
    pool.run { worker, workers in
      let part = share(rows, unit: 16, worker: worker, of: workers)
      self.matrices.byteVector(
        a + part.lowerBound * lda, lda, part.count, columns, x, y + part.lowerBound)
    }
  }

  private static func checkVector(
    _ rows: Int, _ columns: Int, _ lda: Int
  ) throws(KernelError) {
    guard [rows, columns, lda].allSatisfy((0...Int(Int32.max)).contains), lda >= columns else {
      throw KernelError(
        description:
          "matrix × vector needs extents of 0 and more, below 2^31, and a row distance of "
          + "at least a row, not \(rows) × \(columns) with \(lda)")
    }
  }
}
