import Kernels
import Models
import Tensors

/// Why a model could not be run, in one sentence.
public struct InferenceError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is, which fixes the exit code.
  public enum Kind: Sendable, Equatable {
    /// The file is not what it should be (exit code 65).
    case malformed
    /// There is no such file (exit code 66).
    case notFound
    /// The system gave no memory, or not enough is left (exit code 69).
    case refused
    /// Reading failed (exit code 74).
    case unreadable
    /// The caller asked for what cannot be (exit code 64).
    case usage
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

  init(_ error: ModelError) {
    let kind: Kind =
      switch error.kind {
      case .malformed, .unsupported: .malformed
      case .notFound: .notFound
      case .unreadable: .unreadable
      case .usage: .usage
      }
    self.init(kind, error.description)
  }

  init(_ error: StorageError) {
    let kind: Kind =
      switch error.kind {
      case .notFound: .notFound
      case .malformed: .malformed
      case .refused: .refused
      default: .unreadable
      }
    self.init(kind, error.description)
  }

  init(_ error: KernelError) { self.init(.refused, error.description) }
}
