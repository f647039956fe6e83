public import Capacity
import Harness
public import Simulation
import Units

/// A rehearsal of training in every format.
public struct RehearsalReport: Sendable {
  private let result: TrainingRehearsalResult
  private let model: String
  private let quantisation: String
  private let training: TrainingSettings

  /// A report of `result`.
  public init(
    _ result: TrainingRehearsalResult, model: String, quantisation: String,
    training: TrainingSettings
  ) {
    (self.result, self.model) = (result, model)
    (self.quantisation, self.training) = (quantisation, training)
  }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: "\(style.bold(heading))\n\n  \(line)\n\n" + table.text(style: style)
    case .json: try JSON.text(Document(self))
    case .markdown: "## \(heading)\n\n\(line)\n\n" + table.markdown
    case .csv: plainTable.csv
    }
  }

  private var heading: String {
    let rank = training.method == .full ? "" : " of rank \(training.rank)"
    return "\(model) · \(quantisation) · \(training.method.rawValue)\(rank) rehearsed in memory · "
      + "\(training.batch) × \(Decimal.grouped(training.sequence)) tokens · "
      + "\(training.optimizer.rawValue) · \(training.recipe.trainer.rawValue)"
  }

  private var line: String {
    guard let peak = result.measuredPeak, let ratio = result.ratio else {
      return "the ledger has \(result.required); the system doesn't tell the peak"
    }
    return "the ledger has \(result.required), the peak was \(peak): "
      + "\(Decimal.fixed(100 * ratio, 1)) % of it"
  }

  private var table: Table {
    Table(
      title: "What was held",
      columns: [.init("use"), .init("size", .right), .init("pages asked for", .right)],
      rows: result.lines.map {
        [$0.item, $0.bytes.description, $0.pageBytes.description]
      },
      footnotes: [
        "each step touched its memory in "
          + result.stepSeconds.map { Seconds($0).description }.joined(separator: ", ")
      ])
  }

  private var plainTable: Table {
    Table(
      title: "", columns: [.init("item"), .init("bytes"), .init("page_bytes")],
      rows: result.lines.map {
        [$0.item, String($0.bytes.count), String($0.pageBytes.count)]
      } + [
        ["required", String(result.required.count), ""],
        ["measured_peak", result.measuredPeak.map { String($0.count) } ?? "", ""],
      ])
  }

  /// The schema `plimsoll/rehearsal@1`.
  private struct Document: Encodable {
    let schema = "plimsoll/rehearsal@1"
    let model: String
    let quantisation: String
    let train: String
    let rank: Int
    let sequence: Int
    let batch: Int
    let optimizer: String
    let trainer: String
    let requiredBytes: Bytes
    @Null var measuredPeakBytes: Bytes?
    @Null var ratio: Double?
    let stepSeconds: [Double]
    let ledger: [TrainingRehearsalResult.Line]

    init(_ report: RehearsalReport) {
      let training = report.training
      (model, quantisation) = (report.model, report.quantisation)
      (train, rank) = (training.method.rawValue, training.rank)
      (sequence, batch) = (training.sequence, training.batch)
      (optimizer, trainer) = (training.optimizer.rawValue, training.recipe.trainer.rawValue)
      requiredBytes = report.result.required
      measuredPeakBytes = report.result.measuredPeak
      (ratio, stepSeconds) = (report.result.ratio, report.result.stepSeconds)
      ledger = report.result.lines
    }
  }
}
