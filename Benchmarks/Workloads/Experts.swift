import Harness
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// A layer of experts: each token goes through the few that a router chose for it.
public struct Experts: Workload {
  /// Cost: 6·hidden·intermediate FLOP a token and expert it uses; the experts that some token uses are
  /// read once, 3·hidden·intermediate elements each, x read and y written. Meets read bandwidth with
  /// few tokens an expert, the arithmetic peak with some dozens.
  ///
  /// Before the choices are drawn, as many experts as may be touched are counted.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let extents = ExpertExtents(parameters)
    guard extents.used <= extents.experts else {
      throw WorkloadError(
        .usage, "a token can't use \(extents.used) of \(extents.experts) experts; used ≤ experts")
    }
    let (uses, overflow) = extents.tokens.multipliedReportingOverflow(by: extents.used)
    return try cost(extents, touched: overflow ? extents.experts : min(uses, extents.experts))
  }

  private func cost(_ extents: ExpertExtents, touched: Int) throws(WorkloadError) -> CostCard {
    let (hidden, width) = (extents.hidden, extents.intermediate)
    let flop = 6 * Double(hidden) * Double(width) * Double(extents.used) * Double(extents.tokens)
    let one = try footprint(
      [2, try StoredWeights.bytes(extents.type, rows: width, columns: hidden)],
      [try StoredWeights.bytes(extents.type, rows: hidden, columns: width)])
    let all = try footprint([one, extents.experts])
    let floats = try footprint([2, extents.tokens, hidden, 4])
    let bytes = try footprint([one, touched], [floats])
    return CostCard(
      flop: flop, bytes: Double(bytes),
      footprint: try footprint([all, extents.type.isBlock ? 2 : 1], [floats]),
      limits: StoredWeights.limits(extents.type, flop: flop, bytes: bytes))
  }

  /// `moe`
  public let name = "moe"
  /// What it is.
  public let summary = "experts: y = Σ weight · down · (silu(gate · x) ⊙ (up · x))"
  /// Extents, the type of the weights and how popular some experts are.
  public let axes: [Axis] = [
    Axis("tokens", "tokens at a time", .count(1...1 << 24), usual: [.count(1), .count(128)]),
    .extent("hidden", "numbers of a token", usual: 2048),
    Axis("experts", "experts of the layer", .count(1...1 << 16), usual: [.count(64)]),
    Axis("used", "experts that a token uses", .count(1...1 << 16), usual: [.count(8)]),
    .extent("intermediate", "width of an expert", usual: 768),
    StoredWeights.axis(StoredWeights.types, usual: .q4_0),
    Axis(
      "skew", "exponent of Zipf's law of the experts' popularity, 0: all alike",
      .number(0...8), usual: [.number(0)]),
  ]

  /// The workload.
  public init() {}

  /// x of magnitude ½ to 1, random experts, choices without repetition for a token; outputs of sampled
  /// tokens are held against the oracle.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let extents = ExpertExtents(parameters)
    _ = try cost(parameters)
    let choices = ExpertChoices(extents, seed: seed)
    let weights = try ExpertWeights(extents, seed: seed &+ 1)
    let x = try randomFloats(extents.tokens * extents.hidden, seed: seed)
    let (ids, shares) = (try choices.ids(), try choices.shares())
    let request = KernelRequest(
      inputs: [x, ids, shares, weights.gate.buffer, weights.up.buffer, weights.down.buffer],
      outputByteCounts: [4 * extents.tokens * extents.hidden],
      foreignCall: foreignCall(extents)
    ) { (table, pool, outputs) throws(ProviderError) in
      let (layer, packed) = (FeedForward(table: table), try weights.packed(table, on: pool))
      let (y, count) = (outputs[0].floats, extents.tokens * extents.hidden)
      return { () throws(KernelError) in
        y.update(repeating: 0, count: count)
        try layer.add(packed, choices: choices.byToken, x.floats, to: y, on: pool)
      }
    }
    return PreparedWorkload(
      request: request, cost: try cost(extents, touched: choices.touched)
    ) { outputs in
      weights.check(outputs[0].floats, x, choices, extents, seed: seed)
    }
  }

  private func foreignCall(_ extents: ExpertExtents) -> ForeignCall? {
    var arguments = plimsoll_moe()
    (arguments.tokens, arguments.hidden) = (Int64(extents.tokens), Int64(extents.hidden))
    arguments.intermediate = Int64(extents.intermediate)
    (arguments.experts, arguments.used) = (Int64(extents.experts), Int64(extents.used))
    arguments.type = ForeignCall.number(of: extents.type)
    return ForeignCall(
      .moe, type: extents.type, arguments: arguments,
      inputs: [\.input, \.expert_ids, \.expert_weights, \.gate, \.up, \.down], outputs: [\.output])
  }
}

/// The parameters of a row of experts.
struct ExpertExtents {
  let tokens: Int
  let hidden: Int
  let experts: Int
  let used: Int
  let intermediate: Int
  let type: ElementType
  let skew: Double

  init(_ parameters: Parameters) {
    (tokens, hidden) = (parameters.count("tokens"), parameters.count("hidden"))
    (experts, used) = (parameters.count("experts"), parameters.count("used"))
    intermediate = parameters.count("intermediate")
    type = StoredWeights.type(parameters)
    skew = parameters.number("skew")
  }
}
