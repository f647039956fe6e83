import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A gated feed-forward network: down · (swish(gate · x) ⊙ (up · x)), one or as many as experts.
public struct FeedForwardWeights: Sendable {
  let gate: WeightMatrix
  let up: WeightMatrix
  let down: WeightMatrix

  /// Errors: matrices whose shapes don't follow each other.
  public init(
    gate: WeightMatrix, up: WeightMatrix, down: WeightMatrix
  ) throws(KernelError) {
    guard gate.columns == up.columns, gate.rows == up.rows, down.columns == up.rows,
      down.rows == up.columns, gate.count == up.count, down.count == up.count
    else {
      throw KernelError(
        description: "a feed-forward network's matrices don't fit together: gate \(gate.rows) × "
          + "\(gate.columns), up \(up.rows) × \(up.columns), down \(down.rows) × \(down.columns)")
    }
    (self.gate, self.up, self.down) = (gate, up, down)
  }

  /// Width of a token's vector.
  public var hidden: Int { up.columns }
  /// Width of the network.
  public var width: Int { up.rows }
  /// Networks of this shape.
  public var count: Int { up.count }
  /// Bytes that a token that goes through all of them reads.
  public var byteCount: Int { gate.byteCount + up.byteCount + down.byteCount }
}

/// Feed-forward networks, dense or chosen by a router, with room for what lies between.
///
/// One value serves one call at a time. `@unchecked Sendable`: used by the thread that calls.
public final class FeedForward: @unchecked Sendable {
  private let table: KernelTable
  private let input: LinearInput
  private var room = KeptBuffer()

  /// Networks run by the kernels of `table`.
  public init(table: KernelTable, caches: CacheSizes = .ofThisMachine) {
    self.table = table
    input = LinearInput(table: table, caches: caches)
  }

  /// y[token] += the network's output for x[token]; both [token][hidden], not overlapping.
  ///
  /// The first network is run where there are several. Errors: a negative number of tokens, or no
  /// memory. Cost: 6 · hidden · width FLOP a token; the weights are read once for up to 32 tokens.
  public func add(
    _ weights: FeedForwardWeights, _ x: UnsafePointer<Float>, tokens: Int,
    to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    try check(tokens)
    try run(weights, shares: Array(repeating: 1, count: tokens), x, to: y, on: pool)
  }

  /// y[token] += σ(gate · x[token]) times the network's output for x[token], as the shared expert of
  /// Qwen2-MoE; both [token][hidden], not overlapping.
  ///
  /// A shared expert whose output is just added (DeepSeek) is a dense network beside the experts.
  /// Errors: a gate that isn't 1 × hidden, a negative number of tokens, or no memory.
  /// Cost: 6 · hidden · width + 2 · hidden FLOP a token.
  /// Source: Qwen Team, "Qwen2 Technical Report", 2024.
  public func add(
    _ weights: FeedForwardWeights, gatedBy gate: WeightMatrix, _ x: UnsafePointer<Float>,
    tokens: Int, to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    try check(tokens)
    guard gate.rows == 1, gate.columns == weights.hidden else {
      throw KernelError(
        description: "a shared expert's gate is 1 × \(weights.hidden), not \(gate.rows) × "
          + "\(gate.columns)")
    }
    let logits = try floats(tokens)
    input.set(x, tokens: tokens, columns: weights.hidden)
    try input.run([LinearInput.Product(gate, into: logits)], on: pool)
    let shares = (0..<tokens).map { 1 / (1 + expf(-logits[$0])) }
    try run(weights, shares: shares, x, to: y, on: pool)
  }

  /// y[token] += Σ weight · expert(x[token]) over the experts that `router` chooses by `logits`,
  /// [token][expert]; x and y are [token][hidden], not overlapping.
  ///
  /// Tokens are sorted by expert, so that the weights of each are read once.
  /// Errors: a router for another number of experts, a negative number of tokens, or no memory.
  /// Cost: 6 · hidden · width · used FLOP a token.
  public func add(
    _ weights: FeedForwardWeights, router: ExpertRouter, logits: UnsafePointer<Float>,
    _ x: UnsafePointer<Float>, tokens: Int, to y: UnsafeMutablePointer<Float>,
    on pool: WorkerPool
  ) throws(KernelError) {
    guard router.experts == weights.count else {
      throw KernelError(
        description: "a router for \(router.experts) experts was given \(weights.count)")
    }
    try check(tokens)
    let choices = (0..<tokens).map { router.route(logits + $0 * router.experts) }
    try add(weights, choices: choices, x, to: y, on: pool)
  }

  /// y[token] += Σ weight · expert(x[token]) over the experts in `choices`, a list for each token;
  /// x and y are [token][hidden], not overlapping.
  ///
  /// Errors: an expert that is not there. Cost: as with a router.
  public func add(
    _ weights: FeedForwardWeights, choices: [[(expert: Int, weight: Float)]],
    _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    let wrong = choices.joined().first { !(0..<weights.count).contains($0.expert) }
    if let wrong {
      throw KernelError(
        description: "expert \(wrong.expert) was chosen, and there are 0 to \(weights.count - 1)")
    }
    try run(weights, ExpertDispatch(choices, experts: weights.count), x, to: y, on: pool)
  }

  private func check(_ tokens: Int) throws(KernelError) {
    guard tokens >= 0 else {
      throw KernelError(description: "a feed-forward network can't run for \(tokens) tokens")
    }
  }

  /// The first network for all tokens, its output for each times the token's share.
  private func run(
    _ weights: FeedForwardWeights, shares: [Float], _ x: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    let choices = shares.map { [(expert: 0, weight: $0)] }
    try run(weights, ExpertDispatch(choices, experts: 1), x, to: y, on: pool)
  }

  private func run(
    _ weights: FeedForwardWeights, _ dispatch: ExpertDispatch, _ x: UnsafePointer<Float>,
    to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) throws(KernelError) {
    let (width, hidden, rows) = (weights.width, weights.hidden, dispatch.order.count)
    guard rows > 0 else { return }
    let gate = try floats(rows * (2 * width + hidden))
    let (up, out) = (gate + rows * width, gate + 2 * rows * width)
    let starts = dispatch.groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let isOneToken = dispatch.rows.count == 1  // all its experts take the same row
    input.set(
      x, columns: hidden, order: isOneToken ? [0] : dispatch.order,
      groups: isOneToken ? [1] : dispatch.groups)
    try input.run(
      dispatch.experts.enumerated().flatMap { index, expert in
        let group = isOneToken ? 0 : index
        return [
          LinearInput.Product(
            weights.gate, matrix: expert, group: group, into: gate + starts[index] * width),
          LinearInput.Product(
            weights.up, matrix: expert, group: group, into: up + starts[index] * width),
        ]
      }, on: pool)
    gateSwish(gate, up, count: rows * width, on: pool)
    input.set(gate, columns: width, order: Array(0..<rows), groups: dispatch.groups)
    try input.run(
      dispatch.experts.enumerated().map { index, expert in
        LinearInput.Product(
          weights.down, matrix: expert, group: index, into: out + starts[index] * hidden)
      }, on: pool)
    combine(out, dispatch, hidden: hidden, to: y, on: pool)
  }

  private func gateSwish(
    _ gate: UnsafeMutablePointer<Float>, _ up: UnsafePointer<Float>, count: Int,
    on pool: WorkerPool
  ) {
    nonisolated(unsafe) let (gate, up) = (gate, up)
    let kernel = table.layers.gateSwish
    pool.run { worker, workers in
      let part = share(count, unit: 64, worker: worker, of: workers)
      kernel(gate + part.lowerBound, up + part.lowerBound, part.count, gate + part.lowerBound)
    }
  }

  private func combine(
    _ out: UnsafePointer<Float>, _ dispatch: ExpertDispatch, hidden: Int,
    to y: UnsafeMutablePointer<Float>, on pool: WorkerPool
  ) {
    nonisolated(unsafe) let (out, y) = (out, y)
    let kernel = table.layers.accumulate
    let work: WorkerPool.Job = { worker, workers in
      for token in share(dispatch.rows.count, unit: 1, worker: worker, of: workers) {
        for (row, weight) in dispatch.rows[token] {
          kernel(out + row * hidden, weight, hidden, y + token * hidden)
        }
      }
    }
    if dispatch.rows.count == 1 { work(0, 1) } else { pool.run(work) }
  }

  private func floats(_ count: Int) throws(KernelError) -> UnsafeMutablePointer<Float> {
    let bytes = count * MemoryLayout<Float>.stride
    do { return try room.room(byteCount: bytes).floats } catch {
      throw KernelError(description: "no memory for a feed-forward network: \(error)")
    }
  }
}
