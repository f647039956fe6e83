import Harness
import Statistics
import Tensors

/// Which experts each token goes to, drawn from a seed as a router would choose: no expert twice for
/// a token, and some experts as much more popular than others as Zipf's law has it.
struct ExpertChoices {
  /// The experts of each token with their weights, which add up to one.
  let byToken: [[(expert: Int, weight: Float)]]

  /// Draws them, see `PopularChoices`.
  init(_ extents: ExpertExtents, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let router = PopularChoices(count: extents.experts, skew: extents.skew, using: &generator)
    byToken = (0..<extents.tokens).map { _ in
      let chosen = router.draw(extents.used, using: &generator)
      let weights = chosen.map { _ in 0.5 + PopularChoices.uniform(&generator) }
      let sum = weights.reduce(0, +)
      return zip(chosen, weights).map { ($0, Float($1 / sum)) }
    }
  }

  /// Experts that some token uses.
  var touched: Int { Set(byToken.joined().map(\.expert)).count }

  /// Numbers of experts, as other people's kernels take them.
  func ids() throws(WorkloadError) -> AlignedBuffer {
    try buffer { $0.storeBytes(of: Int32(truncatingIfNeeded: $1.expert), as: Int32.self) }
  }

  /// Weights, likewise.
  func shares() throws(WorkloadError) -> AlignedBuffer {
    try buffer { $0.storeBytes(of: $1.weight, as: Float.self) }
  }

  private func buffer(
    _ store: (UnsafeMutableRawPointer, (expert: Int, weight: Float)) -> Void
  ) throws(WorkloadError) -> AlignedBuffer {
    let all = Array(byToken.joined())
    let buffer = try memory(bytes: 4 * all.count)
    for (index, choice) in all.enumerated() { store(buffer.baseAddress + 4 * index, choice) }
    return buffer
  }
}
