import ArgumentParser
import Hardware
import Reports

extension Format: ExpressibleByArgument {}

/// What every verb takes: how and where to write the result.
struct OutputOptions: ParsableArguments {
  @Option(help: "How to write the result: text, json, markdown or csv.")
  var format: Format = .text

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

extension Table {
  /// The table alone, in the format asked for.
  func rendered(as output: OutputOptions) throws -> String {
    switch output.format {
    case .text: text(style: output.style, indent: 0)
    case .markdown: markdown
    case .csv: csv
    case .json: try json
    }
  }
}
