import Harness
import Regression
import Units

/// A comparison in every format: the verdict first, then a row each.
public struct CompareReport: Sendable {
  let document: CompareDocument

  /// A report of `document`.
  public init(_ document: CompareDocument) { self.document = document }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: text(style)
    case .json: try JSON.text(document)
    case .markdown: markdown
    case .csv: csvTable.csv
    }
  }

  /// One line: the verdict and what it rests on.
  public var headline: String {
    let counts = [Verdict.slower, .inconclusive, .faster, .same].compactMap { verdict in
      let count = document.rows.count { $0.verdict == verdict && $0.status == .ok }
      return count == 0 ? nil : "\(count) \(verdict.rawValue)"
    }
    let wrong = document.rows.count { $0.wrongAnswer != nil }
    let failed = document.rows.count { $0.status == .failed && $0.wrongAnswer == nil }
    let skipped = document.rows.count { $0.status == .skipped }
    let others = [(wrong, "wrong"), (failed, "failed"), (skipped, "skipped")]
    let all = counts + others.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return "\(document.verdict.rawValue.uppercased())  \(document.old.name) → \(document.new.name)"
      + (all.isEmpty ? "" : ": " + all.joined(separator: ", "))
  }

  private func text(_ style: Style) -> String {
    let first =
      switch document.verdict {
      case .same, .faster: style.green(headline)
      case .slower: style.red(headline)
      case .inconclusive: style.yellow(headline)
      }
    let notes = notes.map { style.yellow("note") + "  \($0)\n" }.joined()
    return ([style.bold(first) + "\n", table.rows.isEmpty ? "" : table.text(style: style), notes])
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var markdown: String {
    let notes = notes.map { "- \($0)\n" }.joined()
    return ["## \(headline)\n", table.rows.isEmpty ? "" : table.markdown, notes]
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var notes: [String] {
    var notes = document.reason.map { [$0] } ?? []
    notes += document.rows.compactMap { row in
      row.wrongAnswer.map { "WRONG  \(label(row)): \($0)" }
    }
    if document.kind == .stored {
      notes.append(
        "each run is one process of one hour, which its interval does not tell; plimsoll duet decides"
      )
    }
    if let canary = document.canary {
      notes.append(
        "canary (the old one at 21 calls for 20): \(canary.verdict.rawValue)"
          + (canary.ratio.map { ", ratio \(Decimal.fixed($0, 3))" } ?? ""))
    }
    for (side, rows) in [(document.old, document.onlyOld), (document.new, document.onlyNew)]
    where !rows.isEmpty {
      notes.append("only in \(side.name): \(rows.joined(separator: "; "))")
    }
    return notes + document.warnings
  }

  /// The row's id, and whose kernel with how many threads where rows differ in them.
  private func label(_ row: CompareDocument.Row) -> String {
    let providers = Set(document.rows.compactMap(\.provider))
    let threads = Set(document.rows.compactMap(\.threads))
    var parts = [row.id]
    if let provider = row.provider, providers.count > 1 { parts.append(provider) }
    if let count = row.threads, threads.count > 1 {
      parts.append(count == 1 ? "1 thread" : "\(count) threads")
    }
    return parts.joined(separator: " · ")
  }

  private var table: Table {
    var footnotes: [String] = []
    let isStored = document.kind == .stored
    let rows = document.rows.map { row in
      let figures =
        isStored
        ? [figure(row.old), figure(row.new)]
        : [share(row.noiseFloor), share(row.minimumDetectableEffect)]
      let count = isStored ? samples(row) : pairs(row)
      return [label(row)] + figures
        + [ratio(row), row.p.map(chance) ?? "–", count, verdict(row, &footnotes)]
    }
    let headings =
      ["", isStored ? "old" : "noise floor", isStored ? "new" : "detectable"]
      + ["new ÷ old", "p", isStored ? "n" : "pairs", "verdict"]
    return Table(
      title: "",
      columns: headings.enumerated().map { index, heading in
        .init(heading, index == 0 || index == headings.count - 1 ? .left : .right)
      },
      rows: rows, footnotes: footnotes)
  }

  private func figure(_ figure: CompareDocument.Figure?) -> String {
    guard let figure, figure.ci95.count == 2 else { return "–" }
    let half = (figure.ci95[1] - figure.ci95[0]) / 2 / figure.median
    let value =
      figure.unit == "s"
      ? "\(Seconds(figure.median))" : Decimal.fixed(figure.median * 100, 1) + " %"
    return "\(value) ± \(Decimal.fixed(half * 100, 1)) %"
  }

  private func ratio(_ row: CompareDocument.Row) -> String {
    guard let ratio = row.ratio else { return "–" }
    let digits = { Decimal.fixed($0, 3) }
    guard let ends = row.ci95, ends.count == 2 else { return digits(ratio) }
    return "\(digits(ratio)) (\(digits(ends[0]))–\(digits(ends[1])))"
  }

  /// A probability: one that would print as nothing is not nothing.
  private func chance(_ p: Double) -> String { p < 0.001 ? "< 0.001" : Decimal.fixed(p, 3) }

  private func samples(_ row: CompareDocument.Row) -> String {
    "\(row.old?.samples ?? 0)+\(row.new?.samples ?? 0)"
  }

  private func pairs(_ row: CompareDocument.Row) -> String {
    row.rejected == 0 ? "\(row.pairs)" : "\(row.pairs) (\(row.rejected) rejected)"
  }

  private func share(_ value: Double?) -> String {
    value.map { Decimal.fixed($0 * 100, 1) + " %" } ?? "–"
  }

  private func verdict(_ row: CompareDocument.Row, _ footnotes: inout [String]) -> String {
    let word = row.wrongAnswer == nil ? self.word(row) : "WRONG"
    guard let reason = row.reason else { return word }
    let known = footnotes.firstIndex { $0.hasSuffix("] \(reason)") }
    if known == nil { footnotes.append("[\(footnotes.count + 1)] \(reason)") }
    return "\(word) [\((known ?? footnotes.count - 1) + 1)]"
  }

  private func word(_ row: CompareDocument.Row) -> String {
    switch row.status {
    case .ok: row.verdict.rawValue
    case .skipped: "skipped"
    case .failed: "FAILED"
    }
  }

  private var csvTable: Table {
    let headings = [
      "id", "provider", "threads", "status", "verdict", "ratio", "ratio_low", "ratio_high", "p",
      "old_median",
      "old_low", "old_high", "old_samples", "new_median", "new_low", "new_high", "new_samples",
      "unit", "minimum_detectable_effect", "pairs", "rejected", "stage", "noise_floor",
      "ceiling_ratio", "wrong_answer", "reason",
    ]
    return Table(title: "", columns: headings.map { .init($0) }, rows: document.rows.map(csvRow))
  }

  private func csvRow(_ row: CompareDocument.Row) -> [String] {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    func figure(_ figure: CompareDocument.Figure?) -> [String] {
      [
        number(figure?.median), number(figure?.ci95.first), number(figure?.ci95.last),
        figure.map { "\($0.samples)" } ?? "",
      ]
    }
    return [
      row.id, row.provider ?? "", row.threads.map { "\($0)" } ?? "", row.status.rawValue,
      row.verdict.rawValue,
      number(row.ratio), number(row.ci95?.first), number(row.ci95?.last), number(row.p),
    ] + figure(row.old) + figure(row.new) + [
      row.new?.unit ?? "", number(row.minimumDetectableEffect), "\(row.pairs)", "\(row.rejected)",
      row.stage?.rawValue ?? "", number(row.noiseFloor), number(row.ceilingRatio),
      row.wrongAnswer ?? "", row.reason ?? "",
    ]
  }
}
