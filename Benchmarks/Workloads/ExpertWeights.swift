import Harness
import KernelReference
import Kernels
import Tensors

/// The weights of a layer's experts as a model stores them, [expert][output][input].
struct ExpertWeights {
  let gate: StoredWeights
  let up: StoredWeights
  let down: StoredWeights
  private let extents: ExpertExtents

  /// Random ones.
  init(_ extents: ExpertExtents, seed: UInt64) throws(WorkloadError) {
    self.extents = extents
    func weights(_ seed: UInt64, _ rows: Int, _ columns: Int) throws(WorkloadError) -> StoredWeights
    {
      try StoredWeights(extents.type, rows: extents.experts * rows, columns: columns, seed: seed)
    }
    gate = try weights(seed, extents.intermediate, extents.hidden)
    up = try weights(seed &+ 1, extents.intermediate, extents.hidden)
    down = try weights(seed &+ 2, extents.hidden, extents.intermediate)
  }

  /// Ready for Plimsoll's own kernels: blocks repacked, floats where they are.
  func packed(
    _ table: KernelTable, on pool: WorkerPool
  ) throws(ProviderError) -> FeedForwardWeights {
    func matrix(_ weights: StoredWeights) throws(KernelError) -> WeightMatrix {
      try WeightMatrix(
        weights.buffer.baseAddress, type: weights.type, count: extents.experts,
        rows: weights.rows / extents.experts, columns: weights.columns, table: table, on: pool)
    }
    do throws(KernelError) {
      return try FeedForwardWeights(
        gate: try matrix(gate), up: try matrix(up), down: try matrix(down))
    } catch { throw ProviderError(error) }
  }

  /// Outputs of sampled tokens against `Reference.gatedUnits`.
  func check(
    _ y: UnsafePointer<Float>, _ x: AlignedBuffer, _ choices: ExpertChoices,
    _ extents: ExpertExtents, seed: UInt64
  ) -> Check {
    var check = Check()
    let (hidden, width) = (extents.hidden, extents.intermediate)
    for token in sampledRows(
      extents.tokens, products: 3 * extents.used * hidden * width, seed: seed)
    {
      let input = (0..<hidden).map { Double(x.floats[token * hidden + $0]) }
      var sums = [Reference.Spread](repeating: .init(value: 0, variance: 0), count: hidden)
      for (expert, weight) in choices.byToken[token] {
        add(expert, Double(weight), input, to: &sums)
      }
      for (index, sum) in sums.enumerated() {
        check.compare(
          Double(y[token * hidden + index]), with: sum.value, bound: 8 * sum.variance.squareRoot(),
          place: "y[\(token), \(index)]")
      }
    }
    return check
  }

  private func add(
    _ expert: Int, _ weight: Double, _ x: [Double], to sums: inout [Reference.Spread]
  ) {
    func rows(_ weights: StoredWeights) -> [[Float]] {
      let count = weights.rows / extents.experts
      return (expert * count..<(expert + 1) * count).map(weights.row)
    }
    let outputs = Reference.gatedUnits(
      x.map { .init(value: $0, variance: 0) }, gate: rows(gate), up: rows(up), down: rows(down),
      isQuantised: extents.type.isBlock)
    for (index, output) in outputs.enumerated() {
      sums[index].value += weight * output.value
      sums[index].variance += weight * weight * output.variance
    }
  }
}
