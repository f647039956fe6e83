/// A fact about the machine that may not be there to read: a virtual machine or a container lacks
/// many, and a missing one must never look like zero.
public enum Reading<Value> {
  /// What was read.
  case value(Value)
  /// Why nothing could be read, as one phrase that names the file or call.
  case unavailable(String)

  /// The value, or nil when there is none.
  public var value: Value? {
    switch self {
    case .value(let value): value
    case .unavailable: nil
    }
  }

  /// Why there is no value, or nil when there is one.
  public var reason: String? {
    switch self {
    case .value: nil
    case .unavailable(let reason): reason
    }
  }

  /// The same reading with its value transformed.
  public func map<Other>(_ transform: (Value) -> Other) -> Reading<Other> {
    switch self {
    case .value(let value): .value(transform(value))
    case .unavailable(let reason): .unavailable(reason)
    }
  }

  /// The reading that `transform` makes of the value; this one's reason when there is none.
  public func flatMap<Other>(_ transform: (Value) -> Reading<Other>) -> Reading<Other> {
    switch self {
    case .value(let value): transform(value)
    case .unavailable(let reason): .unavailable(reason)
    }
  }

  /// This reading, or `other` when only that one has a value; this one's reason when neither has.
  public func or(_ other: @autoclosure () -> Reading) -> Reading {
    guard value == nil else { return self }
    let other = other()
    return other.value == nil ? self : other
  }

  /// The two values together, or the first reason.
  public func and<Other>(_ other: Reading<Other>) -> Reading<(Value, Other)> {
    flatMap { mine in other.map { (mine, $0) } }
  }

  /// `value` when there is one, else `reason`.
  public init(_ value: Value?, orReason reason: @autoclosure () -> String) {
    self = value.map(Reading.value) ?? .unavailable(reason())
  }
}

extension Reading: Sendable where Value: Sendable {}
extension Reading: Equatable where Value: Equatable {}

private enum ReadingKeys: String, CodingKey {
  case value
  case unavailable
}

extension Reading: Encodable where Value: Encodable {
  /// `{"value": …}` or `{"unavailable": "reason"}`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ReadingKeys.self)
    switch self {
    case .value(let value): try container.encode(value, forKey: .value)
    case .unavailable(let reason): try container.encode(reason, forKey: .unavailable)
    }
  }
}

extension Reading: Decodable where Value: Decodable {
  /// `{"value": …}` or `{"unavailable": "reason"}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: ReadingKeys.self)
    if container.contains(.value) {
      self = .value(try container.decode(Value.self, forKey: .value))
    } else {
      self = .unavailable(try container.decode(String.self, forKey: .unavailable))
    }
  }
}
