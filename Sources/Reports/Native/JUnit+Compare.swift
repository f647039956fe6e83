import Harness
import Regression
import Units

extension JUnitReport {
  /// A comparison's report: slower is a failure, a wrong answer or a kernel that failed an error,
  /// inconclusive and skipped are skipped. What speaks against the whole suite is a case of its own.
  ///
  /// - Parameter time: when it was made, in seconds since 1970, where the document doesn't tell.
  init(_ document: CompareDocument, time: Double) {
    let whole = document.reason.map { reason in
      Case(
        group: "suite", name: "the suite as a whole", seconds: 0,
        outcome: .skipped(message: reason))
    }
    self.init(
      name: document.suite ?? "comparison", startedAt: document.new.startedAt ?? time,
      hostname: document.new.fingerprint ?? "localhost",
      properties: [
        ("kind", document.kind.rawValue), ("verdict", document.verdict.rawValue),
        ("old", document.old.name), ("new", document.new.name),
        ("interrupted", "\(document.interrupted)"),
      ],
      cases: document.rows.map(Self.test) + [whole].compactMap { $0 },
      remarks: document.rows.compactMap { row in Self.figures(row).map { "\(row.title): \($0)" } }
        + document.warnings)
  }

  /// A run's report with the verdicts of its comparison with a baseline: a row that was measured may be
  /// slower or inconclusive.
  init(_ document: RunDocument, comparison: CompareDocument) {
    self.init(document)
    let judged = Dictionary(comparison.rows.map { ($0.title, $0) }) { first, _ in first }
    for (index, result) in document.results.enumerated() {
      guard case .passed = cases[index].outcome, let row = judged[result.title] else { continue }
      cases[index].outcome = Self.outcome(row)
    }
    properties += [("baseline", comparison.old.name), ("verdict", comparison.verdict.rawValue)]
    remarks += comparison.warnings
  }

  private static func test(_ row: CompareDocument.Row) -> Case {
    Case(
      group: String(row.id.prefix { $0 != "/" }), name: row.title,
      // Of pairs there is no time that is one's own.
      seconds: row.new.map { $0.unit == "s" ? $0.median * Double($0.samples) : 0 } ?? 0,
      outcome: outcome(row))
  }

  private static func outcome(_ row: CompareDocument.Row) -> Outcome {
    if let wrong = row.wrongAnswer { return .error(type: "wrong-answer", message: wrong) }
    let reason = row.reason ?? figures(row) ?? "not measured"
    switch row.status {
    case .failed: return .error(type: "failed", message: reason)
    case .skipped: return .skipped(message: reason)
    case .ok: break
    }
    switch row.verdict {
    case .slower: return .failure(type: "slower", message: figures(row) ?? reason)
    case .inconclusive: return .skipped(message: "inconclusive: \(reason)")
    case .same, .faster: return .passed
    }
  }

  /// `1.105 (1.081–1.120) of the old time, p 0.001`.
  private static func figures(_ row: CompareDocument.Row) -> String? {
    guard let ratio = row.ratio else { return nil }
    let ends = row.ci95.flatMap { $0.count == 2 ? $0.map { Decimal.fixed($0, 3) } : nil }
    return Decimal.fixed(ratio, 3) + (ends.map { " (\($0[0])–\($0[1]))" } ?? "")
      + " of the old time" + (row.p.map { ", p \(Decimal.significant($0, 2))" } ?? "")
  }
}

extension CompareDocument.Row {
  /// The row, and whose kernel with how many threads where that is known: a result's title.
  var title: String {
    id + (provider.map { " \($0)" } ?? "") + (threads.map { " threads=\($0)" } ?? "")
  }
}

extension CompareReport {
  /// The comparison as a test report, for CI systems.
  ///
  /// - Parameter time: now, in seconds since 1970, for comparisons that keep no time of their own.
  public func junit(time: Double) -> String { JUnitReport(document, time: time).xml }
}
