/// An amount of memory or of data, in bytes.
public struct Bytes: Sendable, Hashable, Comparable {
  /// The number of bytes.
  public var count: Int

  /// `count` bytes.
  public init(_ count: Int) { self.count = count }

  /// No bytes at all.
  public static let zero = Bytes(0)

  /// `n` × 2¹⁰ bytes.
  public static func kibibytes(_ n: Int) -> Bytes { Bytes(n << 10) }
  /// `n` × 2²⁰ bytes.
  public static func mebibytes(_ n: Int) -> Bytes { Bytes(n << 20) }
  /// `n` × 2³⁰ bytes.
  public static func gibibytes(_ n: Int) -> Bytes { Bytes(n << 30) }

  /// By count.
  public static func < (a: Bytes, b: Bytes) -> Bool { a.count < b.count }
  /// Both together.
  public static func + (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count + b.count) }
  /// What is left; may be negative.
  public static func - (a: Bytes, b: Bytes) -> Bytes { Bytes(a.count - b.count) }
  /// Adds in place.
  public static func += (a: inout Bytes, b: Bytes) { a.count += b.count }
  /// `n` times as many.
  public static func * (n: Int, b: Bytes) -> Bytes { Bytes(n * b.count) }
}

extension Bytes: CustomStringConvertible {
  /// Binary units, as memory is sold and read: `512 B`, `32.0 KiB`, `39.6 GiB`.
  public var description: String {
    let magnitude = Double(count.magnitude)
    guard magnitude >= 1024 else { return "\(count) B" }
    var value = magnitude / 1024
    var unit = 0
    while value >= 1023.95, unit + 1 < Self.binaryUnits.count {
      value /= 1024
      unit += 1
    }
    return (count < 0 ? "-" : "") + Decimal.fixed(value, 1) + " " + Self.binaryUnits[unit]
  }

  private static let binaryUnits = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
}

extension Bytes: Codable {
  /// A plain number of bytes.
  public init(from decoder: any Decoder) throws {
    count = try decoder.singleValueContainer().decode(Int.self)
  }

  /// A plain number of bytes.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(count)
  }
}
