import Statistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How a gate over a suite is laid out: what it looks for, how often it may be wrong, and how many pairs
/// that takes. All effects are logarithms of new time over old.
///
/// The probability that any row of a suite without a slowdown is called slower is `familyError` at most:
/// to be called so, a row has to pass a screen at `screenLevel` and then, on fresh processes, a
/// confirmation at `confirmLevel`; the two are independent, and their product is a row's share of the
/// error (Bonferroni, so that rows may hang on each other as they like).
public struct GateDesign: Sendable, Equatable {
  /// Rows that are judged; the canary is none of them.
  public let rows: Int
  /// Probability of a false alarm anywhere in the suite.
  public var familyError = 0.01
  /// The slowdown that has to be found: the logarithm of 1.05.
  public var target = log(1.05)
  /// A smaller mean is never called a change, however sure: the logarithm of 1.025.
  public var floor = log(1.025)
  /// Level of the screen.
  public var screenLevel = 0.05
  /// Probability with which an effect counts as detectable.
  public var power = 0.95
  /// Probability with which a row that is slower by `target` is not called the same, were nothing else
  /// to stop it.
  public var exclusion = 0.99
  /// Pairs of one stage never exceeded, `SignFlipTest.largestCount` at most: enough for differences that
  /// scatter by 6.5 %, and tests that take a millisecond.
  public var maximumPairs = 32
  /// Share of a row's pairs that may be rejected for their environment.
  public var largestRejectedShare = 0.2

  /// The usual design for so many rows.
  public init(rows: Int) { self.rows = max(rows, 1) }

  /// Level of the confirmation.
  public var confirmLevel: Double { min(familyError / (Double(rows) * screenLevel), 1) }

  /// Pairs that a screen needs where differences scatter by `sigma`: a standard error so small that a
  /// mean of `target` clears the floor with 98 %; 8 at least.
  public func screenPairs(sigma: Double) -> Int {
    pairs(sigma, error: (target - floor) / 2.04, level: screenLevel, extra: 1, least: 8)
  }

  /// Pairs that a confirmation needs: the floor is cleared with 98.7 %; 12 at least.
  public func confirmPairs(sigma: Double) -> Int {
    pairs(sigma, error: (target - floor) / 2.23, level: confirmLevel, extra: 4, least: 12)
  }

  /// The slowdown that a test at `level` finds with probability `power` where the mean has this standard
  /// error.
  public func detectableEffect(standardError: Double, level: Double) -> Double {
    standardError * (NormalDistribution.quantile(1 - level) + NormalDistribution.quantile(power))
  }

  /// Few pairs can't reach a small level whatever they show: 2⁻ⁿ has to. With very many rows it is the
  /// level and not the floor that asks for a small error.
  private func pairs(
    _ sigma: Double, error: Double, level: Double, extra: Int, least: Int
  ) -> Int {
    let detectable = detectableEffect(standardError: 1, level: level)
    let ratio = sigma / min(error, 0.92 * target / max(detectable, 1e-9))
    let exact = (-log2(level)).rounded(.up)
    let wanted = max((ratio * ratio).rounded(.up) + Double(extra), Double(least), exact)
    let limit = min(maximumPairs, SignFlipTest.largestCount)
    return wanted < Double(limit) ? Int(wanted) : limit
  }
}

/// How much the differences of pairs scatter, told without looking at any sign.
enum BlindDeviation {
  /// The deviation to size a stage by: a function of magnitudes alone, so that a stage may be made
  /// longer by it and its test stays exact.
  ///
  /// The root mean square: where there is no effect, that is the standard deviation; where there is one,
  /// it is larger, and some pairs too many are taken. It is at least √((n − 1)/n) times the deviation
  /// about the mean, so that a stage sized by it has the standard error asked for. Magnitudes that lie
  /// close together and far from zero show a clear effect, whatever its sign, and their own scatter is
  /// taken: a slowdown by half would otherwise ask for a thousand pairs. Noise alone hardly looks like
  /// that: the mean of its magnitudes is 1.3 times their deviation, and here it has to be three times.
  /// Source: Kieser and Friede, "Simple procedures for blinded sample size adjustment" (2003).
  static func of(_ differences: [Double]) -> Double {
    let magnitudes = Sample(differences.map(abs))
    guard let size = magnitudes.rootMeanSquare else { return 0 }
    guard let mean = magnitudes.mean, let scatter = magnitudes.standardDeviation else {
      return size
    }
    return mean > 3 * scatter ? min(size, scatter) : size
  }

  /// The same for pairs whose mean other pairs have already told: the magnitudes about that of `mean`.
  static func of(_ differences: [Double], about mean: Double) -> Double {
    Sample(differences.map { abs($0) - abs(mean) }).rootMeanSquare ?? 0
  }
}
