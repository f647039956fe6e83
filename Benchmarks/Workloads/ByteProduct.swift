import Harness
import KernelReference
import Kernels
import Tensors

/// C = A · B or A · Bᵀ of signed bytes, C in 32 bits and exact: matmul and gemv of type i8.
struct ByteProduct {
  let m: Int
  let n: Int
  let k: Int
  let isTransposed: Bool
  private let a: AlignedBuffer
  private let b: AlignedBuffer
  private let seed: UInt64

  /// Cost: 2·m·n·k operations; m·k + k·n bytes read and 4·m·n written.
  ///
  /// Errors: `.usage` for a k from which on a sum may not fit 32 bits.
  static func cost(m: Int, n: Int, k: Int) throws(WorkloadError) -> CostCard {
    guard k <= 131_071 else {
      throw WorkloadError(.usage, "sums of more than 131071 products of bytes may not fit, k=\(k)")
    }
    let bytes = try footprint([m, k], [k, n], [m, n, 4])
    let flop = 2 * Double(m) * Double(n) * Double(k)
    return CostCard(
      flop: flop, bytes: Double(bytes), footprint: bytes,
      limits: [(.dotI8, flop), (.readBandwidth, Double(bytes))])
  }

  /// Random bytes, −128 among them.
  init(m: Int, n: Int, k: Int, isTransposed: Bool, seed: UInt64) throws(WorkloadError) {
    (self.m, self.n, self.k, self.isTransposed, self.seed) = (m, n, k, isTransposed, seed)
    a = try Self.bytes(m * k, seed: seed)
    b = try Self.bytes(k * n, seed: seed &+ 1)
  }

  private static func bytes(_ count: Int, seed: UInt64) throws(WorkloadError) -> AlignedBuffer {
    let buffer = try memory(bytes: count)
    buffer.fill(seed: seed, as: .i8)
    return buffer
  }

  /// The row, and how others are called for it.
  func prepared(_ foreignCall: ForeignCall?) -> PreparedWorkload {
    let request = KernelRequest(
      inputs: [a, b], outputByteCounts: [4 * m * n], foreignCall: foreignCall
    ) { (table, pool, outputs) throws(ProviderError) in
      let work = MatrixMultiply(table: table)
      let (left, right) = (signed(a), signed(b))
      let c = outputs[0].baseAddress.assumingMemoryBound(to: Int32.self)
      return { () throws(KernelError) in
        try work.multiply(
          left, right, transposed: isTransposed, into: c, m: m, n: n, k: k, on: pool)
      }
    }
    return PreparedWorkload(request: request) { check($0[0]) }
  }

  private func signed(_ buffer: AlignedBuffer) -> UnsafePointer<Int8> {
    UnsafePointer(buffer.baseAddress.assumingMemoryBound(to: Int8.self))
  }

  /// Sampled rows of a matrix and sampled columns of one row, exactly.
  private func check(_ c: AlignedBuffer) -> Check {
    var check = Check()
    let found = c.baseAddress.assumingMemoryBound(to: Int32.self)
    for row in sampledRows(m, products: min(n, 1024) * k, seed: seed) {
      for column in sampledRows(n, products: k, seed: seed, budget: 1024 * k) {
        let exact = Reference.dot(
          signed(a) + row * k, signed(b) + (isTransposed ? column * k : column), count: k,
          stride: isTransposed ? 1 : n)
        check.compare(
          Double(found[row * n + column]), with: Double(exact), bound: 0,
          place: "C[\(row), \(column)]")
      }
    }
    return check
  }
}
