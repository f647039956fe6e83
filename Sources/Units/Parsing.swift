/// A number with a unit that could not be read; its text says what was expected.
public struct UnitsError: Error, Equatable, CustomStringConvertible {
  /// One sentence for the person who typed it.
  public let description: String
}

extension Bytes {
  /// Reads `16GiB`, `128 GB`, `512M` (a bare prefix is binary, as `free -g` means it) or plain bytes.
  ///
  /// Errors: no number, an unknown unit, a negative amount, or one of 2⁶³ bytes and more.
  public init(parsing text: String) throws(UnitsError) {
    let expected = "'\(text)' is not a size; write it as 16GiB, 128GB or a number of bytes"
    let (number, unit) = try split(text, expected: expected)
    let scale: Double
    switch unit.lowercased() {
    case "", "b": scale = 1
    case "k", "kib": scale = 1024
    case "m", "mib": scale = 1_048_576
    case "g", "gib": scale = 1_073_741_824
    case "t", "tib": scale = 1_099_511_627_776
    case "kb": scale = 1e3
    case "mb": scale = 1e6
    case "gb": scale = 1e9
    case "tb": scale = 1e12
    default: throw UnitsError(description: expected)
    }
    let bytes = (number * scale).rounded()
    guard bytes >= 0, bytes < 9.2e18 else { throw UnitsError(description: expected) }
    self.init(Int(bytes))
  }
}

extension BytesPerSecond {
  /// Reads `273GB/s`, `200Gb/s` (bits) or plain bytes per second.
  public init(parsing text: String) throws(UnitsError) {
    let expected = "'\(text)' is not a data rate; write it as 273GB/s, 200Gb/s or 12GiB/s"
    let (number, unit) = try split(text, expected: expected)
    let scale: Double
    switch unit {
    case "", "B/s": scale = 1
    case "kB/s", "KB/s": scale = 1e3
    case "MB/s": scale = 1e6
    case "GB/s": scale = 1e9
    case "TB/s": scale = 1e12
    case "MiB/s": scale = 1_048_576
    case "GiB/s": scale = 1_073_741_824
    case "Mb/s", "Mbit/s": scale = 1e6 / 8
    case "Gb/s", "Gbit/s": scale = 1e9 / 8
    default: throw UnitsError(description: expected)
    }
    guard number > 0 else { throw UnitsError(description: expected) }
    self.init(number * scale)
  }
}

/// A whole count as people type it: `4096`, `8k` (8192), `128k` (131072), `1M` (1048576).
public struct Count: Sendable, Equatable {
  /// The count.
  public let value: Int

  /// Reads a positive count below 2³¹; `k` and `M` are binary, as context lengths are.
  public init(parsing text: String) throws(UnitsError) {
    let expected = "'\(text)' is not a count; write a positive number such as 4096 or 8k"
    let (number, unit) = try split(text, expected: expected)
    let scale: Double
    switch unit {
    case "": scale = 1
    case "k", "K": scale = 1024
    case "M", "m": scale = 1_048_576
    default: throw UnitsError(description: expected)
    }
    let count = number * scale
    guard count >= 1, count < 2_147_483_648, count == count.rounded() else {
      throw UnitsError(description: expected)
    }
    value = Int(count)
  }
}

/// Splits `16 GiB` into its number and its unit.
private func split(_ text: String, expected: String) throws(UnitsError) -> (Double, String) {
  let trimmed = text.drop { $0 == " " }
  let digits = trimmed.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
  guard let number = Double(digits), number.isFinite else {
    throw UnitsError(description: expected)
  }
  let unit = trimmed.dropFirst(digits.count).filter { $0 != " " }
  return (number, unit)
}
