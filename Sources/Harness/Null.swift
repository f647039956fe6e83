// The initialiser has to be written out to count as the wrapper's own.
// swift-format-ignore: UseSynthesizedInitializer
/// An optional that is written as `null` instead of being left out, so that a key is always there.
@propertyWrapper
public struct Null<Value: Encodable>: Encodable {
  /// The value, or nil.
  public var wrappedValue: Value?

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// The value, or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

extension Null: Decodable where Value: Decodable {
  /// A value, or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Value.self))
  }
}

extension Null: Equatable where Value: Equatable {}
extension Null: Sendable where Value: Sendable {}
