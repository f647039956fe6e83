import Statistics
import Units

/// A ceiling at the start of a run and at its end.
public struct CeilingDrift: Sendable, Equatable, Codable {
  /// The ceiling's name, as in a profile.
  public var name: String
  /// The unit of its figures.
  public var unit: String
  /// Threads at work.
  public var threads: Int
  /// The median at the start.
  public var start: Double
  /// The median at the end.
  public var end: Double
  /// The change, as a share of the start.
  public var change: Double
  /// Whether the observations of the two ends lie wholly apart, and the change is notable.
  public var isNotable: Bool

  /// Observations at each end. Of so many, all of one end above all of the other is chance in one of
  /// 126 cases.
  static let observations = 5
  /// A change from which on it is told.
  static let notable = 0.1

  /// The drift from one sample to the other; nil where one is empty or zero.
  init?(_ name: CostCard.CeilingName, threads: Int, from first: Sample, to last: Sample) {
    guard let start = first.median, let end = last.median, start > 0,
      let (low, high) = Self.range(first), let (lastLow, lastHigh) = Self.range(last)
    else { return nil }
    (self.name, unit, self.threads) = (name.rawValue, name.unit, threads)
    (self.start, self.end, change) = (start, end, end / start - 1)
    isNotable = abs(change) > Self.notable && (high < lastLow || lastHigh < low)
  }

  private static func range(_ sample: Sample) -> (Double, Double)? {
    sample.values.min().flatMap { low in sample.values.max().map { (low, $0) } }
  }

  /// One sentence for people; nil for a change that need not concern them.
  var warning: String? {
    guard isNotable else { return nil }
    return "\(name) with \(threads) threads was \(Decimal.fixed(abs(change) * 100, 0)) % "
      + "\(change < 0 ? "lower" : "higher") at the end of the run than at its start: compare shares of "
      + "ceilings, which were measured beside each row, and not times"
  }
}
