import ArgumentParser
import Hardware
import Reports

/// What every verb takes: how and where to write the result.
typealias OutputOptions = Output<Format>

/// The same for `run`, whose results other tools read too.
typealias MeasurementOutput = Output<MeasurementFormat>

/// The same for `compare` and `duet`.
typealias ComparisonOutput = Output<ComparisonFormat>

/// How and where to write the result, in one of the formats that `Choice` has.
struct Output<Choice: FormatChoice>: ParsableArguments {
  @Option(help: "How to write the result.")
  var format: Choice = .usual

  @Option(help: ArgumentHelp("Write the result to a file instead.", valueName: "file"))
  var output: String?

  @Flag(help: "No progress and no notes on standard error.")
  var quiet = false

  /// The style for the result: colours on a terminal alone.
  var style: Style {
    Style(
      isTerminal: output == nil && StandardOutput.isTerminal, environment: Environment.variables)
  }

  /// Writes the result to standard output, or whole to the file.
  func write(_ text: String) throws(Failure) {
    guard let output else { return try StandardOutput.write(text) }
    do throws(FileWriteError) { try AtomicFile.write(text, to: output) } catch {
      throw Failure(.inputOutput, error.description)
    }
  }

  /// A remark for the person.
  func note(_ text: String) {
    if !quiet { StandardError.print("note: \(text)") }
  }
}
