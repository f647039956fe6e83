/// Repeated observations of one quantity, kept raw; every figure is worked out when asked for.
public struct Sample: Sendable, Equatable, Codable {
  /// The observations in the order in which they were made.
  public private(set) var values: [Double]

  /// A sample of `values`.
  public init(_ values: [Double] = []) { self.values = values }

  /// Adds an observation.
  public mutating func append(_ value: Double) { values.append(value) }

  /// Number of observations.
  public var count: Int { values.count }

  /// The middle observation, or the mean of the two in the middle; nil for no observations.
  ///
  /// Cost: one sort.
  public var median: Double? { quantile(0.5) }

  /// The value below which a share `p` (0…1) of the observations lies; nil for no observations.
  ///
  /// Linear between order statistics. Source: Hyndman and Fan (1996), definition 7.
  public func quantile(_ p: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let position = min(max(p, 0), 1) * Double(sorted.count - 1)
    let below = Int(position)
    guard below + 1 < sorted.count else { return sorted[below] }
    let share = position - Double(below)
    return sorted[below] * (1 - share) + sorted[below + 1] * share
  }

  /// The median with a distribution-free interval that covers it with probability 95 % at least;
  /// nil for no observations.
  ///
  /// The interval lies between the order statistics x₍ₖ₎ and x₍ₙ₊₁₋ₖ₎ for the largest k with
  /// P(Binomial(n, ½) < k) ≤ 2.5 %. Below six observations no pair reaches 95 %: the range is given.
  /// Outliers stay in. Source: Conover, Practical Nonparametric Statistics, §3.2.
  public var medianInterval: Estimate? {
    guard let median else { return nil }
    let sorted = values.sorted()
    let rank = max(Self.intervalRank(count: sorted.count), 1)
    return Estimate(value: median, low: sorted[rank - 1], high: sorted[sorted.count - rank])
  }

  /// Change from the median of the first half to the median of the second, as a share of the first;
  /// nil below four observations.
  public var drift: Double? {
    guard count >= 4, let first = Sample(Array(values.prefix(count / 2))).median,
      let second = Sample(Array(values.suffix(count / 2))).median, first != 0
    else { return nil }
    return second / first - 1
  }

  /// The largest k with P(Binomial(n, ½) < k) ≤ 2.5 %, or 0. Above a thousand observations, where ½ⁿ
  /// would be zero, by the normal approximation, rounded outwards.
  static func intervalRank(count n: Int) -> Int {
    guard n <= 1000 else {
      return Int((Double(n) - 1.96 * Double(n).squareRoot()) / 2)
    }
    var probability = 1.0  // C(n, k) / 2ⁿ, from k = 0 on; halves are multiplied in one by one
    for _ in 0..<n { probability /= 2 }
    var cumulative = 0.0
    for k in 0..<max(n, 1) {
      cumulative += probability
      if cumulative > 0.025 { return k }
      probability *= Double(n - k) / Double(k + 1)
    }
    return 0
  }
}
