/// Why a row can't be measured; its text says what was expected and found.
public struct WorkloadError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Kind: Sendable, Equatable {
    /// A parameter makes no sense (exit code 64).
    case usage
    /// A file is not what it should be (exit code 65).
    case malformed
    /// There is no such file (exit code 66).
    case notFound
    /// Reading failed (exit code 74).
    case unreadable
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
