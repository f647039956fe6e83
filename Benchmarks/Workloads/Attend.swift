import Harness
import KernelAlgorithms
import KernelPlugin
import KernelReference
import Kernels
import Tensors

/// softmax(q · kᵀ / √dim) · v: what a layer does with its cache, one query in decoding, many in prefill.
public struct Attend: Workload {
  /// Cost: 4·head_dim FLOP a query head and key that it sees; q and what is seen of k and v read
  /// once and the output written once. Meets the arithmetic peak with many queries, read bandwidth
  /// with few.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let extents = try AttentionExtents(parameters)
    let flop =
      4 * Double(extents.headDim) * extents.visiblePairs
      * Double(extents.batch) * Double(extents.heads)
    let stored = try extents.storedBytes(keys: extents.keys)
    let seen = try extents.storedBytes(keys: extents.keysSeen)
    let floats = try footprint([extents.rows, extents.headDim, 4])
    return CostCard(
      flop: flop, bytes: 2 * Double(floats) + 2 * Double(seen),
      footprint: try footprint([2, floats], [2, stored]),
      limits: [(.fmaF32, flop), (.readBandwidth, 2 * Double(floats) + 2 * Double(seen))])
  }

  /// `attention`
  public let name = "attention"
  /// What it is.
  public let summary = "softmax(q · kᵀ / √head_dim) · v, query heads sharing KV heads"
  /// Extents, mask and the type of k and v.
  public let axes: [Axis] = [
    .extent("batch", "sequences", usual: 1),
    Axis("heads", "query heads", .count(1...1 << 16), usual: [.count(32)]),
    Axis("kv_heads", "key and value heads", .count(1...1 << 16), usual: [.count(8)]),
    Axis("head_dim", "numbers of a head", .count(1...1 << 16), usual: [.count(128)]),
    .extent("queries", "tokens that ask, the last of the keys", usual: 1, 2048),
    .extent("keys", "tokens that are asked", usual: 2048),
    Axis("causal", "1: a token sees none after it", .count(0...1), usual: [.count(1)]),
    Axis(
      "window", "keys that a token sees at most, 0 for all", .count(0...Int(Int32.max)),
      usual: [.count(0)]),
    Axis(
      "type", "how keys and values are stored", .choice(CellType.allCases.map(\.rawValue)),
      usual: [.word("f32")]),
  ]

  /// The workload.
  public init() {}

  /// q, k and v of magnitude ½ to 1, q8_0 of random scales and numbers; sampled queries are held against
  /// the oracle.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let extents = try AttentionExtents(parameters)
    let q = try randomFloats(extents.rows * extents.headDim, seed: seed)
    let keys = try extents.stored(seed: seed &+ 1)
    let values = try extents.stored(seed: seed &+ 2)
    let request = KernelRequest(
      inputs: [q, keys.buffer, values.buffer],
      outputByteCounts: [4 * extents.rows * extents.headDim], foreignCall: foreignCall(extents)
    ) { (table, pool, outputs) throws(ProviderError) in
      let attention = Attention(table: table)
      let cells = (0..<extents.batch).map { extents.cells(keys, values, sequence: $0) }
      let (from, to) = (q.floats, outputs[0].floats)
      let distance = extents.queries * extents.heads * extents.headDim
      return { () throws(KernelError) in
        for (sequence, cells) in cells.enumerated() {
          try attention.attend(
            from + sequence * distance, extents.asked, to: cells, into: to + sequence * distance,
            on: pool)
        }
      }
    }
    return PreparedWorkload(request: request) { outputs in
      AttentionCheck(extents: extents, q: q, keys: keys, values: values)
        .check(outputs[0].floats, seed: seed)
    }
  }

  private func foreignCall(_ extents: AttentionExtents) -> ForeignCall? {
    var arguments = plimsoll_attention()
    arguments.batch = Int64(extents.batch)
    (arguments.heads, arguments.kv_heads) = (Int64(extents.heads), Int64(extents.kvHeads))
    (arguments.queries, arguments.keys) = (Int64(extents.queries), Int64(extents.keys))
    (arguments.key_dim, arguments.value_dim) = (Int64(extents.headDim), Int64(extents.headDim))
    arguments.kv_type = ForeignCall.number(of: extents.elementType)
    arguments.causal = extents.isCausal ? 1 : 0
    arguments.window = Int64(extents.window)
    arguments.scale = Float(extents.scale)
    return ForeignCall(
      .attention, type: extents.elementType, arguments: arguments, inputs: [\.q, \.k, \.v],
      outputs: [\.output])
  }
}
