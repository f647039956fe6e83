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

  /// Keeps the run, where that was asked for and the run is a measure.
  func save(_ run: RunDocument, _ output: MeasurementOutput) throws(Failure) {
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

/// A run's report, and below it the comparison with a baseline where there is one.
struct ComparedRunReport {
  let run: RunDocument
  let comparison: CompareDocument?

  /// In JSON the comparison is a key of the run's document.
  func rendered(as format: Format, style: Style = .plain) throws -> String {
    let text = try RunReport(run).rendered(as: format, style: style)
    guard let comparison, tellsComparison(in: .table(format)) else { return text }
    guard format != .json else {
      return try JSON.text(ComparedRun(run: run, comparison: comparison))
    }
    return text + "\n" + (try CompareReport(comparison).rendered(as: format, style: style))
  }

  /// Files of one table, and most of other tools, have no place for it.
  func tellsComparison(in format: MeasurementFormat) -> Bool {
    switch format {
    case .table(.csv): false
    case .table, .native(.junit): true
    case .native: false
    }
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
