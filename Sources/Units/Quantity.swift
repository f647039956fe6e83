/// A unit of measurement, as a type.
public protocol Unit: Sendable {
  /// The base unit's symbol, as `B/s`.
  static var symbol: String { get }
}

/// A number with its unit in the type, so that a rate is not taken for a time.
///
/// Kept in the base unit; a decimal prefix appears only in print. Coded as a plain number.
public struct Quantity<U: Unit>: Sendable, Hashable, Comparable {
  /// The value in the base unit.
  public let value: Double

  /// So many base units.
  public init(_ value: Double) { self.value = value }

  /// By value.
  public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// The second.
public enum SecondUnit: Unit {
  /// s
  public static let symbol = "s"
}

/// The arithmetic operation; a multiply-add counts as two.
public enum OperationUnit: Unit {
  /// FLOP
  public static let symbol = "FLOP"
}

/// The byte a second; 1 GB/s is 10⁹ of them.
public enum ByteRateUnit: Unit {
  /// B/s
  public static let symbol = "B/s"
}

/// The arithmetic operation a second.
public enum OperationRateUnit: Unit {
  /// FLOP/s
  public static let symbol = "FLOP/s"
}

/// A duration.
public typealias Seconds = Quantity<SecondUnit>
/// An amount of arithmetic.
public typealias FLOPs = Quantity<OperationUnit>
/// A rate of data.
public typealias BytesPerSecond = Quantity<ByteRateUnit>
/// A rate of arithmetic.
public typealias FLOPsPerSecond = Quantity<OperationRateUnit>

extension Quantity: CustomStringConvertible {
  /// Three significant digits and a decimal prefix: `36.1 GB/s`, `1.28 ms`.
  public var description: String {
    guard value.isFinite else { return "unbounded" }
    let magnitude = abs(value)
    let (scale, prefix) = prefixes.first { magnitude >= $0.scale * 0.9995 } ?? (1, "")
    return Decimal.significant(value / scale) + " " + prefix + U.symbol
  }
}

private let prefixes: [(scale: Double, symbol: String)] = [
  (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1, ""), (1e-3, "m"), (1e-6, "µ"),
  (1e-9, "n"), (1e-12, "p"),
]

extension Quantity: Codable {
  /// A plain number in the base unit.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(Double.self))
  }

  /// A plain number in the base unit.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(value)
  }
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

/// How long `work` takes at `rate`.
public func / (work: FLOPs, rate: FLOPsPerSecond) -> Seconds { Seconds(work.value / rate.value) }

/// The rate of `work` in `time`.
public func / (work: FLOPs, time: Seconds) -> FLOPsPerSecond {
  FLOPsPerSecond(work.value / time.value)
}
