#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Machine-readable text as every verb writes it: keys in snake case and in order, two spaces of
/// indentation, a line break at the end.
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
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
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
