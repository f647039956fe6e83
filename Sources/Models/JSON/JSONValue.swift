/// A JSON value in memory.
enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])
}

/// The members of a JSON object, read by key into the types a geometry needs.
///
/// A key that is missing, of another type or out of range is a `.malformed` error that names it.
struct JSONFields {
  private var members: [String: JSONValue]
  private let file: String
  private let path: String

  /// The members of `value`; `file` and `path` stand in the messages.
  init(_ value: JSONValue, file: String, path: String = "") throws(ModelError) {
    self.file = file
    self.path = path
    guard case .object(let members) = value else {
      let what = path.isEmpty ? "the text" : "'\(path)'"
      throw ModelError(.malformed, "\(file): expected \(what) to be a JSON object")
    }
    self.members = members
  }

  /// Largest width or count believed of a model: products of three, as a tensor's elements are, stay
  /// in 64 bits.
  static let largest = 1 << 20
  /// Longest context believed of a model, in tokens.
  static let longestContext = 1 << 31

  /// Whether `key` is there and is not null.
  func has(_ key: String) -> Bool {
    switch members[key] {
    case nil, .null?: false
    default: true
    }
  }

  /// These members, and `numbers` under the keys that are missing or null.
  func filled(with numbers: [String: Int]) -> JSONFields {
    var result = self
    for (key, number) in numbers where !has(key) { result.members[key] = .integer(number) }
    return result
  }

  /// A whole number from `range`, or nil when the key is missing or null.
  func optionalInteger(
    _ key: String, in range: ClosedRange<Int> = 0...largest
  ) throws(ModelError) -> Int? {
    switch members[key] {
    case nil, .null?: return nil
    case .integer(let value)? where range.contains(value): return value
    case .number(let value)? where value == value.rounded() && abs(value) < 0x1p53:
      if range.contains(Int(value)) { return Int(value) }
    default: break
    }
    throw mismatch(key, "a whole number from \(range.lowerBound) to \(range.upperBound)")
  }

  /// A positive whole number from `range`.
  func integer(
    _ key: String, in range: ClosedRange<Int> = 1...largest
  ) throws(ModelError) -> Int {
    guard let value = try optionalInteger(key, in: range) else {
      throw ModelError(
        .malformed, "\(file): the key '\(path + key)' is missing; it must be a positive number")
    }
    return value
  }

  /// A flag, or nil when the key is missing or null.
  func optionalBool(_ key: String) throws(ModelError) -> Bool? {
    switch members[key] {
    case nil, .null?: return nil
    case .bool(let value)?: return value
    default: throw mismatch(key, "true or false")
    }
  }

  /// A flag; missing is false.
  func bool(_ key: String) throws(ModelError) -> Bool { try optionalBool(key) ?? false }

  /// A string, or nil when the key is missing or null.
  func optionalString(_ key: String) throws(ModelError) -> String? {
    switch members[key] {
    case nil, .null?: return nil
    case .string(let value)?: return value
    default: throw mismatch(key, "a string")
    }
  }

  /// Whether the value of `key` is the string `text`.
  func isText(_ key: String, _ text: String) -> Bool {
    if case .string(text)? = members[key] { true } else { false }
  }

  /// A string.
  func string(_ key: String) throws(ModelError) -> String {
    guard let value = try optionalString(key) else {
      throw ModelError(.malformed, "\(file): the key '\(path + key)' is missing")
    }
    return value
  }

  /// The strings of an array, or nil when the key is missing or null.
  func optionalStrings(_ key: String) throws(ModelError) -> [String]? {
    guard has(key) else { return nil }
    guard case .array(let elements)? = members[key] else { throw mismatch(key, "an array") }
    var result: [String] = []
    for element in elements {
      guard case .string(let text) = element else { throw mismatch(key, "an array of strings") }
      result.append(text)
    }
    return result
  }

  /// The whole numbers of an array, or nil when the key is missing, null or no such array.
  func optionalIntegers(_ key: String) -> [Int]? {
    guard case .array(let elements)? = members[key] else { return nil }
    let numbers = elements.compactMap { element -> Int? in
      guard case .integer(let value) = element else { return nil }
      return value
    }
    return numbers.count == elements.count ? numbers : nil
  }

  /// The members of a nested object, or nil when the key is missing or null.
  func optionalObject(_ key: String) throws(ModelError) -> JSONFields? {
    guard has(key), let value = members[key] else { return nil }
    return try JSONFields(value, file: file, path: "\(path)\(key).")
  }

  /// The objects of an array.
  func objects(_ key: String) throws(ModelError) -> [JSONFields] {
    guard case .array(let elements)? = members[key] else { throw mismatch(key, "an array") }
    var result: [JSONFields] = []
    for (index, element) in elements.enumerated() {
      result.append(try JSONFields(element, file: file, path: "\(path)\(key)[\(index)]."))
    }
    return result
  }

  /// The error that the value of `key` should have been `expected`.
  func mismatch(_ key: String, _ expected: String) -> ModelError {
    ModelError(.malformed, "\(file): expected the key '\(path + key)' to be \(expected)")
  }
}
