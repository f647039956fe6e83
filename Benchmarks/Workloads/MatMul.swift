import Harness
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// C = A · B, A m × k, B k × n: prefill's work, a layer's weights times a batch of tokens.
///
/// B of floats or bytes is k × n; B in blocks is stored as models do, n rows of k, and multiplied transposed.
public struct MatMul: Workload {
  /// Cost: 2·m·n·k FLOP; A and B read once and C written once, 4·(m·k + m·n) + bytes(B).
  /// Meets the arithmetic peak where m is some dozens and more, read bandwidth below.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let (m, n, k) = extents(parameters)
    let type = StoredWeights.type(parameters)
    if type == .i8 { return try ByteProduct.cost(m: m, n: n, k: k) }
    let weights = try StoredWeights.bytes(
      type, rows: type.isBlock ? n : k, columns: type.isBlock ? k : n)
    let bytes = try footprint([m, k, 4], [weights], [m, n, 4])
    let flop = 2 * Double(m) * Double(n) * Double(k)
    // Blocks are repacked; for other types than f32 the check makes a copy in f32.
    let copy = type == .f32 ? 0 : type.isBlock ? weights : try footprint([k, n, 4])
    return CostCard(
      flop: flop, bytes: Double(bytes), footprint: try footprint([bytes], [copy]),
      limits: StoredWeights.limits(type, flop: flop, bytes: bytes))
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
    StoredWeights.axis(StoredWeights.types + [.i8]),
  ]

  /// The workload.
  public init() {}

  private func extents(_ parameters: Parameters) -> (m: Int, n: Int, k: Int) {
    (parameters.count("m"), parameters.count("n"), parameters.count("k"))
  }

  /// A of magnitude ½ to 1 and random B; sampled rows or columns of C are held against the oracle.
  /// With bytes, A is bytes too and C is of 32 bits and exact.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let (m, n, k) = extents(parameters)
    let type = StoredWeights.type(parameters)
    if type == .i8 {
      return try ByteProduct(m: m, n: n, k: k, isTransposed: false, seed: seed).prepared(
        byteCall(m: m, n: n, k: k))
    }
    let a = try randomFloats(m * k, seed: seed)
    let b = try StoredWeights(
      type, rows: type.isBlock ? n : k, columns: type.isBlock ? k : n, seed: seed &+ 1)
    let request = KernelRequest(
      inputs: [a, b.buffer], outputByteCounts: [4 * m * n],
      foreignCall: foreignCall(b, m: m, n: n, k: k)
    ) { (table, pool, outputs) throws(ProviderError) in
      let c = outputs[0].floats
      if type.isBlock {
        let product = try WeightProduct(b, table: table, on: pool)
        return { () throws(KernelError) in try product.run(a.floats, tokens: m, into: c) }
      }
      let work = MatrixMultiply(table: table)
      let (left, right) = (
        MatrixOperand(a.baseAddress, type: .f32), MatrixOperand(b.buffer.baseAddress, type: type)
      )
      return { () throws(KernelError) in
        try work.multiply(left, right, into: c, m: m, n: n, k: k, on: pool)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      type.isBlock
        ? checkColumns(outputs[0].floats, a, b, m: m, seed: seed)
        : checkRows(outputs[0].floats, a, b, m: m, seed: seed)
    }
  }

  private func foreignCall(_ b: StoredWeights, m: Int, n: Int, k: Int) -> ForeignCall? {
    var arguments = plimsoll_matmul()
    (arguments.m, arguments.n, arguments.k) = (Int64(m), Int64(n), Int64(k))
    arguments.a_type = ForeignCall.number(of: .f32)
    arguments.b_type = ForeignCall.number(of: b.type)
    arguments.b_is_transposed = b.type.isBlock ? 1 : 0
    (arguments.a_stride, arguments.b_stride) = (Int64(4 * k), Int64(b.stride))
    arguments.c_stride = Int64(4 * n)
    return ForeignCall(
      .matmul, type: b.type, arguments: arguments, inputs: [\.a, \.b], outputs: [\.c])
  }

  private func byteCall(m: Int, n: Int, k: Int) -> ForeignCall? {
    var arguments = plimsoll_matmul()
    (arguments.m, arguments.n, arguments.k) = (Int64(m), Int64(n), Int64(k))
    arguments.a_type = ForeignCall.number(of: .i8)
    arguments.b_type = ForeignCall.number(of: .i8)
    (arguments.a_stride, arguments.b_stride) = (Int64(k), Int64(n))
    arguments.c_stride = Int64(4 * n)
    return ForeignCall(
      .matmul, type: .i8, arguments: arguments, inputs: [\.a, \.b], outputs: [\.c])
  }

  /// B is k × n of floats: sampled rows of C, whole.
  private func checkRows(
    _ c: UnsafePointer<Float>, _ a: AlignedBuffer, _ b: StoredWeights, m: Int, seed: UInt64
  ) -> Check {
    let (n, k) = (b.columns, b.rows)
    var check = Check()
    b.withFloats { b in
      for row in sampledRows(m, products: n * k, seed: seed) {
        let exact = Reference.row(a.floats + row * k, times: b, ldb: n, depth: k, columns: n)
        for (column, exact) in exact.enumerated() {
          check.compare(
            Double(c[row * n + column]), with: exact.value, bound: exact.bound,
            place: "C[\(row), \(column)]")
        }
      }
    }
    return check
  }

  /// B is n rows of blocks: sampled columns of C, whole.
  private func checkColumns(
    _ c: UnsafePointer<Float>, _ a: AlignedBuffer, _ b: StoredWeights, m: Int, seed: UInt64
  ) -> Check {
    let (n, k) = (b.rows, b.columns)
    var check = Check()
    for column in sampledRows(n, products: m * k, seed: seed) {
      let weights = b.row(column)
      for row in 0..<m {
        b.compare(
          c[row * n + column], row: weights, a.floats + row * k, place: "C[\(row), \(column)]",
          into: &check)
      }
    }
    return check
  }
}
