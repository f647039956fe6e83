import Testing

@testable import Regression

/// The gate's way from pairs to verdicts, step by step.
@Suite struct GateTests {
  /// Differences about `mean` that scatter by one percent, the same every time.
  private func pairs(_ count: Int, mean: Double) -> [Double] {
    (0..<count).map { mean + ($0 % 2 == 0 ? 0.01 : -0.01) }
  }

  private func run(
    _ gate: inout Gate, _ row: String = "a", screen: Double, confirm: Double? = nil,
    rejected: Int = 0
  ) {
    while let request = gate.next.first(where: { $0.row == row }) {
      let mean = request.stage == .screen ? screen : confirm ?? screen
      gate.add(
        pairs(request.pairs, mean: mean), rejected: rejected, to: row, stage: request.stage)
    }
  }

  @Test func stagesFollowOneAnother() {
    var gate = Gate(rows: ["a", "b"])
    #expect(
      gate.next == [
        .init(row: "a", stage: .screen, pairs: 8), .init(row: "b", stage: .screen, pairs: 8),
      ])
    run(&gate, "a", screen: 0.1)
    // A confirmation comes later in time than all screens.
    #expect(gate.next.map(\.row) == ["b"])
    gate.add(pairs(8, mean: 0), to: "b", stage: .screen)
    #expect(gate.next.map(\.row) == ["a"] && gate.next.map(\.stage) == [.confirm])
    #expect(gate.outcome.rows.map(\.verdict) == [.inconclusive, .same])
    run(&gate, "a", screen: 0.1)
    let outcome = gate.outcome
    #expect(gate.next.isEmpty && outcome.verdict == .slower)
    #expect(outcome.rows[0].stage == .confirm && outcome.rows[1].stage == .screen)
    #expect(outcome.rows[0].pairs > 8 && outcome.rows[1].pairs == 8)
  }

  @Test(arguments: [
    (0.0, 0.0, Verdict.same), (0.05, 0.05, .slower), (-0.05, -0.05, .faster),
    // A flag that nothing confirms, or that fresh pairs turn around.
    (0.05, 0.0, .same), (0.05, -0.05, .same),
    // Sure, and smaller than anybody wants to hear of.
    (0.02, 0.02, .same),
  ])
  func verdictOfARow(screen: Double, confirm: Double, verdict: Verdict) {
    var gate = Gate(rows: ["a"])
    run(&gate, screen: screen, confirm: confirm)
    let row = gate.outcome.rows[0]
    #expect(row.verdict == verdict && (row.reason == nil))
  }

  @Test func theRatioIsThatOfFreshPairs() throws {
    var gate = Gate(rows: ["a"])
    run(&gate, screen: 0.2, confirm: 0.1)
    let row = gate.outcome.rows[0]
    let ratio = try #require(row.ratio)
    #expect(abs(ratio.value - 1.105171) < 1e-6 && ratio.low < 1.1051 && ratio.high > 1.1052)
    #expect(try #require(row.p) <= gate.design.confirmLevel)
    #expect(try #require(row.minimumDetectableEffect) < 0.05)
  }

  /// Pairs that are all alike, as a scripted clock or a coarse one gives them.
  @Test(arguments: [(0.0, Verdict.same), (0.05, .slower), (-0.05, .faster), (0.01, .same)])
  func noScatterIsNoTrouble(difference: Double, verdict: Verdict) {
    var gate = Gate(rows: ["a"])
    while let request = gate.next.first {
      let same = [Double](repeating: difference, count: request.pairs)
      gate.add(same, to: "a", stage: request.stage)
    }
    #expect(gate.outcome.verdict == verdict)
  }

  @Test func aNoisyScreenIsMadeLonger() {
    let magnitudes = [0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]
    var gate = Gate(rows: ["a"])
    gate.add(magnitudes.map { $0 > 0.05 ? -$0 : $0 }, to: "a", stage: .screen)
    // (√0.00255 / 0.0118)² + 1
    #expect(gate.next == [.init(row: "a", stage: .screen, pairs: 20 - 8)])
    // The signs are none of its business.
    var other = Gate(rows: ["a"])
    other.add(magnitudes, to: "a", stage: .screen)
    #expect(other.next == gate.next)
  }

  @Test func rejectionsAreDilutedOrDecide() {
    var gate = Gate(rows: ["a"])
    gate.add(pairs(8, mean: 0), rejected: 4, to: "a", stage: .screen)
    #expect(gate.next.map(\.pairs) == [8])
    gate.add(pairs(8, mean: 0), to: "a", stage: .screen)
    #expect(gate.outcome.rows[0].verdict == .same && gate.outcome.rows[0].rejected == 4)

    var bad = Gate(rows: ["a"])
    run(&bad, screen: 0.1, rejected: 9)
    let row = bad.outcome.rows[0]
    #expect(row.verdict == .inconclusive && row.reason?.contains("environment") == true)

    var none = Gate(rows: ["a"])
    none.add([], rejected: 9, to: "a", stage: .screen)
    #expect(none.next.isEmpty && none.outcome.verdict == .inconclusive)
  }

  @Test func whatNobodyAskedForIsIgnored() {
    var gate = Gate(rows: ["a"])
    gate.add(pairs(8, mean: 0.1), to: "b", stage: .screen)
    gate.add(pairs(8, mean: 0.1), to: "a", stage: .confirm)
    #expect(gate.next.map(\.pairs) == [8])
    gate.add(pairs(50, mean: 0), to: "a", stage: .screen)
    #expect(gate.outcome.rows[0].pairs == 8)
  }

  @Test func aPairWithoutATimeIsNoPair() {
    var gate = Gate(rows: ["a"])
    gate.add([.nan], to: "a", stage: .screen)
    #expect(gate.next.isEmpty)
    #expect(gate.outcome.rows[0].reason == "a pair's time was zero or no number")
  }

  @Test func aBlindGateSaysNothing() {
    var gate = Gate(rows: ["a", "b"], canary: "c")
    #expect(gate.next.map(\.row) == ["a", "b", "c"])
    run(&gate, "a", screen: 0)
    run(&gate, "b", screen: 0.1)
    run(&gate, "c", screen: 0)
    run(&gate, "b", screen: 0)
    let outcome = gate.outcome
    #expect(outcome.verdict == .inconclusive && outcome.reason?.contains("canary") == true)
    #expect(outcome.rows.map(\.verdict) == [.inconclusive, .inconclusive])
    #expect(outcome.rows.count == 2 && outcome.canary?.verdict == .same)
  }

  @Test func aCanaryThatIsFoundLetsTheGateSpeak() {
    var gate = Gate(rows: ["a"], canary: "c")
    run(&gate, "a", screen: 0)
    run(&gate, "c", screen: 0.0488)
    #expect(gate.next.isEmpty && gate.outcome.verdict == .same)
    #expect(gate.outcome.canary?.stage == .screen)
    // A slowdown that was shown is shown, canary or not.
    var slow = Gate(rows: ["a"], canary: "c")
    run(&slow, "c", screen: 0)
    run(&slow, "a", screen: 0.1)
    run(&slow, "a", screen: 0.1)
    #expect(slow.outcome.verdict == .slower)
  }

  @Test func theNoiseFloorIsTheFarEnd() throws {
    var gate = Gate(rows: ["a"])
    gate.addNoise(pairs(10, mean: -0.02), to: "a")
    run(&gate, screen: 0)
    let noise = try #require(gate.outcome.rows[0].noiseFloor)
    #expect(noise > 0.02 && noise < 0.035)
  }

  @Test func verdictsAddUp() {
    #expect(Verdict(of: []) == .inconclusive)
    #expect(Verdict(of: [.same, .faster]) == .faster)
    #expect(Verdict(of: [.same, .inconclusive, .faster]) == .inconclusive)
    #expect(Verdict(of: [.inconclusive, .slower]) == .slower)
  }

  @Test func levelsShareTheErrorAmongRows() {
    #expect(abs(GateDesign(rows: 30).confirmLevel - 0.01 / 1.5) < 1e-15)
    // So many rows need so many pairs that 2⁻ⁿ reaches their level.
    let many = GateDesign(rows: 1_000_000)
    #expect(SignFlipLevel.reaches(many.confirmPairs(sigma: 0), many.confirmLevel))
    #expect(GateDesign(rows: 30).screenPairs(sigma: 0.025) == 8)
    #expect(GateDesign(rows: 30).confirmPairs(sigma: 0.036) == 16)
    #expect(GateDesign(rows: 30).confirmPairs(sigma: .infinity) == 32)
  }
}

private enum SignFlipLevel {
  static func reaches(_ pairs: Int, _ level: Double) -> Bool {
    Double(sign: .plus, exponent: -pairs, significand: 1) <= level
  }
}
