/// Why a row can't be measured; its text says what was expected and found.
public struct WorkloadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Kind: Sendable, Equatable {
    /// A parameter makes no sense (exit code 64).
    case usage
    /// The box has not enough memory: the row is skipped.
    case refused
  }

  /// What kind of trouble it is.
  public let kind: Kind
  /// One sentence for people.
  public let description: String

  /// An error of `kind`.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
