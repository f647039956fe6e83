#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Machine-readable text as every verb writes it: keys in snake case and in order, two spaces of
/// indentation, a line break at the end.
public enum JSON {
  /// `document` as JSON text. Numbers that are not finite become null's stand-in, the string
  /// `"unbounded"`.
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
}

// The initialiser has to be written out to count as the wrapper's own.
// swift-format-ignore: UseSynthesizedInitializer
/// An optional that is written as `null` instead of being left out, so that a key is always there.
@propertyWrapper
struct Null<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}
