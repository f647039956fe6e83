import Harness
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// C = A · B, A m × k, B k × n: prefill's work, a layer's weights times a batch of tokens.
public struct MatMul: Workload {
  /// Cost: 2·m·n·k FLOP; A and B read once and C written once, 4·(m·k + k·n + m·n) bytes for f32.
  /// Meets the multiply-add peak where m is some dozens and more, read bandwidth below.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let (m, n, k) = extents(parameters)
    let bytes = try footprint([m, k, 4], [k, n, 4], [m, n, 4])
    let flop = 2 * Double(m) * Double(n) * Double(k)
    return CostCard(
      flop: flop, bytes: Double(bytes), footprint: bytes,
      limits: [(.fmaF32, flop), (.readBandwidth, Double(bytes))])
  }

  /// `matmul`
  public let name = "matmul"
  /// What it is.
  public let summary = "C = A · B, A m × k, B k × n"
  /// m, n, k and the type of B.
  public let axes: [Axis] = [
    .extent("m", "rows of A and C: tokens", usual: 512),
    .extent("n", "columns of B and C", usual: 4096),
    .extent("k", "columns of A, rows of B", usual: 4096),
    Axis("type", "how B is stored", .choice(["f32"]), usual: [.word("f32")]),
  ]

  /// The workload.
  public init() {}

  private func extents(_ parameters: Parameters) -> (m: Int, n: Int, k: Int) {
    (parameters.count("m"), parameters.count("n"), parameters.count("k"))
  }

  /// A and B of magnitude ½ to 1; each sampled row of C is held against the oracle whole.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let (m, n, k) = extents(parameters)
    let a = try randomFloats(m * k, seed: seed)
    let b = try randomFloats(k * n, seed: seed &+ 1)
    let request = KernelRequest(
      inputs: [a, b], outputByteCounts: [4 * m * n], foreignCall: foreignCall(m: m, n: n, k: k)
    ) { (table, pool, outputs) throws(ProviderError) in
      let work = MatrixMultiply(table: table)
      let c = outputs[0].floats
      return { () throws(KernelError) in
        try work.multiply(a.floats, b.floats, into: c, m: m, n: n, k: k, on: pool)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      check(outputs[0], a, b, (m, n, k), seed: seed)
    }
  }

  private func foreignCall(m: Int, n: Int, k: Int) -> ForeignCall? {
    var arguments = plimsoll_matmul()
    (arguments.m, arguments.n, arguments.k) = (Int64(m), Int64(n), Int64(k))
    (arguments.a_type, arguments.b_type) = (Int32(PLIMSOLL_F32), Int32(PLIMSOLL_F32))
    (arguments.a_stride, arguments.b_stride) = (Int64(4 * k), Int64(4 * n))
    arguments.c_stride = Int64(4 * n)
    return ForeignCall(
      .matmul, type: .f32, arguments: arguments, inputs: [\.a, \.b], outputs: [\.c])
  }

  private func check(
    _ c: AlignedBuffer, _ a: AlignedBuffer, _ b: AlignedBuffer, _ extents: (m: Int, n: Int, k: Int),
    seed: UInt64
  ) -> Check {
    let (m, n, k) = extents
    var check = Check()
    for row in sampledRows(m, products: n * k, seed: seed) {
      let exact = Reference.row(a.floats + row * k, times: b.floats, ldb: n, depth: k, columns: n)
      for (column, exact) in exact.enumerated() {
        check.compare(
          Double(c.floats[row * n + column]), with: exact.value, bound: exact.bound,
          place: "C[\(row), \(column)]")
      }
    }
    return check
  }
}
