/// Why a provider of kernels can't do what was asked; its text says what was expected and found.
public struct ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is.
  public enum Kind: String, Sendable, Codable {
    /// The provider's name makes no sense (exit code 64).
    case usage
    /// The library has to be something else or of another version (exit code 65).
    case malformed
    /// There is no such library (exit code 66).
    case notFound
    /// The box has not enough of something (exit code 69).
    case refused
    /// These extents or types are not for this provider: the row is skipped.
    case unsupported
    /// The kernel crashed, hung or reported a failure: the row has failed.
    case failed
    /// Somebody asked for the end.
    case interrupted
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

extension ProviderError {
  /// What other people's kernels answer to work that has no `ForeignCall`.
  static let onlyOwnKernels = ProviderError(.unsupported, "only Plimsoll's own kernels do this")

  /// The failure that an error of the project's own kernels means.
  public init(_ error: KernelError) { self.init(.failed, error.description) }
}
