import Harness

extension CompareDocument {
  /// What a duet found, with everything that it measured.
  ///
  /// - Parameters:
  ///   - base: what was compared with, as it was asked for.
  ///   - new: what was judged.
  public init(_ result: DuetResult, suite: String?, base: String, new: String) {
    var wrong: [String: String] = [:]
    for row in result.rows {
      if case .wrong(let answer) = row.trouble { wrong[row.id] = answer }
    }
    self.init(
      result.outcome, suite: suite, old: Side(name: base), new: Side(name: new),
      wrongAnswers: wrong, warnings: result.warnings)
    verdict = result.verdict
    interrupted = result.interrupted
    for (index, raw) in result.rows.enumerated() { rows[index].add(raw) }
    if let row = result.canaryRow {
      canary?.add(result.canary)
      canary?.id = row
    }
  }
}

extension CompareDocument.Row {
  fileprivate mutating func add(_ raw: DuetResult.Row) {
    switch raw.trouble {
    case nil: break
    case .skipped(let reason): (status, self.reason) = (.skipped, reason)
    case .failed(let reason), .wrong(let reason): (status, self.reason) = (.failed, reason)
    }
    rejectedBlocks = Dictionary(
      uniqueKeysWithValues: DuetPart.allCases.map { ($0.rawValue, raw.rejections(of: $0)) })
    measurements = raw.pairs
  }
}

extension DuetResult {
  /// Over all rows that could be compared: a slower row decides, then one that is inconclusive.
  public var verdict: Verdict {
    let compared = zip(rows, outcome.rows).compactMap { row, outcome -> Verdict? in
      switch row.trouble {
      case nil: outcome.verdict
      case .failed, .wrong: .inconclusive
      case .skipped: nil
      }
    }
    let verdict = Verdict(of: compared)
    let isUnproven = interrupted || outcome.reason != nil
    return isUnproven && verdict != .slower ? .inconclusive : verdict
  }

  fileprivate var warnings: [String] {
    var warnings: [String] = []
    if interrupted { warnings.append("interrupted: rows that lacked pairs are inconclusive") }
    if timedOut {
      warnings.append("the time was used up (--max-time): rows that lacked pairs are inconclusive")
    }
    if isRehearsal {
      warnings.append("a rehearsal: new made 21 calls for 20 of base, and has to be found slower")
    }
    return warnings
  }
}
