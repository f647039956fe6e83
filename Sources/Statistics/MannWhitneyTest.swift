/// Whether one of two independent samples tends to lie above the other: the Mann–Whitney U test.
///
/// Source: Mann and Whitney, "On a test of whether one of two random variables is stochastically
/// larger than the other" (1947); the correction for ties as in Conover, Practical Nonparametric
/// Statistics, §5.1.
public struct MannWhitneyTest: Sendable, Equatable {
  /// Pairs in which the first sample's value is the greater one; equal values count half.
  public let u: Double
  /// Two-sided p: exact where neither sample has more than `largestExactCount` values and no two are
  /// equal, else by the normal approximation, with its corrections for ties and continuity.
  public let p: Double
  /// Whether `p` is exact.
  public let isExact: Bool

  /// Beyond so many values in a sample the approximation is as good as its third digit.
  public static let largestExactCount = 20

  /// A test of `a` against `b`; nil when one is empty or holds what is not a number.
  ///
  /// Cost: one sort; exact p some a·b·a·b steps.
  public init?(_ a: [Double], _ b: [Double]) {
    guard !a.isEmpty, !b.isEmpty, !(a + b).contains(where: \.isNaN) else { return nil }
    let (rankSum, ties) = Self.ranks(a, b)
    let pairs = Double(a.count) * Double(b.count)
    u = rankSum - Double(a.count) * Double(a.count + 1) / 2
    isExact = ties == 0 && max(a.count, b.count) <= Self.largestExactCount
    let smaller = min(u, pairs - u)
    p =
      isExact
      ? min(1, 2 * Self.exactTail(a.count, b.count, Int(smaller.rounded())))
      : Self.approximateP(smaller, a.count, b.count, ties: ties)
  }

  /// The sum of the ranks of `a` in both samples together, equal values sharing theirs, and Σ(t³ − t) over
  /// groups of t equal values.
  private static func ranks(_ a: [Double], _ b: [Double]) -> (sum: Double, ties: Double) {
    let all = (a.map { (value: $0, isFirst: true) } + b.map { (value: $0, isFirst: false) })
      .sorted { $0.value < $1.value }
    var (sum, ties) = (0.0, 0.0)
    var start = 0
    while start < all.count {
      var end = start
      var members = 0
      while end < all.count, all[end].value == all[start].value {
        members += all[end].isFirst ? 1 : 0
        end += 1
      }
      sum += Double(members) * Double(start + 1 + end) / 2
      let size = Double(end - start)
      ties += size * size * size - size
      start = end
    }
    return (sum, ties)
  }

  /// P(U ≤ u) where all orders of `n` and `m` values are equally likely.
  ///
  /// Orders are counted by which sample the largest value is from: c(n, m, u) = c(n−1, m, u−m) +
  /// c(n, m−1, u), here for all m at once. Counts stay below C(40, 20) < 2⁵³, so they are exact.
  private static func exactTail(_ n: Int, _ m: Int, _ u: Int) -> Double {
    let none = [1.0] + [Double](repeating: 0, count: u)
    var counts = [[Double]](repeating: none, count: m + 1)
    for _ in 0..<n {
      for size in 1..<(m + 1) {
        // The value taken away was above all `size` of the other sample.
        var row = counts[size - 1]
        if size <= u { for i in size...u { row[i] += counts[size][i - size] } }
        counts[size] = row
      }
    }
    let orders = (0..<n).reduce(1.0) { $0 * Double(m + 1 + $1) / Double($1 + 1) }
    return counts[m].reduce(0, +) / orders
  }

  private static func approximateP(_ smaller: Double, _ n: Int, _ m: Int, ties: Double) -> Double {
    let (n, m) = (Double(n), Double(m))
    let all = n + m
    let variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)))
    guard variance > 0 else { return 1 }
    let distance = max(n * m / 2 - smaller - 0.5, 0)
    return min(1, 2 * NormalDistribution.cumulative(-distance / variance.squareRoot()))
  }
}
