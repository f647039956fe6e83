#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Machine-readable text as every verb writes it: keys in snake case and in order, two spaces of
/// indentation, arrays of numbers on one line, a line break at the end.
public enum JSON {
  /// `document` as JSON text; a number that is not finite becomes the string `unbounded` or `unknown`.
  ///
  /// Errors: whatever the document's own encoding throws.
  public static func text(_ document: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "unbounded", negativeInfinity: "unbounded", nan: "unknown")
    return String(decoding: joined(Array(try encoder.encode(document))), as: UTF8.self) + "\n"
  }

  /// The text with arrays of numbers on one line: a run has thousands of samples.
  private static func joined(_ text: [UInt8]) -> [UInt8] {
    var joined: [UInt8] = []
    joined.reserveCapacity(text.count)
    var (index, isInString) = (0, false)
    while index < text.count {
      let byte = text[index]
      if !isInString, byte == UInt8(ascii: "["), let end = endOfNumbers(text, from: index + 1) {
        for byte in text[index..<end] where byte > UInt8(ascii: " ") {
          joined.append(byte)
          if byte == UInt8(ascii: ",") { joined.append(UInt8(ascii: " ")) }
        }
        index = end
        continue
      }
      joined.append(byte)
      if isInString, byte == UInt8(ascii: "\\"), index + 1 < text.count {
        index += 1
        joined.append(text[index])
      } else if byte == UInt8(ascii: "\"") {
        isInString.toggle()
      }
      index += 1
    }
    return joined
  }

  private static let ofNumbers = Set("0123456789+-.eE, \n".utf8)

  /// Where the bracket stands that closes an array, from its first byte on; nil where there is anything
  /// but numbers in it.
  private static func endOfNumbers(_ text: [UInt8], from start: Int) -> Int? {
    let end = text[start...].firstIndex { !ofNumbers.contains($0) }
    return end.flatMap { text[$0] == UInt8(ascii: "]") ? $0 : nil }
  }

  /// The value that `bytes` of such text stand for.
  ///
  /// Errors: whatever decoding throws.
  public static func value<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws
    -> Value
  {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(bytes))
  }
}
