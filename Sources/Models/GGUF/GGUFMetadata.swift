/// The metadata of one architecture, read by key with every number checked.
struct GGUFMetadata {
  let architecture: String
  private let values: [String: GGUFHeader.Value]
  private let path: String

  /// Largest count believed of a model: beyond it products leave 64 bits.
  static let largest = 1 << 31

  init(_ header: GGUFHeader, path: String) throws(ModelError) {
    values = header.metadata
    self.path = path
    guard case .string(let architecture)? = header.metadata["general.architecture"] else {
      throw ModelError(
        .malformed, "\(path): expected the metadata key 'general.architecture' with a string")
    }
    self.architecture = architecture
  }

  /// A string of the general part.
  func text(_ key: String) -> String? {
    if case .string(let text)? = values[key], !text.isEmpty { text } else { nil }
  }

  /// The length of an array, kept or not.
  func arrayLength(_ key: String) -> Int? {
    switch values[key] {
    case .skipped(let count)?: count
    case .integers(let values)?: values.count
    default: nil
    }
  }

  /// A positive number under the architecture's prefix, or nil when the key is missing.
  func positive(_ key: String) throws(ModelError) -> Int? {
    guard let value = values["\(architecture).\(key)"] else { return nil }
    guard case .integer(let number) = value, (1...Self.largest).contains(number) else {
      throw mismatch(key, "a number from 1 to \(Self.largest)", value)
    }
    return number
  }

  /// A number of 0 and more, 0 when the key is missing.
  func count(_ key: String) throws(ModelError) -> Int {
    guard let value = values["\(architecture).\(key)"] else { return 0 }
    guard case .integer(let number) = value, (0...Self.largest).contains(number) else {
      throw mismatch(key, "a number from 0 to \(Self.largest)", value)
    }
    return number
  }

  /// A positive number that has to be there.
  func required(_ key: String) throws(ModelError) -> Int {
    guard let number = try positive(key) else {
      throw ModelError(
        .malformed, "\(path): expected the metadata key '\(architecture).\(key)', found none")
    }
    return number
  }

  /// One number of 0 and more a layer, from a number for all or an array; nil when the key is missing.
  func perLayer(_ key: String, layers: Int) throws(ModelError) -> [Int]? {
    switch values["\(architecture).\(key)"] {
    case nil: return nil
    case .integer(let number)? where (0...Self.largest).contains(number):
      return Array(repeating: number, count: layers)
    case .integers(let numbers)?
    where numbers.count >= layers && numbers.allSatisfy({ (0...Self.largest).contains($0) }):
      return Array(numbers.prefix(layers))
    case let other?:
      throw mismatch(key, "a number of 0 and more, or one for each of \(layers) layers", other)
    }
  }

  private func mismatch(
    _ key: String, _ expected: String, _ found: GGUFHeader.Value
  ) -> ModelError {
    ModelError(
      .malformed,
      "\(path): expected the metadata key '\(architecture).\(key)' to be \(expected), found "
        + "\(found); the file is damaged or not complete, fetch it again")
  }
}
