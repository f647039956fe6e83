import Harness
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which experts each token goes to, drawn from a seed as a router would choose: no expert twice for
/// a token, and some experts as much more popular than others as Zipf's law has it.
struct ExpertChoices {
  /// The experts of each token with their weights, which add up to one.
  let byToken: [[(expert: Int, weight: Float)]]

  /// Draws them: the expert of rank r is drawn with probability ∝ (r + 1)^−skew from those that are left.
  ///
  /// Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): of the keys
  /// ln(u) ÷ probability the largest ones.
  init(_ extents: ExpertExtents, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let ranks = (0..<extents.experts).shuffled(using: &generator)
    let popularity = ranks.map { pow(Double($0 + 1), -extents.skew) }
    func uniform() -> Double { (Double(generator.next() >> 12) + 0.5) * 0x1p-52 }
    byToken = (0..<extents.tokens).map { _ in
      let keys = popularity.map { log(uniform()) / $0 }
      let chosen = keys.indices.sorted { keys[$0] > keys[$1] }.prefix(extents.used)
      let weights = chosen.map { _ in 0.5 + uniform() }
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
