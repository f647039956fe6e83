import Statistics

/// One thing a box can do, measured: how much, how sure, with how many threads.
public struct Ceiling: Sendable, Equatable, Codable {
  /// What it is, as scripts know it: `read_bandwidth`.
  public var name: String
  /// The unit of the figures: `B/s`, `FLOP/s`, `op/s`, `s`, `fault/s`.
  public var unit: String
  /// Threads at work.
  public var threads: Int
  /// The median; nil when it could not be measured, and then `reason` says why.
  public var value: Double?
  /// Lower end of the median's 95 % interval.
  public var low: Double?
  /// Upper end of the median's 95 % interval.
  public var high: Double?
  /// Observations behind the median.
  public var observations: Int
  /// Change of the median from the first half of the run to the second, as a share.
  public var drift: Double?
  /// Why there is no value.
  public var reason: String?
}

extension Ceiling {
  /// A ceiling from its observations.
  public init(name: String, unit: String, threads: Int, sample: Sample) {
    let interval = sample.medianInterval
    self.init(
      name: name, unit: unit, threads: threads, value: interval?.value, low: interval?.low,
      high: interval?.high, observations: sample.count, drift: sample.drift,
      reason: interval == nil ? "not observed" : nil)
  }

  /// A ceiling from a figure that already has its range.
  public init(name: String, unit: String, threads: Int, estimate: Estimate, observations: Int) {
    self.init(
      name: name, unit: unit, threads: threads, value: estimate.value, low: estimate.low,
      high: estimate.high, observations: observations, drift: nil, reason: nil)
  }

  /// A ceiling that could not be measured.
  public static func unavailable(
    _ name: String, unit: String, because reason: String
  ) -> Ceiling {
    Ceiling(
      name: name, unit: unit, threads: 0, value: nil, low: nil, high: nil, observations: 0,
      drift: nil, reason: reason)
  }

  /// The value with its interval, or nil.
  public var estimate: Estimate? {
    guard let value, let low, let high else { return nil }
    return Estimate(value: value, low: low, high: high)
  }

  /// Width of the interval as a share of the value; nil without one.
  public var relativeWidth: Double? {
    estimate.flatMap { $0.value == 0 ? nil : ($0.high - $0.low) / abs($0.value) }
  }
}
