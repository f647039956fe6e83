import Statistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a gate found: over the suite, and row by row.
public struct GateOutcome: Sendable, Equatable {
  /// Over all rows; never `same` or `faster` without a canary found, where there was one.
  public let verdict: Verdict
  /// Why the suite is inconclusive though no row is.
  public let reason: String?
  /// The rows, in the gate's order.
  public let rows: [Row]
  /// The canary, as a row.
  public let canary: Row?

  /// One row.
  public struct Row: Sendable, Equatable {
    /// The row.
    public let id: String
    /// What was found.
    public let verdict: Verdict
    /// Why it is inconclusive.
    public let reason: String?
    /// New time over old with its 95 % interval, of the deciding stage; nil below six pairs.
    public let ratio: Estimate?
    /// One-sided p of the deciding stage, in the direction of the ratio.
    public let p: Double?
    /// The stage that decided.
    public let stage: Gate.Stage
    /// The slowdown that would have been found with 95 %, as a share: 0.03 is 3 %.
    public let minimumDetectableEffect: Double?
    /// Pairs of both stages.
    public let pairs: Int
    /// Pairs of both stages that were rejected for their environment.
    public let rejected: Int
    /// How far off 1 the same binary's ratio to itself may lie: the farther end of its interval, as a
    /// share; nil where that was not measured.
    public let noiseFloor: Double?
  }
}

extension Gate {
  /// What the pairs so far show; a row that is not through is inconclusive.
  ///
  /// Cost: the intervals of all rows, some thirty tests each.
  public var outcome: GateOutcome {
    let outcomes = rows.filter { !$0.isCanary }.map { $0.outcome(design) }
    let canary = rows.first { $0.isCanary }?.outcome(design)
    let found = Verdict(of: outcomes.map(\.verdict))
    let isBlind = canary.map { $0.verdict != .slower } ?? false
    return GateOutcome(
      verdict: isBlind && found != .slower ? .inconclusive : found,
      reason: isBlind
        ? "the canary, 21 calls for 20, was not found slower: this gate can't see 5 % here and now"
        : nil,
      rows: isBlind ? outcomes.map(\.withoutSame) : outcomes, canary: canary)
  }
}

extension GateOutcome.Row {
  /// The row where the gate has shown that it can't see: nothing is the same then.
  fileprivate var withoutSame: GateOutcome.Row {
    guard verdict == .same else { return self }
    return GateOutcome.Row(
      id: id, verdict: .inconclusive, reason: "the canary was not found slower", ratio: ratio, p: p,
      stage: stage, minimumDetectableEffect: minimumDetectableEffect, pairs: pairs,
      rejected: rejected, noiseFloor: noiseFloor)
  }
}

extension GateRow {
  fileprivate func outcome(_ design: GateDesign) -> GateOutcome.Row {
    let test = SignFlipTest(deciding.differences)
    let (verdict, reason) = judgement(design)
    let effect = detectableEffect(design)
    return GateOutcome.Row(
      id: id, verdict: verdict, reason: reason,
      ratio: test?.interval().map {
        Estimate(value: exp($0.value), low: exp($0.low), high: exp($0.high))
      },
      p: test.map { $0.mean > 0 ? $0.greater : $0.less },
      stage: flag != nil ? .confirm : .screen,
      minimumDetectableEffect: effect.isFinite ? exp(effect) - 1 : nil,
      pairs: screen.differences.count + confirmation.differences.count,
      rejected: screen.rejected + confirmation.rejected, noiseFloor: noiseFloor)
  }

  private var noiseFloor: Double? {
    SignFlipTest(Array(noise.prefix(SignFlipTest.largestCount)))?.interval().map {
      exp(max(abs($0.low), abs($0.high))) - 1
    }
  }

  /// The verdict as things stand, and why it is none.
  func judgement(_ design: GateDesign) -> (Verdict, String?) {
    guard screen.isFinite, confirmation.isFinite else {
      return (.inconclusive, "a pair's time was zero or no number")
    }
    guard rejectedShare <= design.largestRejectedShare else {
      return (
        .inconclusive,
        "\(Int((rejectedShare * 100).rounded())) % of the pairs were rejected for their environment; "
          + "measure on a quieter box"
      )
    }
    guard case .done(let verdict) = phase else {
      return (.inconclusive, "ended before its pairs were measured")
    }
    guard verdict == .inconclusive else { return (verdict, nil) }
    let effect = detectableEffect(design)
    guard effect > design.target else {
      return (.inconclusive, "a slowdown of the size sought is neither shown nor excluded")
    }
    let share = ((exp(effect) - 1) * 1000).rounded() / 10
    return (
      .inconclusive,
      "too noisy: a slowdown below \(share) % would not be seen; measure on a quieter box or longer"
    )
  }
}
