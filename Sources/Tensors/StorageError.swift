#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory or a file that the system would not give; its text says what, where and why.
public struct StorageError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is, which fixes the exit code.
  public enum Kind: Sendable, Equatable {
    /// There is no such file (exit code 66).
    case notFound
    /// The file is there, and is not what it should be (exit code 65).
    case malformed
    /// The box has not enough of something, or does not offer it (exit code 69).
    case refused
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

  /// An error that ends in the system's own words for `errno`.
  static func system(_ kind: Kind, _ what: String, code: Int32 = errno) -> StorageError {
    StorageError(kind, "\(what): \(String(cString: strerror(code)))")
  }
}
