import ArgumentParser
import Hardware
import Harness
import Regression
import Reports

/// What `run` does with baselines: compare with one, and keep one.
struct BaselineComparison: ParsableArguments {
  @Option(help: ArgumentHelp("Compare with this baseline of this box.", valueName: "name"))
  var baseline: String?

  @Option(help: ArgumentHelp("Keep the run as a baseline of this box.", valueName: "name"))
  var saveBaseline: String?

  @OptionGroup var place: BaselineOptions

  /// The baseline asked for, looked at before anything is measured; a name that can't be saved under is
  /// refused at this time too.
  func baseline(for rows: [Row]) throws(Failure) -> RunDocument? {
    guard baseline != nil || saveBaseline != nil else { return nil }
    let fingerprint = MachineFingerprint(Machine.read()).description
    return try place.attempt { (store) throws(RegressionError) in
      if let saveBaseline {
        _ = try store.entry(fingerprint: fingerprint, name: saveBaseline)
      }
      guard let baseline else { return nil }
      let run = try store.load(fingerprint: fingerprint, name: baseline)
      try run.checkDefinitions(of: rows, name: baseline)
      return run
    }
  }

  func document(from old: RunDocument, to new: RunDocument) -> CompareDocument {
    StoredComparison(
      old: old, new: new, oldName: "baseline \(baseline ?? "")", newName: "this run"
    ).document
  }

  /// The run, and the comparison with it: in JSON under the key `comparison`, in text and Markdown below
  /// the run's tables, in CSV as a note, since a file of that kind holds one table.
  func rendered(
    _ run: RunDocument, _ compared: CompareDocument?, _ output: OutputOptions
  ) throws -> String {
    let text = try RunReport(run).rendered(as: output.format, style: output.style)
    guard let compared else { return text }
    let report = CompareReport(compared)
    switch output.format {
    case .json: return try JSON.text(ComparedRun(run: run, comparison: compared))
    case .csv:
      output.note(report.headline)
      return text
    case .text, .markdown:
      return text + "\n" + (try report.rendered(as: output.format, style: output.style))
    }
  }

  /// Keeps the run, where that was asked for and the run is a measure.
  func save(_ run: RunDocument, _ output: OutputOptions) throws(Failure) {
    guard let saveBaseline else { return }
    // Such a run has an exit code of its own.
    guard !run.interrupted, !run.hasWrongAnswers else {
      return output.note("not kept as a baseline: interrupted, or with wrong answers")
    }
    let entry = try place.attempt { (store) throws(RegressionError) in
      try store.save(run, name: saveBaseline)
    }
    output.note("kept as \(entry.path)")
  }
}

/// A run's document with one more key.
private struct ComparedRun: Encodable {
  let run: RunDocument
  let comparison: CompareDocument

  private enum CodingKeys: String, CodingKey { case comparison }

  func encode(to encoder: any Encoder) throws {
    try run.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(comparison, forKey: .comparison)
  }
}
