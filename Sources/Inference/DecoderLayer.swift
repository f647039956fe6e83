import Kernels
import Models

/// One decoder layer as a call: x += attention(norm(x)), then x += feed-forward(norm(x)).
///
/// Source: Touvron et al., "LLaMA", 2023; Yang et al., "Qwen3 Technical Report", 2025 (norms of each
/// head's queries and keys; experts with a softmax router whose weights are normalised).
final class DecoderLayer {
  private let shape: GGUFDecoder
  private let table: KernelTable
  private let attention: Attention
  private let feedForward: FeedForward
  private let router: ExpertRouter?

  init(_ shape: GGUFDecoder, table: KernelTable, sizes: CacheSizes) throws(KernelError) {
    (self.shape, self.table) = (shape, table)
    attention = Attention(table: table, caches: sizes)
    feedForward = FeedForward(table: table, caches: sizes)
    if let experts = shape.experts {
      router = try ExpertRouter(experts: experts.count, used: experts.used)
    } else {
      router = nil
    }
  }

  /// Runs `tokens` tokens at `position` and after it through the layer, in `room.state`.
  func forward(
    _ weights: DecoderWeights.Layer, _ room: DecoderRoom, tokens: Int, position: Int,
    angles: RotaryAngles, cache: KeyValueCache, on pool: WorkerPool
  ) throws(KernelError) {
    norm(room, weights.attentionNorm, tokens: tokens, on: pool)
    room.input.set(room.normed, tokens: tokens, columns: shape.hidden)
    try room.input.run(
      [
        LinearInput.Product(weights.query, into: room.queries),
        LinearInput.Product(weights.key, into: room.keys),
        LinearInput.Product(weights.value, into: room.values),
      ], on: pool)
    rotate(room, weights, tokens: tokens, angles: angles, on: pool)
    try cache.append(keys: room.keys, values: room.values, tokens: tokens, at: position)
    try cache.withCells { (cells) throws(KernelError) in
      try attention.attend(
        room.queries,
        AttentionQueries(count: tokens, position: position, heads: shape.heads), to: cells,
        into: room.attended, on: pool)
    }
    room.input.set(room.attended, tokens: tokens, columns: shape.heads * shape.headDim)
    try room.input.run([LinearInput.Product(weights.output, into: room.delta)], on: pool)
    addDelta(room, tokens: tokens, on: pool)
    norm(room, weights.feedForwardNorm, tokens: tokens, on: pool)
    if let router, let routerWeights = weights.router {
      room.input.set(room.normed, tokens: tokens, columns: shape.hidden)
      try room.input.run([LinearInput.Product(routerWeights, into: room.delta)], on: pool)
      try feedForward.add(
        weights.feedForward, router: router, logits: room.delta, room.normed, tokens: tokens,
        to: room.state, on: pool)
    } else {
      try feedForward.add(
        weights.feedForward, room.normed, tokens: tokens, to: room.state, on: pool)
    }
  }

  private func norm(_ room: DecoderRoom, _ weight: [Float], tokens: Int, on pool: WorkerPool) {
    let (hidden, epsilon, kernel) = (shape.hidden, shape.epsilon, table.layers.rmsNorm)
    each(tokens, on: pool) { token in
      kernel(
        room.state + token * hidden, weight, epsilon, hidden, room.normed + token * hidden)
    }
  }

  private func addDelta(_ room: DecoderRoom, tokens: Int, on pool: WorkerPool) {
    let (hidden, kernel) = (shape.hidden, table.layers.accumulate)
    each(tokens, on: pool) { token in
      kernel(room.delta + token * hidden, 1, hidden, room.state + token * hidden)
    }
  }

  /// Norms of queries and keys where the model has them, and the rotary embedding.
  private func rotate(
    _ room: DecoderRoom, _ weights: DecoderWeights.Layer, tokens: Int, angles: RotaryAngles,
    on pool: WorkerPool
  ) {
    let (headDim, heads, kvHeads) = (shape.headDim, shape.heads, shape.kvHeads)
    let (kernels, epsilon, pairs) = (table.layers, shape.epsilon, angles.pairs)
    let (stride, distance) = shape.ropePairs == .neighbours ? (2, 1) : (1, pairs)
    each(tokens, on: pool) { token in
      func turn(_ start: UnsafeMutablePointer<Float>, _ heads: Int, _ norm: [Float]) {
        for head in 0..<heads {
          let x = start + (token * heads + head) * headDim
          if !norm.isEmpty { kernels.rmsNorm(x, norm, epsilon, headDim, x) }
          angles.cosines.withUnsafeBufferPointer { cosines in
            angles.sines.withUnsafeBufferPointer { sines in
              guard let cosines = cosines.baseAddress, let sines = sines.baseAddress else { return }
              kernels.rotate(
                x, pairs, stride, distance, cosines + token * pairs, sines + token * pairs)
            }
          }
        }
      }
      turn(room.queries, heads, weights.queryNorm)
      turn(room.keys, kvHeads, weights.keyNorm)
    }
  }

  /// Calls `work` for each token, on all threads when there are several.
  private func each(
    _ tokens: Int, on pool: WorkerPool, _ work: @Sendable (Int) -> Void
  ) {
    guard tokens > 1 else { return (0..<tokens).forEach(work) }
    pool.run { worker, workers in
      let (each, extra) = tokens.quotientAndRemainder(dividingBy: workers)
      let first = worker * each + min(worker, extra)
      for token in first..<first + each + (worker < extra ? 1 : 0) { work(token) }
    }
  }
}
