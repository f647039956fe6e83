/// Why memory or a file could not be had; its text is one sentence for the person at the terminal.
public enum TensorsError: Error, Equatable, CustomStringConvertible {
  /// A size or range that makes no sense, or that exceeds what the caller allowed.
  case invalid(String)
  /// There is no such file.
  case notFound(String)
  /// The file is there, and is not what it should be.
  case malformed(String)
  /// The file is there and cannot be read.
  case unreadable(String)
  /// The box refused memory or another resource.
  case refused(String)

  /// One sentence: what was expected, what was found, where, and what to do.
  public var description: String {
    switch self {
    case .invalid(let text), .notFound(let text), .malformed(let text), .unreadable(let text),
      .refused(let text):
      text
    }
  }
}
