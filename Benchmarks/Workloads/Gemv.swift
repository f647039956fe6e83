import Harness
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// y = W · x, W m × k: decoding's work, a layer's weights times one token.
public struct Gemv: Workload {
  /// Cost: 2·m·k FLOP; W and x read once and y written once, 4·(m·k + k + m) bytes for f32.
  /// Meets read bandwidth, unless W fits a cache: then it may be faster than memory.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let (m, k) = (parameters.count("m"), parameters.count("k"))
    let bytes = try footprint([m, k, 4], [k, 4], [m, 4])
    let flop = 2 * Double(m) * Double(k)
    return CostCard(
      flop: flop, bytes: Double(bytes), footprint: bytes,
      limits: [(.readBandwidth, Double(bytes)), (.fmaF32, flop)])
  }

  /// `gemv`
  public let name = "gemv"
  /// What it is.
  public let summary = "y = W · x, W m × k: one token's share of decoding"
  /// m, k and the type of W.
  public let axes: [Axis] = [
    .extent("m", "rows of W", usual: 8192),
    .extent("k", "columns of W", usual: 8192),
    Axis("type", "how W is stored", .choice(["f32"]), usual: [.word("f32")]),
  ]

  /// The workload.
  public init() {}

  /// W and x of magnitude ½ to 1; sampled rows of y are held against the oracle.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let (m, k) = (parameters.count("m"), parameters.count("k"))
    let w = try randomFloats(m * k, seed: seed)
    let x = try randomFloats(k, seed: seed &+ 1)
    let request = KernelRequest(
      inputs: [w, x], outputByteCounts: [4 * m], foreignCall: foreignCall(m: m, k: k)
    ) { (table, pool, outputs) throws(ProviderError) in
      let y = outputs[0].floats
      return { () throws(KernelError) in
        try table.matrixVector(w.floats, x.floats, into: y, rows: m, columns: k, on: pool)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      var check = Check()
      for row in sampledRows(m, products: k, seed: seed) {
        let exact = Reference.dot(w.floats + row * k, x.floats, count: k, stride: 1)
        check.compare(
          Double(outputs[0].floats[row]), with: exact.value, bound: exact.bound,
          place: "y[\(row)]")
      }
      return check
    }
  }

  private func foreignCall(m: Int, k: Int) -> ForeignCall? {
    var arguments = plimsoll_gemv()
    (arguments.m, arguments.k) = (Int64(m), Int64(k))
    arguments.w_type = Int32(PLIMSOLL_F32)
    arguments.w_stride = Int64(4 * k)
    return ForeignCall(
      .gemv, type: .f32, arguments: arguments, inputs: [\.w, \.x], outputs: [\.y])
  }
}
