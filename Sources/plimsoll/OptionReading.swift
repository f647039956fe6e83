import Capacity
import Models
import Units

// From what people type to values, with one sentence where it can't be.

extension Optional {
  /// `map` for a transform with typed errors.
  func read<Other, Failure: Error>(
    _ transform: (Wrapped) throws(Failure) -> Other
  ) throws(Failure) -> Other? {
    if let self { try transform(self) } else { nil }
  }
}

/// A positive count.
func count(_ text: String, _ option: String) throws(Failure) -> Int {
  try quantity(option) { () throws(UnitsError) in try Count(parsing: text).value }
}

/// A value with a unit.
func quantity<Value>(
  _ option: String, _ parse: () throws(UnitsError) -> Value
) throws(Failure) -> Value {
  do throws(UnitsError) { return try parse() } catch {
    throw Failure(.usage, "\(option): \(error.description)")
  }
}

/// One of a few words, whatever their case.
func choice<Value: RawRepresentable & CaseIterable>(
  _ text: String, _ option: String
) throws(Failure) -> Value where Value.RawValue == String {
  guard let value = Value.allCases.first(where: { $0.rawValue == text.lowercased() }) else {
    let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
    throw Failure(.usage, "\(option): '\(text)' is none of \(words)")
  }
  return value
}

extension Failure {
  /// The failure that an unreadable model means.
  init(_ error: ModelError) {
    switch error.kind {
    case .malformed, .unsupported: self.init(.malformed, error.description)
    case .notFound: self.init(.notFound, error.description)
    case .unreadable: self.init(.inputOutput, error.description)
    case .usage: self.init(.usage, error.description)
    }
  }
}
