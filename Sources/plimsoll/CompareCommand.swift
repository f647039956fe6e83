import ArgumentParser
import Harness
import Regression
import Reports

/// `plimsoll compare OLD NEW`: what has changed between two stored runs?
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares two stored runs, row by row.",
    discussion: """
      OLD and NEW are what plimsoll run --format json --output FILE wrote, or baselines' files. On one
      kind of box times are compared, on two the shares of each run's own ceilings. A row has changed
      beyond 2.5 % and chance; otherwise it is the same, where 5 % more time is excluded, or
      inconclusive. Ratios are new time over old: above 1 is slower.

      Example:
        plimsoll run matmul --format json --output old.json
        plimsoll run matmul --format json --output new.json
        plimsoll compare old.json new.json

      Exit codes: 0 same or faster · 1 slower · 2 inconclusive · 3 a new answer is wrong · 65 not such
      a file · 66 file not found.
      """)

  @Argument(help: ArgumentHelp("The run to compare with.", valueName: "old"))
  var old: String

  @Argument(help: ArgumentHelp("The run to judge.", valueName: "new"))
  var new: String

  @OptionGroup var output: ComparisonOutput

  func run() throws {
    let comparison = StoredComparison(
      old: try storedRun(old), new: try storedRun(new), oldName: old, newName: new)
    let document = comparison.document
    try output.tell(CompareReport(document))
    try document.end()
  }
}

/// The run in the file at `path`.
func storedRun(_ path: String) throws(Failure) -> RunDocument {
  do throws(DocumentFile.ReadFailure) { return try RunDocument.read(path: path) } catch {
    throw Failure(
      RegressionError(
        reading: path, error, advice: "plimsoll run --format json --output FILE writes one"))
  }
}

extension ComparisonOutput {
  /// Writes a comparison, and adds it to the page of the CI's step.
  func tell(_ report: CompareReport) throws {
    summarise(try report.rendered(as: .markdown))
    switch format {
    case .table(let format): try write(try report.rendered(as: format, style: style))
    case .junit: try write(report.junit(time: Environment.now))
    }
  }
}

extension CompareDocument {
  /// Ends the program by the contract's code, unless that is 0: wrong answers beat slow ones.
  func end() throws {
    if hasWrongAnswers { throw ExitCode.wrongAnswer }
    switch verdict {
    case .same, .faster: break
    case .slower: throw ExitCode.no
    case .inconclusive: throw ExitCode.cannotSay
    }
  }
}

extension Failure {
  /// The failure that a comparison that can't be made means.
  init(_ error: RegressionError) {
    switch error.kind {
    case .usage: self.init(.usage, error.description)
    case .malformed: self.init(.malformed, error.description)
    case .notFound: self.init(.notFound, error.description)
    case .inputOutput: self.init(.inputOutput, error.description)
    }
  }
}
