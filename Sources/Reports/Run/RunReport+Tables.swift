import Harness
import Statistics

extension RunReport {
  /// The ceilings beside the rows and at both ends of the run.
  var ceilings: Table {
    Table(
      title: "Ceilings over all rounds",
      columns: [
        .init("ceiling"), .init("threads", .right), .init("median", .right),
        .init("interval", .right), .init("at the start", .right), .init("at the end", .right),
      ],
      rows: document.ceilings.compactMap { ceiling in
        ceiling.estimate.map { estimate in
          let print = { rate($0, ceiling.unit) }
          let ends = document.ceilingDrift?.first {
            $0.name == ceiling.name && $0.threads == ceiling.threads
          }
          return [
            ceiling.name, "\(ceiling.threads)", print(estimate.value),
            "\(print(estimate.low)) … \(print(estimate.high))",
            ends.map { print($0.start) } ?? "–", ends.map { print($0.end) } ?? "–",
          ]
        }
      })
  }

  /// All results, a line each.
  var csvTable: Table {
    let headings = [
      "id", "workload", "provider", "threads", "status", "median_seconds", "ci95_low_seconds",
      "ci95_high_seconds", "samples", "rate", "unit", "efficiency", "ceiling", "ratio", "ratio_low",
      "ratio_high", "max_error", "tolerance", "setup_seconds", "over", "budget_bytes",
      "predicted_low", "predicted_high", "first_touch_seconds", "disk_read_bytes", "major_faults",
      "resident_share", "cache", "ended", "reason",
    ]
    return Table(title: "", columns: headings.map { .init($0) }, rows: document.results.map(csvRow))
  }

  private func csvRow(_ result: RunDocument.Result) -> [String] {
    func number(_ value: Double?) -> String { value.map { "\($0)" } ?? "" }
    let figures: [String] = [
      result.id, result.workload, result.provider, "\(result.threads)", result.status.rawValue,
      number(result.medianSeconds), number(result.ci95Seconds?.first),
      number(result.ci95Seconds?.last), "\(result.samplesSeconds.count)",
      number(result.rate?.value), result.rate?.unit ?? "", number(result.efficiency),
      result.ceiling ?? "", number(result.ratio?.value), number(result.ratio?.ci95.first),
      number(result.ratio?.ci95.last), number(result.check?.maxError),
      number(result.check?.tolerance), number(result.setupSeconds),
    ]
    let words: [String] = [
      result.cache?.rawValue ?? "", result.ended ?? "", result.reason ?? "",
    ]
    return figures + walkFigures(result.walk).map(number) + words
  }

  /// What walks have beside other rows.
  private func walkFigures(_ walk: RunDocument.Walk?) -> [Double?] {
    let predicted = walk?.predictedTokensPerSecond
    return [
      walk?.over, walk.map { Double($0.budgetBytes) }, predicted?.low, predicted?.high,
      walk?.firstTouchSeconds, walk?.diskReadBytes, walk?.majorFaults, walk?.residentShare,
    ]
  }
}
