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
  let apart: RunsApart

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
    } else {
      judge(&row)
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

  private func samples(_ result: RunDocument.Result, byTime: Bool) -> [Double] {
    byTime ? result.samplesSeconds : result.efficiencySamples ?? []
  }

  private func figure(_ result: RunDocument.Result) -> CompareDocument.Figure? {
    Sample(samples(result, byTime: byTime)).medianInterval.map {
      .init(
        median: $0.value, ci95: [$0.low, $0.high], samples: samples(result, byTime: byTime).count,
        unit: byTime ? "s" : "ceiling")
    }
  }

  private func judge(_ row: inout CompareDocument.Row) {
    guard let found = finding(byTime: byTime) else {
      row.reason = "a figure is not positive"
      return
    }
    row.ratio = found.ratio.value
    row.ci95 = [found.ratio.low, found.ratio.high]
    row.p = found.p
    row.minimumDetectableEffect = exp(found.effect) - 1
    (row.verdict, row.reason) = decision(found)
    let moved = abs(log(ceilingRatio ?? 1))
    let isChanged = [.slower, .faster].contains(row.verdict)
    guard moved >= (isChanged ? abs(log(found.ratio.value)) : design.target) else { return }
    // The ceiling was measured in the same rounds: a share of it that stayed the same shows that the
    // box moved, and not the row.
    if let share = finding(byTime: false), decision(share).0 == .same {
      (row.verdict, row.reason) = (.same, nil)
    } else {
      row.verdict = .inconclusive
      row.reason =
        "its ceiling moved by \(percent(moved)) % between the runs, "
        + (isChanged ? "as much as the row" : "which could hide a change")
    }
  }

  /// What samples of one kind show: times, or shares of the ceiling.
  private struct Finding {
    let ratio: Estimate
    let p: Double
    let standardError: Double
    /// The slowdown that would be found.
    let effect: Double
  }

  private func finding(byTime: Bool) -> Finding? {
    let (old, new) = (samples(old, byTime: byTime), samples(new, byTime: byTime))
    guard let before = Sample(old).medianInterval, let after = Sample(new).medianInterval,
      let ratio = byTime ? after.ratio(to: before) : before.ratio(to: after),
      let test = MannWhitneyTest(old, new)
    else { return nil }
    let width = log(ratio.high / ratio.low)
    let own = width / (2 * NormalDistribution.quantile(0.975))
    let standardError = hypot(own, byTime ? apart.time : apart.share)
    return Finding(
      ratio: ratio, p: test.p, standardError: standardError,
      effect: design.detectableEffect(standardError: standardError, level: level / 2))
  }

  /// The error of one row.
  private var level: Double { design.familyError / Double(design.rows) }

  /// A change is shown where p, which knows nothing of what differs between two runs, is small, and the
  /// change stands out of what does; nothing changed where a slowdown of the target size is excluded.
  private func decision(_ found: Finding) -> (Verdict, String?) {
    let change = log(found.ratio.value)
    let nearEnd = change > 0 ? log(found.ratio.low) : -log(found.ratio.high)
    let isUnlikely =
      found.p <= level
      && abs(change) >= found.standardError * NormalDistribution.quantile(1 - level / 2)
    if isUnlikely, nearEnd >= design.floor { return (change > 0 ? .slower : .faster, nil) }
    let highest =
      change + found.standardError * NormalDistribution.quantile(design.exclusion)
    if highest < design.target, !(isUnlikely && abs(change) >= design.floor) { return (.same, nil) }
    guard found.effect <= design.target else {
      return (
        .inconclusive, "too noisy: a slowdown below \(percent(found.effect)) % would not be seen"
      )
    }
    return (.inconclusive, "a change of the size sought is neither shown nor excluded")
  }

  private func percent(_ logarithm: Double) -> String {
    Decimal.fixed((exp(logarithm) - 1) * 100, 1)
  }
}
