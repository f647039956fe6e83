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
