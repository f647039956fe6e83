import Harness
import Regression
import Units

/// A duet's verdicts in every format.
public struct DuetReport: Sendable {
  private let document: DuetDocument

  /// A report of `document`.
  public init(_ document: DuetDocument) { self.document = document }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: style.bold(heading) + "\n\n" + table.text(style: style)
    case .json: try JSON.text(document)
    case .markdown: "## \(heading)\n\n" + table.markdown
    case .csv: csvTable.csv
    }
  }

  private var heading: String {
    let verdict =
      switch document.verdict {
      case .same: "nothing slower"
      case .faster: "faster"
      case .slower: "SLOWER"
      case .inconclusive: "inconclusive"
      }
    return "\(document.new) against \(document.base): \(verdict)"
      + (document.interrupted
        ? " · interrupted, partial" : document.timedOut ? " · out of time" : "")
      + (document.isRehearsal ? " · rehearsal, 5 % slower on purpose" : "")
  }

  private var table: Table {
    var footnotes: [String] = []
    let rows = document.rows + (document.canary.map { [$0] } ?? [])
    let lines = rows.indices.map { index in
      cells(rows[index], isCanary: index >= document.rows.count, &footnotes)
    }
    if let reason = document.reason { footnotes.append(reason) }
    let headings = ["", "time of new", "95 %", "p", "pairs", "rejected", "noise", "detectable"]
    return Table(
      title: "",
      columns: headings.enumerated().map { .init($1, $0 == 0 ? .left : .right) } + [
        .init("verdict")
      ],
      rows: lines, footnotes: footnotes)
  }

  private func cells(
    _ row: DuetDocument.Row, isCanary: Bool, _ footnotes: inout [String]
  ) -> [String] {
    [
      isCanary ? "canary on \(row.id)" : row.id,
      row.ratio.map(change) ?? "–", row.ci95.map { "\(change($0[0])) … \(change($0[1]))" } ?? "–",
      row.p.map { Decimal.significant($0, 2) } ?? "–", "\(row.pairs)", "\(row.rejected)",
      row.noiseFloor.map(percent) ?? "–", row.minimumDetectableEffect.map(percent) ?? "–",
      verdict(row, &footnotes),
    ]
  }

  private func change(_ ratio: Double) -> String {
    (ratio >= 1 ? "+" : "−") + percent(abs(ratio - 1))
  }

  private func percent(_ share: Double) -> String { Decimal.fixed(share * 100, 1) + " %" }

  private func verdict(_ row: DuetDocument.Row, _ footnotes: inout [String]) -> String {
    let word =
      switch row.status {
      case .ok: row.verdict == .slower ? "SLOWER" : row.verdict.rawValue
      case .skipped: "skipped"
      case .failed: "FAILED"
      case .wrong: "WRONG"
      }
    guard let reason = row.reason else { return word }
    let known = footnotes.firstIndex { $0.hasSuffix("] \(reason)") }
    if known == nil { footnotes.append("[\(footnotes.count + 1)] \(reason)") }
    return "\(word) [\((known ?? footnotes.count - 1) + 1)]"
  }

  private var csvTable: Table {
    let headings = [
      "id", "status", "verdict", "ratio", "ci95_low", "ci95_high", "p", "stage",
      "minimum_detectable_effect", "noise_floor", "pairs", "rejected", "reason",
    ]
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    return Table(
      title: "", columns: headings.map { .init($0) },
      rows: document.rows.map { row in
        [
          row.id, row.status.rawValue, row.verdict.rawValue, number(row.ratio),
          number(row.ci95?.first), number(row.ci95?.last), number(row.p), row.stage.rawValue,
          number(row.minimumDetectableEffect), number(row.noiseFloor), "\(row.pairs)",
          "\(row.rejected)", row.reason ?? "",
        ]
      })
  }
}
