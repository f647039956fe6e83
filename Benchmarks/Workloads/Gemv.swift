import Harness
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// y = W · x, W m × k: decoding's work, a layer's weights times one token.
public struct Gemv: Workload {
  /// Cost: 2·m·k FLOP; W and x read once and y written once, bytes(W) + 4·(k + m).
  /// Meets read bandwidth, unless W fits a cache: then it may be faster than memory.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let (m, k) = (parameters.count("m"), parameters.count("k"))
    let type = StoredWeights.type(parameters)
    if type == .i8 { return try ByteProduct.cost(m: 1, n: m, k: k) }
    let weights = try StoredWeights.bytes(type, rows: m, columns: k)
    let bytes = try footprint([weights], [k, 4], [m, 4])
    let flop = 2 * Double(m) * Double(k)
    return CostCard(
      flop: flop, bytes: Double(bytes),
      footprint: try footprint([bytes], [type.isBlock ? bytes : 0]),
      limits: StoredWeights.limits(type, flop: flop, bytes: bytes))
  }

  /// `gemv`
  public let name = "gemv"
  /// What it is.
  public let summary = "y = W · x, W m × k: one token's share of decoding"
  /// m, k and the type of W.
  public let axes: [Axis] = [
    .extent("m", "rows of W", usual: 8192),
    .extent("k", "columns of W", usual: 8192),
    StoredWeights.axis(StoredWeights.types + [.i8]),
  ]

  /// The workload.
  public init() {}

  /// W and x of magnitude ½ to 1; sampled rows of y are held against the oracle. With bytes, x is bytes
  /// too and y is of 32 bits and exact.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let (m, k) = (parameters.count("m"), parameters.count("k"))
    let type = StoredWeights.type(parameters)
    if type == .i8 {
      return try ByteProduct(m: 1, n: m, k: k, isTransposed: true, seed: seed).prepared(nil)
    }
    let w = try StoredWeights(type, rows: m, columns: k, seed: seed)
    let x = try randomFloats(k, seed: seed &+ 1)
    let request = KernelRequest(
      inputs: [w.buffer, x], outputByteCounts: [4 * m], foreignCall: foreignCall(w)
    ) { (table, pool, outputs) throws(ProviderError) in
      let y = outputs[0].floats
      if w.type.isBlock {
        let product = try WeightProduct(w, table: table, on: pool)
        return { () throws(KernelError) in try product.run(x.floats, tokens: 1, into: y) }
      }
      let operand = MatrixOperand(w.buffer.baseAddress, type: w.type)
      return { () throws(KernelError) in
        try table.matrixVector(operand, x.floats, into: y, rows: m, columns: k, on: pool)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      var check = Check()
      for row in sampledRows(m, products: k, seed: seed) {
        w.compare(
          outputs[0].floats[row], row: w.row(row), x.floats, place: "y[\(row)]", into: &check)
      }
      return check
    }
  }

  private func foreignCall(_ w: StoredWeights) -> ForeignCall? {
    var arguments = plimsoll_gemv()
    (arguments.m, arguments.k) = (Int64(w.rows), Int64(w.columns))
    arguments.w_type = ForeignCall.number(of: w.type)
    arguments.w_stride = Int64(w.stride)
    return ForeignCall(
      .gemv, type: w.type, arguments: arguments, inputs: [\.w, \.x], outputs: [\.y])
  }
}
