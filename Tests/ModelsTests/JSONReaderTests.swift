import Testing

@testable import Models

@Suite struct JSONReaderTests {
  private func read(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    try reader.finish()
    return value
  }

  @Test(
    arguments: [
      ("null", .null), ("true", .bool(true)), (" \t\r\n false ", .bool(false)),
      ("0", .integer(0)), ("-0", .integer(0)), ("-17", .integer(-17)),
      ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("1e3", .number(1000)),
      ("1.5", .number(1.5)), ("-2.5E-1", .number(-0.25)), ("1E+2", .number(100)),
      ("\"\"", .string("")), ("[]", .array([])), ("{}", .object([:])),
      (
        "[1, [2], {\"a\": null}]",
        .array([.integer(1), .array([.integer(2)]), .object(["a": .null])])
      ),
      (#""\"\\\/\b\f\n\r\t""#, .string("\"\\/\u{8}\u{C}\n\r\t")),
      (#""a\u0041\u00e9\u20AC\uD83D\uDE00z""#, .string("aAé€😀z")),
      ("\"é€😀\"", .string("é€😀")), (#""\u0000""#, .string("\0")),
      (#""x\ny\nz""#, .string("x\ny\nz")),
    ] as [(String, JSONValue)])
  func reads(text: String, value: JSONValue) throws {
    #expect(try read(Array(text.utf8)) == value)
  }

  @Test(
    arguments: [
      ("", 0, "a value"), ("   ", 3, "a value"), ("nul", 0, "'null'"), ("truth", 0, "'true'"),
      ("1 2", 2, "the end of the text"), ("[] x", 3, "the end of the text"),
      ("01", 1, "the end of the text"), ("-", 1, "a value"), ("+1", 0, "a value"),
      (".5", 0, "a value"), ("1.", 2, "a digit"), ("1e", 2, "a digit"), ("1e+", 3, "a digit"),
      ("NaN", 0, "a value"), ("1e999", 0, "a number of double precision"),
      ("[1,]", 3, "a value"), ("[1 2]", 3, "',' or ']'"), ("[", 1, "a value"),
      ("{", 1, "a string"), ("{\"a\"}", 4, "':' after the key"), ("{\"a\":}", 5, "a value"),
      ("{\"a\":1,}", 7, "a string"), ("{a:1}", 1, "a string"),
      ("{\"a\":1 \"b\":2}", 7, "',' or '}'"),
      ("{\"a\":1,\"b\":2, \"a\":3}", 14, "each key once"),
      (#"{"a":1,"\u0061":2}"#, 7, "each key once"),
      ("\"abc", 4, "the rest of a string"), ("\"a\nb\"", 2, "the rest of a string"),
      (#""\q""#, 2, "one of \" \\ / b f n r t u after the backslash"),
      ("\"\\", 2, "the rest of an escape"),
      (#""\u12g4""#, 5, "four hexadecimal digits"), (#""\uD83D""#, 3, "a surrogate pair"),
      (#""\uDE00""#, 3, "a surrogate pair"), (#""\uD83D\u0041""#, 3, "a surrogate pair"),
      (#""\uD83D\n""#, 8, "the second half of a pair"),
    ])
  func refusesAndSaysWhere(text: String, offset: Int, expected: String) {
    let error = #expect(throws: JSONError.self) { try read(Array(text.utf8)) }
    #expect(error?.offset == offset)
    #expect(error?.expected == expected)
  }

  @Test(
    arguments: [
      [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ] as [[UInt8]])
  func refusesInvalidUTF8(sequence: [UInt8]) {
    let error = #expect(throws: JSONError.self) { try read([0x22] + sequence + [0x22]) }
    #expect(error?.offset == 1)
    #expect(error?.expected == "UTF-8")
    let escaped = #expect(throws: JSONError.self) {
      try read([0x22, 0x5C, 0x6E] + sequence + [0x22])
    }
    #expect(escaped?.expected == "UTF-8")
  }

  @Test(arguments: [64, 65, 100_000]) func nestsToALimit(depth: Int) throws {
    let text = [UInt8](repeating: 0x5B, count: depth) + [UInt8](repeating: 0x5D, count: depth)
    if depth <= 64 {
      _ = try read(text)
    } else {
      let error = #expect(throws: JSONError.self) { try read(text) }
      #expect(error?.offset == 64)
      #expect(error?.expected == "at most 64 levels")
    }
  }

  @Test func depthIsOfNestingAndNotOfCount() throws {
    let text = "[" + Array(repeating: "[{}]", count: 100).joined(separator: ",") + "]"
    guard case .array(let elements) = try read(Array(text.utf8)) else {
      Issue.record("expected an array")
      return
    }
    #expect(elements.count == 100)
  }

  @Test(arguments: [1, 8, 9, 10, 1000]) func findsDuplicatesAmongFewAndManyKeys(count: Int) {
    let keys = (0..<count).map { "\"k\($0)\":0" }
    #expect(throws: Never.self) { try read(Array("{\(keys.joined(separator: ","))}".utf8)) }
    for again in [0, count - 1] {
      let text = "{\((keys + [keys[again]]).joined(separator: ","))}"
      let error = #expect(throws: JSONError.self) { try read(Array(text.utf8)) }
      #expect(error?.found == "'k\(again)' again")
    }
  }

  @Test func readsIntegersAndOnlyThose() throws {
    var reader = JSONReader(Array("[1,-2, 3 ]".utf8))
    #expect(try reader.integers() == [1, -2, 3])
    for text in ["[1.0]", "[\"1\"]", "[9223372036854775808]", "[true]"] {
      #expect(throws: JSONError.self) {
        var reader = JSONReader(Array(text.utf8))
        _ = try reader.integers()
      }
    }
  }
}
