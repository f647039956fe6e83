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

/// How far two runs lie apart for reasons that are not in their code: another process, another hour.
///
/// A row's samples are neighbours in time, so that their own scatter knows nothing of it. Most rows of a suite
/// have not changed, and their ratios, and those of the ceilings, scatter about 1 by just that: the deviation
/// of the middle of them is taken. Where all changed alike it is too large, and nothing is told: compare
/// advises, and a duet decides.
///
/// Source: Efron, "Large-scale simultaneous hypothesis testing: the choice of a null hypothesis" (2004).
/// Measured: identical code on a shared machine with two processors, 30 rows: the middle row moved by 4 to
/// 5 %, single ones by up to 35 %, where their own intervals said 1 to 8 %.
struct RunsApart {
  /// The deviation of ln of a ratio of times.
  let time: Double
  /// The same of shares of the ceilings.
  let share: Double

  /// The deviations of the rows that two runs have in common.
  init(_ rows: [(old: RunDocument.Result, new: RunDocument.Result)], ceilings: [Double]) {
    let times = rows.compactMap { Self.ratio($0.new.medianSeconds, $0.old.medianSeconds) }
    let shares = rows.compactMap { Self.ratio($0.old.efficiency, $0.new.efficiency) }
    let most = ceilings.map { abs(log($0)) }.max() ?? 0
    time = Self.deviation(times + ceilings) ?? most
    share = Self.deviation(shares) ?? 0
  }

  private static func ratio(_ a: Double?, _ b: Double?) -> Double? {
    guard let a, let b, a > 0, b > 0 else { return nil }
    return a / b
  }

  /// Fewer say nothing of what is usual.
  private static let fewest = 6

  /// The median of the distances from 1, as a normal distribution's deviation.
  private static func deviation(_ ratios: [Double]) -> Double? {
    guard ratios.count >= fewest else { return nil }
    return Sample(ratios.map { abs(log($0)) }).median
      .map { $0 / NormalDistribution.quantile(0.75) }
  }

  /// One sentence, where it hides changes that are looked for.
  func warning(byTime: Bool, _ design: GateDesign) -> String? {
    let deviation = byTime ? time : share
    let hidden = design.detectableEffect(
      standardError: deviation, level: design.familyError / Double(design.rows) / 2)
    guard hidden > design.target else { return nil }
    return
      "the two runs lie \(Decimal.fixed((exp(deviation) - 1) * 100, 1)) % apart whatever the code: changes "
      + "below \(Decimal.fixed((exp(hidden) - 1) * 100, 0)) % are not told from it"
  }
}
