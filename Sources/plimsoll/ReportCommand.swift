import ArgumentParser
import Capacity
import Hardware
import Harness
import Models
import Regression
import Reports
import Units

/// `plimsoll report`: what boxes carry, as pages.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the capacity report: what boxes carry, how fast, and at what cost.",
    discussion: """
      Writes reports/capacity-<box>.html, .md and .csv, and the record they are drawn from, .json. The page
      needs no network. Without options: a dozen well-known models on this box, with its stored profile.

      A price list is JSON as {"rows": [{"model", "prefill", "sample", "train", "note"}], "effective", "source"},
      US dollars for a million tokens, or holds that under "prices_usd_per_million_tokens". Price, power,
      lifetime and electricity are assumptions, and marked as such, until they are given.

      Examples:
        plimsoll report
        plimsoll report --models llama-3.1-70b,qwen3-30b-a3b --boxes this,dgx-spark --contexts 8k,32k
        plimsoll report --run run.json --walk walk.json
        plimsoll report --boxes dgx-spark --prices hosted.json --price 4699 --power 140 --electricity 0.30
        plimsoll report --from reports/capacity-dgx-spark.json
        plimsoll report --from reports/cliff-llama-3.1-70b.json

      Exit codes: 0 written · 64 usage · 65 malformed input · 66 input not found · 74 writing failed.
      """)

  @Option(help: ArgumentHelp("Models, with commas between them.", valueName: "names"))
  var models: String?

  @Option(help: ArgumentHelp("Boxes of the catalogue, profile files, or this.", valueName: "names"))
  var boxes: String?

  @Option(help: ArgumentHelp("Weights stored as (default: Q4_K_M,Q8_0).", valueName: "names"))
  var quants: String?

  @Option(help: ArgumentHelp("Tokens of context (default: 8k,32k).", valueName: "counts"))
  var contexts: String?

  @Option(
    name: .customLong("run"),
    help: ArgumentHelp("A run of kernels on the box, for its roofline.", valueName: "file"))
  var runFile: String?

  @Option(
    help: ArgumentHelp(
      "A document of simulate, or of a run's walks, for the cliff; repeatable.",
      valueName: "file"))
  var walk: [String] = []

  @Option(help: ArgumentHelp("A host's price list.", valueName: "file"))
  var prices: String?

  @Option(help: "What the whole box costs, in dollars.")
  var price: String?

  @Option(help: "Watts from the wall while it works.")
  var power: String?

  @Option(help: "Years until it is worth nothing.")
  var lifetime: String?

  @Option(help: "Dollars a kilowatt-hour.")
  var electricity: String?

  @Option(help: ArgumentHelp("The folder of reports.", valueName: "dir"))
  var reports: String = "reports"

  @Option(
    help: ArgumentHelp(
      "Draw a stored record again, with other --walk files; or a run's walks.",
      valueName: "file"))
  var from: String?

  @OptionGroup var place: BaselineOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    if let from { return try draw(again: from) }
    let plan = try ReportPlan(self)
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    var written: [CapacityReport] = []
    for (index, box) in plan.boxes.enumerated() {
      let report = try plan.report(on: box) { model, share in
        progress.show(
          "judging \(box.box.id)", share: (Double(index) + share) / Double(plan.boxes.count),
          detail: ": \(model)")
      }
      written.append(report)
    }
    progress.finish()
    try write(written)
  }

  /// Draws a stored record, with other walks where some are given, or the sweep of a run.
  private func draw(again path: String) throws {
    try refuseQuestions()
    guard try schema(path) == RunDocument.schema else {
      var record = try stored(path).record
      if !walk.isEmpty { record.walks = try ReportPlan.walks(walk) }
      return try write([CapacityReport(record)])
    }
    let run = try storedRun(path)
    guard walk.isEmpty, let report = CliffReport(run) else {
      throw Failure(
        .usage,
        "\(path) is a run, of which its walks alone are drawn, without --walk: it "
          + (walk.isEmpty ? "has none (plimsoll run --suite 70b)" : "brings its own"))
    }
    try write(report.files(), as: report.name)
    try output.write(try RunReport(run).rendered(as: output.format, style: output.style))
  }

  private func schema(_ path: String) throws(Failure) -> String {
    do throws(DocumentFile.ReadFailure) { return try DocumentFile.schema(path: path) } catch {
      throw Failure(reading: path, error, what: "record", writer: "plimsoll report or run")
    }
  }

  private func write(_ files: [(ending: String, text: String)], as name: String) throws(Failure) {
    for (ending, text) in files {
      do throws(FileWriteError) {
        try AtomicFile.write(text, to: "\(reports)/\(name).\(ending)")
      } catch { throw Failure(.inputOutput, error.description) }
    }
    output.note("wrote \(reports)/\(name).\(files.map(\.ending).joined(separator: ", ."))")
  }

  /// Writes the files of each report, then tells all in one go.
  private func write(_ written: [CapacityReport]) throws {
    for report in written { try write(report.files(), as: report.name) }
    try output.write(try CapacityReport.rendered(written, as: output.format, style: output.style))
  }

  private func stored(_ path: String) throws(Failure) -> CapacityReport {
    do throws(DocumentFile.ReadFailure) { return try CapacityReport.read(path: path) } catch {
      throw Failure(reading: path, error, what: "report's record", writer: "plimsoll report")
    }
  }

  /// A record has its answers: nothing more can be asked of it, but walks may join it.
  private func refuseQuestions() throws(Failure) {
    let asked = [
      ("--models", models), ("--boxes", boxes), ("--quants", quants), ("--contexts", contexts),
      ("--run", runFile), ("--prices", prices), ("--price", price),
      ("--power", power), ("--lifetime", lifetime), ("--electricity", electricity),
    ].filter { $0.1 != nil }.map(\.0)
    guard asked.isEmpty else {
      throw Failure(
        .usage, "--from draws a record as it is: leave out \(asked.joined(separator: ", "))")
    }
  }
}

extension Failure {
  /// Why the document at `path` can't be read.
  init(reading path: String, _ failure: DocumentFile.ReadFailure, what: String, writer: String) {
    switch failure {
    case .notFound: self.init(.notFound, "\(path): there is no such file; check the path")
    case .unreadable(let reason): self.init(.inputOutput, "\(path): \(reason)")
    case .malformed(let reason):
      self.init(.malformed, "\(path) is no \(what): \(reason); \(writer) writes one")
    }
  }
}
