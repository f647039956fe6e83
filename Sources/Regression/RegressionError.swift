/// Why there is nothing to compare with, in one sentence.
public struct RegressionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Kind: Sendable, Equatable {
    /// A name that makes no file name (exit code 64).
    case usage
    /// A file is not what it should be, or of another time (exit code 65).
    case malformed
    /// There is no such baseline or file (exit code 66).
    case notFound
    /// Reading or writing failed (exit code 74).
    case inputOutput
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
