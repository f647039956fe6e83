/// A quantity with a unit, kept as a `Double` and printed with a decimal prefix.
///
/// Each unit is a type of its own, so that a rate is not taken for a time; conversion to text is the
/// only place where prefixes appear. Coded as a plain number in the base unit.
public protocol Quantity: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// The base unit's symbol, as `B/s`.
  static var symbol: String { get }
  /// The value in the base unit.
  var value: Double { get }
  /// The quantity of `value` base units.
  init(_ value: Double)
}

extension Quantity {
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }

  /// A plain number in the base unit.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(Double.self))
  }

  /// A plain number in the base unit.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }

  /// Three significant digits and a decimal prefix: `36.1 GB/s`, `1.28 ms`.
  public var description: String {
    guard value.isFinite else { return "unbounded" }
    let prefixes: [(Double, String)] = [
      (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"),
      (1e-6, "µ"), (1e-9, "n"),
    ]
    let magnitude = abs(value)
    let (scale, prefix) = prefixes.first { magnitude >= $0.0 * 0.9995 } ?? (1, "")
    return Decimal.significant(value / scale) + " " + prefix + Self.symbol
  }
}

/// A duration, in seconds.
public struct Seconds: Quantity {
  public static let symbol = "s"
  public let value: Double
  public init(_ value: Double) { self.value = value }
}

/// An amount of floating-point or integer arithmetic; a multiply-add counts as two.
public struct FLOPs: Quantity {
  public static let symbol = "FLOP"
  public let value: Double
  public init(_ value: Double) { self.value = value }
}

/// A rate of data, in bytes per second (1 GB/s is 10⁹ bytes per second).
public struct BytesPerSecond: Quantity {
  public static let symbol = "B/s"
  public let value: Double
  public init(_ value: Double) { self.value = value }
}

/// A rate of arithmetic; a multiply-add counts as two operations.
public struct FLOPsPerSecond: Quantity {
  public static let symbol = "FLOP/s"
  public let value: Double
  public init(_ value: Double) { self.value = value }
}

extension Bytes {
  /// How long `bytes` take at `rate`.
  public static func / (bytes: Bytes, rate: BytesPerSecond) -> Seconds {
    Seconds(Double(bytes.count) / rate.value)
  }

  /// The rate of `bytes` in `time`.
  public static func / (bytes: Bytes, time: Seconds) -> BytesPerSecond {
    BytesPerSecond(Double(bytes.count) / time.value)
  }
}

extension FLOPs {
  /// How long `work` takes at `rate`.
  public static func / (work: FLOPs, rate: FLOPsPerSecond) -> Seconds {
    Seconds(work.value / rate.value)
  }

  /// The rate of `work` in `time`.
  public static func / (work: FLOPs, time: Seconds) -> FLOPsPerSecond {
    FLOPsPerSecond(work.value / time.value)
  }
}
