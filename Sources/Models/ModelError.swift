/// Why a model could not be read, told in one sentence: file, byte offset, expected, found, and what
/// to do.
public struct ModelError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of trouble it is, which fixes the exit code.
  public enum Kind: Sendable, Equatable {
    /// The input breaks its own format (exit code 65).
    case malformed
    /// No such file and no such catalogue entry (exit code 66).
    case notFound
    /// The system refused to open or read the file (exit code 74).
    case unreadable
    /// A sound file of a kind this reader does not take, as big-endian GGUF (exit code 65).
    case unsupported
    /// A name that was typed is none of those known, as a quantisation (exit code 64).
    case usage
  }

  /// What kind of trouble it is.
  public let kind: Kind
  /// One sentence for people.
  public let description: String
  /// Names near the one that was asked for, best first; at most five.
  public let suggestions: [String]

  /// An error of `kind`; suggestions are appended to the sentence, which is made fit for a terminal.
  public init(_ kind: Kind, _ sentence: String, suggestions: [String] = []) {
    self.kind = kind
    self.suggestions = suggestions
    let hint = suggestions.isEmpty ? "" : "; did you mean \(suggestions.joined(separator: ", "))?"
    description = sentence.printable(longest: 2000) + hint
  }

  /// A malformed `file`: at byte `offset`, `expected` was due and `found` was there.
  static func malformed(
    _ file: String, at offset: Int, expected: String, found: String,
    advice: String = "the file is damaged or not complete, fetch it again"
  ) -> ModelError {
    ModelError(
      .malformed, "\(file): at byte \(offset) expected \(expected), found \(found); \(advice)")
  }
}
