import KernelAlgorithms

/// Matrix multiplication of f32, f16, bf16 (computed in f32) and of signed bytes (exact).
///
/// Holds the packing buffers, so one value serves one multiplication at a time. Many rows are packed
/// and blocked for the caches; few rows, as of a model's tokens, read B once and unpacked.
public final class MatrixMultiply {
  let table: KernelTable
  let caches: CacheSizes
  let scratch = PackingBuffers()

  /// Multiplication with the kernels of `table`, blocked for `caches`.
  public init(table: KernelTable, caches: CacheSizes = .ofThisMachine) {
    self.table = table
    self.caches = caches
  }

  /// C = A · B, or A · Bᵀ where `transposed`: A is m × k and B is k × n, or n × k where transposed, as
  /// the weights of a layer are stored; both F32, F16 or BF16, also mixed. C is f32, m × n, row-major,
  /// with rows `ldc` floats apart; it is written and not read, and overlaps neither A nor B.
  ///
  /// NaN and infinity pass through as in sums of IEEE products. Errors: a negative extent, a row
  /// distance below the row's length, another element type, or no memory for packing.
  /// Cost: 2·m·n·k FLOP; up to `skinnyLimit` rows of A the bytes of B, read once.
  /// Accuracy: |error| ≤ γ(k) · |A||B|, γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴; converting is exact.
  public func multiply(
    _ a: MatrixOperand, _ b: MatrixOperand, transposed: Bool = false,
    into c: UnsafeMutablePointer<Float>, ldc: Int? = nil, m: Int, n: Int, k: Int,
    on pool: WorkerPool
  ) throws(KernelError) {
    let product = try MatrixProduct(a, b, transposed: transposed, into: c, ldc: ldc, m, n, k)
    guard !product.isTrivial() else { return }
    let kernels = table.matrices
    let (left, right) = (try kernels.operand(a.type), try kernels.operand(b.type))
    if m <= Self.skinnyLimit(transposed: transposed) {
      try SkinnyMultiply(product: product, table: table, left: left, right: right, caches: caches)
        .run(with: scratch, on: pool)
    } else {
      try BlockedMultiply(
        product: product, kernels: kernels.floats, left: left.pack, right: right.pack,
        caches: caches
      ).run(with: scratch, on: pool)
    }
  }

  /// C = A · B or A · Bᵀ on signed bytes, C in 32 bits and exact; layouts as for floats.
  ///
  /// Errors: as for floats; and k above 131,071, from which on a sum may not fit.
  /// Cost: 2·m·n·k operations. Accuracy: exact.
  public func multiply(
    _ a: UnsafePointer<Int8>, lda: Int? = nil, _ b: UnsafePointer<Int8>, ldb: Int? = nil,
    transposed: Bool = false, into c: UnsafeMutablePointer<Int32>, ldc: Int? = nil, m: Int, n: Int,
    k: Int, on pool: WorkerPool
  ) throws(KernelError) {
    let product = try MatrixProduct(
      MatrixOperand(a, type: .i8, rowDistance: lda), MatrixOperand(b, type: .i8, rowDistance: ldb),
      transposed: transposed, into: c, ldc: ldc, m, n, k)
    try KernelError.checkByteDepth(k)
    guard !product.isTrivial() else { return }
    if transposed, m <= Self.skinnyLimit(transposed: true) {
      return multiplyFew(product, on: pool)
    }
    let kernels = table.matrices
    try BlockedMultiply(
      product: product, kernels: kernels.bytes, left: kernels.i8, right: kernels.i8, caches: caches
    ).run(with: scratch, on: pool)
  }

  /// C = A · Bᵀ on bytes for few rows of A: each four rows of B, which stay in the first-level cache, meet
  /// one row of A after the other, so that B is read once and not packed.
  private func multiplyFew(_ product: MatrixProduct, on pool: WorkerPool) {
    let kernel = table.matrices.byteVector
    pool.run { worker, workers in
      let rows = share(product.n, unit: 16, worker: worker, of: workers)
      let step = product.m == 1 ? max(rows.count, 1) : 4
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
        let b = product.elementOfB(0, row).assumingMemoryBound(to: Int8.self)
        for token in 0..<product.m {
          kernel(
            b, product.ldb, min(step, rows.upperBound - row), product.k,
            product.elementOfA(token, 0).assumingMemoryBound(to: Int8.self),
            product.memoryOfC(token, row).assumingMemoryBound(to: Int32.self))
        }
      }
    }
  }

  /// C = A · B or A · Bᵀ, all f32; rows of A, B and C are `lda`, `ldb` and `ldc` floats apart.
  ///
  /// All else is as for operands with a type.
  public func multiply(
    _ a: UnsafePointer<Float>, lda: Int? = nil, _ b: UnsafePointer<Float>, ldb: Int? = nil,
    transposed: Bool = false, into c: UnsafeMutablePointer<Float>, ldc: Int? = nil, m: Int, n: Int,
    k: Int, on pool: WorkerPool
  ) throws(KernelError) {
    try multiply(
      MatrixOperand(a, type: .f32, rowDistance: lda),
      MatrixOperand(b, type: .f32, rowDistance: ldb), transposed: transposed, into: c, ldc: ldc,
      m: m, n: n, k: k, on: pool)
  }

  /// Rows of A up to which B is read once and not packed.
  static func skinnyLimit(transposed: Bool) -> Int { transposed ? 8 : 16 }
}

extension KernelError {
  /// Refuses sums of products of signed bytes that might not fit 32 bits.
  static func checkByteDepth(_ k: Int) throws(KernelError) {
    // (2³¹ − 1) / 128²
    guard k <= 131_071 else {
      throw KernelError(
        description: "products of signed bytes need k of at most 131071, so that every sum fits "
          + "32 bits, not \(k); add up parts of k")
    }
  }
}
