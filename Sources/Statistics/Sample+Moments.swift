extension Sample {
  /// The mean; nil for no observations.
  public var mean: Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(count) }

  /// The standard deviation about the mean, by n − 1; nil below two observations.
  public var standardDeviation: Double? {
    guard let mean, count >= 2 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(count - 1)).squareRoot()
  }

  /// The root of the mean square; nil for no observations.
  public var rootMeanSquare: Double? {
    values.isEmpty ? nil : (values.reduce(0) { $0 + $1 * $1 } / Double(count)).squareRoot()
  }

  /// Below which the true standard deviation lies with a probability of `confidence`; nil below two
  /// observations.
  ///
  /// For planning: a sample sized by the deviation found in a small one is too small half of the time.
  /// Source: Browne, "On the use of a pilot sample for sample size determination" (1995); χ² by Wilson
  /// and Hilferty (1931).
  public func standardDeviationLimit(confidence: Double) -> Double? {
    guard let standardDeviation else { return nil }
    let freedom = Double(count - 1)
    let spread = 2 / (9 * freedom)
    let root = 1 - spread - NormalDistribution.quantile(confidence) * spread.squareRoot()
    // Wilson and Hilferty's root passes zero with one degree of freedom and high confidence.
    let cube = max(root * root * root, 0.001)
    return standardDeviation / cube.squareRoot()
  }
}
