/// The metadata of a GGUF file, read by key into the types a geometry needs.
///
/// A value of another type or out of range is a `.malformed` error that names its key and offset.
struct GGUFMetadata {
  let file: String
  let entries: [String: GGUFEntry]

  /// Largest extent believed of a model: beyond it products leave 64 bits.
  static let largest = 1 << 28

  /// A text, or nil when the key is missing or holds something else.
  func text(_ key: String) -> String? {
    guard case .string(let text)? = entries[key]?.value else { return nil }
    return text
  }

  /// A whole number, or nil when the key is missing.
  func integer(
    _ key: String, in range: ClosedRange<Int> = 1...largest
  ) throws(ModelError) -> Int? {
    guard let entry = entries[key] else { return nil }
    guard case .integer(let value) = entry.value, range.contains(value) else {
      throw mismatch(key, Self.wish(range))
    }
    return value
  }

  /// A finite positive fraction, or nil when the key is missing.
  func fraction(_ key: String) throws(ModelError) -> Double? {
    guard let entry = entries[key] else { return nil }
    guard case .real(let value) = entry.value, value > 0, value.isFinite else {
      throw mismatch(key, "a positive fraction")
    }
    return value
  }

  /// A whole number that must be there.
  func required(
    _ key: String, in range: ClosedRange<Int> = 1...largest
  ) throws(ModelError) -> Int {
    guard let value = try integer(key, in: range) else { throw missing(key) }
    return value
  }

  /// `layers` whole numbers, from an array of at least as many or from one number for all; nil when
  /// the key is missing.
  func perLayer(
    _ key: String, _ layers: Int, in range: ClosedRange<Int> = 1...largest
  ) throws(ModelError) -> [Int]? {
    guard case .integers(let items)? = entries[key]?.value else {
      return try integer(key, in: range).map { Array(repeating: $0, count: layers) }
    }
    guard items.count >= layers, items.allSatisfy(range.contains) else {
      throw mismatch(key, "\(layers) items, each \(Self.wish(range))")
    }
    return Array(items.prefix(layers))
  }

  /// Refuses any value of `key` but `value`.
  func expect(_ key: String, _ value: Int) throws(ModelError) {
    guard entries[key] != nil else { throw missing(key) }
    guard case .integer(value)? = entries[key]?.value else { throw mismatch(key, "\(value)") }
  }

  /// The error that `key` is not there.
  func missing(_ key: String) -> ModelError {
    ModelError(
      .malformed, "\(file): expected the key '\(key)', found none; convert the model again")
  }

  /// The error that `key` should have been `expected`.
  func mismatch(_ key: String, _ expected: String) -> ModelError {
    guard let entry = entries[key] else { return missing(key) }
    let found =
      switch entry.value {
      case .integer(let value): "\(value)"
      case .integers(let items): "\(items.count) items from \(items.prefix(4))"
      default: "a value of type \(entry.type)"
      }
    return .malformed(
      file, at: entry.offset, expected: "'\(key)' to be \(expected)", found: found)
  }

  private static func wish(_ range: ClosedRange<Int>) -> String {
    "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }
}
