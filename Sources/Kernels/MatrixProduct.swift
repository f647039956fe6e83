import Tensors

/// What a multiplication reads and writes, with its extents checked.
///
/// `@unchecked Sendable`: the memory is the caller's for as long as the multiplication runs; threads
/// write parts of C that do not overlap.
struct MatrixProduct: @unchecked Sendable {
  let a: UnsafeRawPointer
  let lda: Int
  let aBytes: Int
  let b: UnsafeRawPointer
  let ldb: Int
  let bBytes: Int
  let bType: ElementType
  let aType: ElementType
  let transposed: Bool
  /// C, numbers of 32 bits.
  let c: UnsafeMutableRawPointer
  let ldc: Int
  let m: Int
  let n: Int
  let k: Int

  init(
    _ a: MatrixOperand, _ b: MatrixOperand, transposed: Bool, into c: UnsafeMutableRawPointer,
    ldc: Int?, _ m: Int, _ n: Int, _ k: Int
  ) throws(KernelError) {
    let bRow = transposed ? k : n
    (lda, ldb, self.ldc) = (a.rowDistance ?? k, b.rowDistance ?? bRow, ldc ?? n)
    let extents = 0...Int(Int32.max)
    let all = [m, n, k, lda, ldb, self.ldc]
    guard all.allSatisfy(extents.contains), lda >= k, ldb >= bRow, self.ldc >= n else {
      throw KernelError(
        description:
          "matmul needs extents of 0 and more, below 2^31, and row distances of at least "
          + "a row, not m \(m), n \(n), k \(k), lda \(lda), ldb \(ldb), ldc \(self.ldc)"
          + (transposed ? " with B transposed" : ""))
    }
    (self.a, self.b, self.c) = (a.address, b.address, c)
    (aType, bType, aBytes, bBytes) = (a.type, b.type, a.elementBytes, b.elementBytes)
    (self.transposed, self.m, self.n, self.k) = (transposed, m, n, k)
  }

  /// Whether nothing is left to multiply: C is empty, or k is 0 and C has been filled with zeros.
  func isTrivial() -> Bool {
    guard m > 0, n > 0 else { return true }
    guard k == 0 else { return false }
    for row in 0..<m { memoryOfC(row, 0).initializeMemory(as: UInt32.self, repeating: 0, count: n) }
    return true
  }

  /// A[row, depth].
  func elementOfA(_ row: Int, _ depth: Int) -> UnsafeRawPointer {
    a + (row * lda + depth) * aBytes
  }

  /// B[depth, column], however B is stored.
  func elementOfB(_ depth: Int, _ column: Int) -> UnsafeRawPointer {
    b + (transposed ? column * ldb + depth : depth * ldb + column) * bBytes
  }

  /// C[row, column].
  func memoryOfC(_ row: Int, _ column: Int) -> UnsafeMutableRawPointer {
    c + (row * ldc + column) * 4
  }
}
