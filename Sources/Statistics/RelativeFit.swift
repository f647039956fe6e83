/// Coefficients, none below its lowest value, with which sums of terms come as near to what was measured as
/// can be: least absolute relative errors, so that single wild figures don't decide.
///
/// Source: Schlossmacher, "An iterative technique for absolute deviations curve fitting" (1973), each of
/// whose least-squares problems is solved by coordinate descent (Franc, Hlaváč, Navara, "Sequential
/// coordinate-wise algorithm for the non-negative least squares problem", 2005).
public struct RelativeFit: Sendable, Equatable {
  /// One coefficient for each term.
  public let coefficients: [Double]

  /// One thing that was measured.
  public struct Observation: Sendable, Equatable {
    /// The terms that make it up, each to be multiplied by its coefficient.
    public var terms: [Double]
    /// What was measured, positive.
    public var measured: Double
    /// How much it counts.
    public var weight: Double

    /// Memberwise.
    public init(terms: [Double], measured: Double, weight: Double = 1) {
      (self.terms, self.measured, self.weight) = (terms, measured, weight)
    }
  }

  /// Fits `observations`, of as many terms each as `lowest` has; nil without any.
  ///
  /// Terms that are nought everywhere keep their lowest coefficient. Cost: some hundred passes over the
  /// observations.
  public init?(_ observations: [Observation], lowest: [Double]) {
    guard !observations.isEmpty,
      observations.allSatisfy({ $0.terms.count == lowest.count && $0.measured > 0 })
    else { return nil }
    let rows = observations.map { observation in
      (share: observation.terms.map { $0 / observation.measured }, weight: observation.weight)
    }
    var coefficients = lowest
    var factors = rows.map(\.weight)
    for _ in 0..<Self.rounds {
      coefficients = Self.leastSquares(rows.map(\.share), factors, from: coefficients, lowest)
      factors = rows.map { row in
        let error = zip(row.share, coefficients).reduce(-1) { $0 + $1.0 * $1.1 }
        return row.weight / max(abs(error), Self.smallestError)
      }
    }
    self.coefficients = coefficients
  }

  /// The sum of `terms`, each times its coefficient.
  public func value(_ terms: [Double]) -> Double {
    zip(terms, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static let rounds = 60
  private static let sweeps = 400
  /// Errors below this count alike, since squares are divided by them.
  private static let smallestError = 0.01

  /// Minimises Σ factor · (Σ share · coefficient − 1)².
  private static func leastSquares(
    _ shares: [[Double]], _ factors: [Double], from start: [Double], _ lowest: [Double]
  ) -> [Double] {
    let count = lowest.count
    var products = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    var sums = [Double](repeating: 0, count: count)
    for (share, factor) in zip(shares, factors) {
      for first in 0..<count {
        sums[first] += factor * share[first]
        for second in 0..<count { products[first][second] += factor * share[first] * share[second] }
      }
    }
    var coefficients = start
    for _ in 0..<sweeps {
      for term in 0..<count where products[term][term] > 0 {
        let others = (0..<count).reduce(0.0) {
          $0 + ($1 == term ? 0 : products[term][$1] * coefficients[$1])
        }
        coefficients[term] = max((sums[term] - others) / products[term][term], lowest[term])
      }
    }
    return coefficients
  }
}
