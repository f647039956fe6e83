import ArgumentParser

/// An end without a result: one sentence for the person, one code for the script.
struct Failure: Error {
  /// What happened, where, what was expected, and what to do.
  let message: String
  /// The contract's exit code.
  let code: ExitCode

  init(_ code: ExitCode, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// The exit codes that scripts may rely on.
extension ExitCode {
  /// It does not fit; something got slower.
  static let no = ExitCode(1)
  /// Inconclusive; an unknown architecture.
  static let cannotSay = ExitCode(2)
  /// A kernel left its tolerance.
  static let wrongAnswer = ExitCode(3)
  /// The command line is wrong.
  static let usage = ExitCode(64)
  /// An input file is malformed.
  static let malformed = ExitCode(65)
  /// An input was not found.
  static let notFound = ExitCode(66)
  /// The box refused a resource.
  static let refused = ExitCode(69)
  /// Reading or writing failed.
  static let inputOutput = ExitCode(74)
  /// Interrupted by the person.
  static let interrupted = ExitCode(130)
}
