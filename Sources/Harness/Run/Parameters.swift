/// The value of one parameter: a count or a word.
public enum ParameterValue: Sendable, Hashable, Codable, CustomStringConvertible {
  /// An extent, a number of bytes, 0 or 1 for no or yes.
  case count(Int)
  /// A share or a factor.
  case number(Double)
  /// One of a few words.
  case word(String)

  /// As in a row's id: `4096`, `1.5`, `f32`.
  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .number(let number): "\(number)"
    case .word(let word): word
    }
  }

  /// A plain number or a string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let count = try? container.decode(Int.self) {
      self = .count(count)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .word(try container.decode(String.self))
    }
  }

  /// A plain number or a string.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .count(let count): try container.encode(count)
    case .number(let number): try container.encode(number)
    case .word(let word): try container.encode(word)
    }
  }
}

/// The values of a row's parameters, in the order of the workload's axes.
public struct Parameters: Sendable, Hashable {
  /// Names and values.
  public let pairs: [(name: String, value: ParameterValue)]

  /// Memberwise.
  public init(_ pairs: [(name: String, value: ParameterValue)]) { self.pairs = pairs }

  /// The count called `name`; 0 for one that is not there, which no axis allows as a value.
  public func count(_ name: String) -> Int {
    if case .count(let count)? = value(name) { count } else { 0 }
  }

  /// The number called `name`; 0 for one that is not there.
  public func number(_ name: String) -> Double {
    switch value(name) {
    case .number(let number): number
    case .count(let count): Double(count)
    default: 0
    }
  }

  /// The word called `name`; empty for one that is not there.
  public func word(_ name: String) -> String {
    if case .word(let word)? = value(name) { word } else { "" }
  }

  /// By name, for documents.
  public var dictionary: [String: ParameterValue] {
    Dictionary(pairs.map { ($0.name, $0.value) }) { first, _ in first }
  }

  private func value(_ name: String) -> ParameterValue? {
    pairs.first { $0.name == name }?.value
  }

  /// Alike in all names and values.
  public static func == (a: Parameters, b: Parameters) -> Bool {
    a.pairs.elementsEqual(b.pairs) { $0.name == $1.name && $0.value == $1.value }
  }

  /// Of names and values.
  public func hash(into hasher: inout Hasher) {
    for (name, value) in pairs {
      hasher.combine(name)
      hasher.combine(value)
    }
  }
}
