/// A measured or predicted value with the range it is believed to lie in.
public struct Estimate: Sendable, Hashable, Codable {
  /// The best single figure: for measurements, the median.
  public var value: Double
  /// Lower end of the range.
  public var low: Double
  /// Upper end of the range.
  public var high: Double

  /// Memberwise; `low ≤ value ≤ high` is the caller's promise.
  public init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// A figure without a range, as a datasheet prints it.
  public init(exactly value: Double) { self.init(value: value, low: value, high: value) }
}
