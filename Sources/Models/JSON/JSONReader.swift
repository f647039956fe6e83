/// JSON text that breaks the grammar or the limits, and where.
struct JSONError: Error, Equatable {
  /// Byte offset in the text.
  let offset: Int
  /// What was expected there.
  let expected: String
  /// What was found instead.
  let found: String

  /// `text` from a file in quotes, fit for a terminal: control characters replaced, long ones cut.
  static func quoted(_ text: String) -> String { "'\(text.printable(longest: 120))'" }
}

/// A strict reader of JSON (RFC 8259) that walks the text once and builds only what is asked for.
///
/// Stricter than most: duplicate keys, lone surrogates, invalid UTF-8, nesting deeper than 64 and more
/// than `mostValues` values are errors, each with its byte offset.
struct JSONReader {
  private let bytes: [UInt8]
  /// Whether `NaN`, `Infinity` and `-Infinity` stand for null: Python writes them, JSON has none.
  private let allowsNonFinite: Bool
  private var depth = 0
  private var built = 0
  /// Offset of the next byte to be read.
  private(set) var position = 0

  /// Values built at most: in memory a value is much larger than the one digit that it may be in the
  /// text.
  static let mostValues = 1 << 19

  /// A reader at the start of `bytes`.
  init(_ bytes: [UInt8], allowsNonFinite: Bool = false) {
    self.bytes = bytes
    self.allowsNonFinite = allowsNonFinite
  }

  /// Reads an object, handing each key to `member`, which must consume the value.
  mutating func object(
    _ member: (String, inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    var seen = SeenKeys()
    try enter(UInt8(ascii: "{"), "an object")
    if try leaves(UInt8(ascii: "}")) { return }
    repeat {
      skipBlanks()
      let start = position
      let key = try string()
      guard seen.insert(key) else {
        throw JSONError(
          offset: start, expected: "each key once", found: "\(JSONError.quoted(key)) again")
      }
      try take(UInt8(ascii: ":"), "':' after the key")
      try member(key, &self)
    } while try another(before: UInt8(ascii: "}"))
  }

  /// Reads an array; `element` must consume one value a call.
  mutating func array(
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enter(UInt8(ascii: "["), "an array")
    if try leaves(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while try another(before: UInt8(ascii: "]"))
  }

  /// Reads an array of whole numbers.
  mutating func integers() throws(JSONError) -> [Int] {
    var result: [Int] = []
    try array { (reader) throws(JSONError) in result.append(try reader.integer()) }
    return result
  }

  /// Reads a whole number that fits an `Int`.
  mutating func integer() throws(JSONError) -> Int {
    skipBlanks()
    let start = position
    guard case .integer(let value) = try number() else {
      throw JSONError(
        offset: start, expected: "a whole number below 2^63", found: text(from: start))
    }
    return value
  }

  /// Reads any value into memory.
  mutating func value() throws(JSONError) -> JSONValue {
    skipBlanks()
    built += 1
    guard built <= Self.mostValues else {
      throw JSONError(
        offset: position, expected: "at most \(Self.mostValues) values", found: "more")
    }
    switch peek {
    case UInt8(ascii: "{"):
      var members: [String: JSONValue] = [:]
      try object { (key, reader) throws(JSONError) in members[key] = try reader.value() }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try array { (reader) throws(JSONError) in elements.append(try reader.value()) }
      return .array(elements)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "N") where allowsNonFinite: return try literal("NaN", .null)
    case UInt8(ascii: "I") where allowsNonFinite: return try literal("Infinity", .null)
    case UInt8(ascii: "-") where allowsNonFinite && bytes[position...].starts(with: "-I".utf8):
      return try literal("-Infinity", .null)
    default: return try number()
    }
  }

  /// Requires that only blanks follow.
  mutating func finish() throws(JSONError) {
    skipBlanks()
    if position < bytes.count { throw unexpected("the end of the text") }
  }

  // MARK: Structure

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  /// Steps over blanks, so that `position` is where the next value starts.
  mutating func skipBlanks() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(
    _ byte: UInt8, _ expected: @autoclosure () -> String
  ) throws(JSONError) {
    skipBlanks()
    guard peek == byte else { throw unexpected(expected()) }
    position += 1
  }

  private mutating func enter(_ bracket: UInt8, _ expected: String) throws(JSONError) {
    try take(bracket, expected)
    depth += 1
    guard depth <= 64 else {
      throw JSONError(offset: position - 1, expected: "at most 64 levels", found: "more")
    }
  }

  private mutating func leaves(_ bracket: UInt8) throws(JSONError) -> Bool {
    skipBlanks()
    guard peek == bracket else { return false }
    position += 1
    depth -= 1
    return true
  }

  private mutating func another(before bracket: UInt8) throws(JSONError) -> Bool {
    if try leaves(bracket) { return false }
    try take(UInt8(ascii: ","), "',' or '\(Character(UnicodeScalar(bracket)))'")
    return true
  }

  private func unexpected(_ expected: String) -> JSONError {
    JSONError(
      offset: position, expected: expected,
      found: position < bytes.count ? text(from: position) : "the end of the text")
  }

  /// A few characters from `start` on, for a message.
  private func text(from start: Int) -> String {
    let shown = bytes[start...].prefix(12).prefix { $0 >= 0x20 && $0 < 0x7F }
    guard let first = bytes[start...].first, !shown.isEmpty else {
      return start < bytes.count ? "byte \(bytes[start])" : "the end of the text"
    }
    return first == UInt8(ascii: "\"") || shown.count > 1
      ? String(decoding: shown, as: UTF8.self) : "'\(Character(UnicodeScalar(first)))'"
  }

  // MARK: Scalars

  private mutating func literal(
    _ word: StaticString, _ value: JSONValue
  ) throws(JSONError) -> JSONValue {
    let expected = Array("\(word)".utf8)
    guard bytes[position...].starts(with: expected) else { throw unexpected("'\(word)'") }
    position += expected.count
    return value
  }

  private mutating func digits() throws(JSONError) {
    guard let first = peek, isDigit(first) else { throw unexpected("a digit") }
    while let byte = peek, isDigit(byte) { position += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    if peek == UInt8(ascii: "-") { position += 1 }
    guard let first = peek, isDigit(first) else { throw unexpected("a value") }
    if first == UInt8(ascii: "0") { position += 1 } else { try digits() }
    var whole = true
    if peek == UInt8(ascii: ".") {
      whole = false
      position += 1
      try digits()
    }
    if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
      whole = false
      position += 1
      if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    // Nineteen characters may leave 64 bits; fewer are summed up without a detour over text.
    if whole, position - start < 19 { return .integer(shortInteger(bytes[start..<position])) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if whole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else {
      throw JSONError(offset: start, expected: "a number of double precision", found: text)
    }
    return .number(value)
  }

  private func shortInteger(_ text: ArraySlice<UInt8>) -> Int {
    let negative = text.first == UInt8(ascii: "-")
    let magnitude = text.dropFirst(negative ? 1 : 0).reduce(0) { $0 * 10 + Int($1 & 15) }
    return negative ? -magnitude : magnitude
  }

  /// Reads a string.
  mutating func string() throws(JSONError) -> String {
    try take(UInt8(ascii: "\""), "a string")
    let start = position
    skipPlainCharacters()
    // Most strings have no escape and are taken from the text as they stand.
    if peek == UInt8(ascii: "\"") { return try validated(bytes[start..<position], from: start) }
    var content = Array(bytes[start..<position])
    while peek != UInt8(ascii: "\"") {
      guard peek == UInt8(ascii: "\\") else { throw unexpected("the rest of a string") }
      position += 1
      try escape(into: &content)
      let run = position
      skipPlainCharacters()
      content += bytes[run..<position]
    }
    return try validated(content[...], from: start)
  }

  private mutating func skipPlainCharacters() {
    while let byte = peek, byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
      position += 1
    }
  }

  /// Steps over the closing quote and gives the text between the quotes.
  private mutating func validated(
    _ content: ArraySlice<UInt8>, from start: Int
  ) throws(JSONError) -> String {
    position += 1
    guard let text = String(validating: content, as: UTF8.self) else {
      throw JSONError(offset: start, expected: "UTF-8", found: "bytes that are not")
    }
    return text
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let byte = peek else { throw unexpected("the rest of an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += Array(String(try unicodeScalar()).utf8)
    default:
      position -= 1
      throw unexpected("one of \" \\ / b f n r t u after the backslash")
    }
  }

  private mutating func unicodeScalar() throws(JSONError) -> Character {
    let start = position
    var code = try fourHexDigits()
    if (0xD800..<0xDC00).contains(code), peek == UInt8(ascii: "\\") {
      position += 1
      guard peek == UInt8(ascii: "u") else { throw unexpected("the second half of a pair") }
      position += 1
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else {
        throw JSONError(offset: start, expected: "a surrogate pair", found: "half of one")
      }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = UnicodeScalar(code) else {
      throw JSONError(offset: start, expected: "a surrogate pair", found: "half of one")
    }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw unexpected("four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}

/// The keys of one object so far: most objects are small, and a set is made only for the others.
private struct SeenKeys {
  private var few: [String] = []
  private var many: Set<String> = []

  /// Adds `key`; false when it was there.
  mutating func insert(_ key: String) -> Bool {
    if !many.isEmpty { return many.insert(key).inserted }
    if few.contains(key) { return false }
    if few.isEmpty { few.reserveCapacity(4) }
    few.append(key)
    if few.count > 8 { many = Set(few) }
    return true
  }
}
