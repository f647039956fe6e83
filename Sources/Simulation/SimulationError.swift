import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a walk could not be made, in one sentence.
public struct SimulationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is, which fixes the exit code.
  public enum Kind: Sendable, Equatable {
    /// The question makes no sense (exit code 64).
    case usage
    /// A file is not what it should be (exit code 65).
    case malformed
    /// There is no such file (exit code 66).
    case notFound
    /// The box has not enough of something, or does not offer it (exit code 69).
    case refused
    /// Reading or writing failed (exit code 74).
    case inputOutput
    /// Somebody asked for the end (exit code 130).
    case interrupted
    /// A kernel left its tolerance (exit code 3).
    case wrongAnswer
  }

  /// What kind of trouble it is.
  public let kind: Kind
  /// One sentence for people.
  public let description: String

  /// An error of `kind`.
  public init(_ kind: Kind, _ sentence: String) {
    self.kind = kind
    description = sentence
  }

  init(_ error: StorageError) {
    let kind: Kind =
      switch error.kind {
      case .notFound: .notFound
      case .malformed: .malformed
      case .refused: .refused
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.description)
  }

  /// An error that ends in the system's own words for `errno`.
  static func system(_ kind: Kind, _ what: String, code: Int32 = errno) -> SimulationError {
    SimulationError(kind, "\(what): \(String(cString: strerror(code)))")
  }
}
