import Harness
import Statistics
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One row of two runs.
struct RowComparison {
  let old: RunDocument.Result
  let new: RunDocument.Result
  let design: GateDesign
  let byTime: Bool
  let ceilingRatio: Double?

  /// Below six samples no interval covers the median with 95 %.
  private static let fewestSamples = 6

  /// The row, with everything that can be told of it.
  var row: CompareDocument.Row {
    var row = CompareDocument.Row(id: new.id, verdict: .inconclusive)
    (row.provider, row.threads) = (new.provider, new.threads)
    row.wrongAnswer = new.check?.passed == false ? new.check?.complaint ?? "wrong" : nil
    (row.old, row.new) = (figure(old), figure(new))
    row.ceilingRatio = ceilingRatio
    if let obstacle {
      row.reason = obstacle
    } else if let old = row.old, let new = row.new {
      judge(&row, old, new)
    }
    return row
  }

  /// Why the figures may not be compared.
  private var obstacle: String? {
    if new.check?.passed == false { return "the new answer is wrong: \(new.reason ?? "")" }
    if old.check?.passed == false { return "the old answer was wrong: \(old.reason ?? "")" }
    if old.status != .ok { return "old: \(old.status.rawValue): \(old.reason ?? "")" }
    if new.status != .ok { return "new: \(new.status.rawValue): \(new.reason ?? "")" }
    if old.work != new.work {
      return "the definition has changed: \(text(old.work)) before, \(text(new.work)) now"
    }
    guard let before = figure(old), let after = figure(new) else {
      return "no efficiency to compare by: measure both runs again"
    }
    guard min(before.samples, after.samples) >= Self.fewestSamples else {
      return "fewer than \(Self.fewestSamples) samples: measure longer (--max-time)"
    }
    return nil
  }

  private func text(_ work: RunDocument.Work) -> String {
    "\(Decimal.fixed(work.flop, 0)) FLOP and \(Decimal.fixed(work.bytes, 0)) bytes"
  }

  private func samples(_ result: RunDocument.Result) -> [Double] {
    byTime ? result.samplesSeconds : result.efficiencySamples ?? []
  }

  private func figure(_ result: RunDocument.Result) -> CompareDocument.Figure? {
    Sample(samples(result)).medianInterval.map {
      .init(
        median: $0.value, ci95: [$0.low, $0.high], samples: samples(result).count,
        unit: byTime ? "s" : "ceiling")
    }
  }

  private func judge(
    _ row: inout CompareDocument.Row, _ old: CompareDocument.Figure, _ new: CompareDocument.Figure
  ) {
    let (time, base) = byTime ? (new.estimate, old.estimate) : (old.estimate, new.estimate)
    guard let ratio = time.ratio(to: base),
      let test = MannWhitneyTest(samples(self.old), samples(self.new))
    else {
      row.reason = "a figure is not positive"
      return
    }
    row.ratio = ratio.value
    row.ci95 = [ratio.low, ratio.high]
    row.p = test.p
    let level = design.familyError / Double(design.rows)
    let width = log(ratio.high / ratio.low)
    let effect = design.detectableEffect(
      standardError: width / (2 * NormalDistribution.quantile(0.975)), level: level / 2)
    row.minimumDetectableEffect = exp(effect) - 1
    decide(&row, ratio, isUnlikely: test.p <= level, effect: effect)
  }

  /// A change is shown where the whole interval lies beyond the floor, since p knows nothing of what
  /// differs between two processes.
  private func decide(
    _ row: inout CompareDocument.Row, _ ratio: Estimate, isUnlikely: Bool, effect: Double
  ) {
    let change = log(ratio.value)
    let nearEnd = change > 0 ? log(ratio.low) : -log(ratio.high)
    let isChanged = isUnlikely && nearEnd >= design.floor
    let moved = abs(log(ceilingRatio ?? 1))
    if moved >= (isChanged ? abs(change) : design.target) {
      row.reason =
        "its ceiling moved by \(percent(moved)) % between the runs, "
        + (isChanged ? "as much as the row" : "which could hide a change")
    } else if isChanged {
      row.verdict = change > 0 ? .slower : .faster
    } else if effect > design.target {
      row.reason = "too noisy: a slowdown below \(percent(effect)) % would not be seen"
    } else if log(ratio.high) >= design.target || isUnlikely && abs(change) >= design.floor {
      row.reason = "a change of the size sought is neither shown nor excluded"
    } else {
      row.verdict = .same
    }
  }

  private func percent(_ logarithm: Double) -> String {
    Decimal.fixed((exp(logarithm) - 1) * 100, 1)
  }
}

extension CompareDocument.Figure {
  fileprivate var estimate: Estimate { Estimate(value: median, low: ci95[0], high: ci95[1]) }
}
