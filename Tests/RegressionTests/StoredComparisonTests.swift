import Harness
import Testing

@testable import Regression

@Suite struct StoredComparisonTests {
  private typealias Result = RunDocument.Result

  private func row(
    _ old: RunDocument.Result, _ new: RunDocument.Result, ceiling: Double = 100e9,
    box: String = "box-a"
  ) throws -> CompareDocument.Row {
    let document = StoredComparison(
      old: StoredRuns.run([old]),
      new: StoredRuns.run([new], fingerprint: box, ceiling: ceiling)
    ).document
    #expect(document.kind == .stored && document.rows.count == 1)
    #expect(document.verdict == document.rows[0].verdict)
    return document.rows[0]
  }

  @Test(arguments: [
    (1.0, Verdict.same), (1.01, .same), (1.06, .slower), (0.94, .faster), (1.028, .inconclusive),
    (1.042, .slower),
  ])
  func timesAreCompared(ratio: Double, verdict: Verdict) throws {
    let row = try row(
      StoredRuns.result(seconds: 1e-3), StoredRuns.result(seconds: 1e-3 * ratio))
    #expect(row.verdict == verdict, "\(row)")
    #expect((row.reason == nil) == (verdict != .inconclusive))
    let found = try #require(row.ratio)
    #expect(abs(found - ratio) < 1e-9)
    let interval = try #require(row.ci95)
    #expect(interval[0] < ratio && ratio < interval[1])
    #expect(row.new?.unit == "s" && row.old?.samples == 20)
  }

  /// On another kind of box times say nothing, and shares of each box's ceilings do.
  @Test func boxesAreComparedByEfficiency() throws {
    let old = StoredRuns.result(seconds: 1, efficiency: 0.9)
    let same = try row(old, StoredRuns.result(seconds: 5, efficiency: 0.9), box: "box-b")
    #expect(same.verdict == .same && same.new?.unit == "ceiling")
    let slower = try row(old, StoredRuns.result(seconds: 1, efficiency: 0.8), box: "box-b")
    let ratio = try #require(slower.ratio)
    #expect(slower.verdict == .slower && abs(ratio - 1.125) < 1e-9)
    var without = old
    without.efficiencySamples = nil
    let unknown = try row(without, old, box: "box-b")
    #expect(unknown.verdict == .inconclusive && unknown.reason?.contains("efficiency") == true)
  }

  /// Ten percent slower on a box whose ceiling fell by ten percent is the box's doing, or may be: the share
  /// of the ceiling tells, and only where it is the same.
  @Test func aCeilingThatMovedDecidesNothing() throws {
    let old = StoredRuns.result(seconds: 1)
    let fell = try row(old, StoredRuns.result(seconds: 1.1, efficiency: 0.9), ceiling: 90e9)
    #expect(fell.verdict == .same && fell.reason == nil)
    let moved = try #require(fell.ceilingRatio)
    #expect(abs(moved - 100.0 / 90) < 1e-12)
    let slower = try row(old, StoredRuns.result(seconds: 1.1, efficiency: 0.85), ceiling: 90e9)
    #expect(slower.verdict == .inconclusive && slower.reason?.contains("ceiling moved") == true)
    let hidden = try row(old, StoredRuns.result(seconds: 1, efficiency: 0.82), ceiling: 110e9)
    #expect(hidden.verdict == .inconclusive)
    let unmoved = StoredRuns.result(seconds: 1.1, efficiency: 0.82)
    #expect(try row(old, unmoved, ceiling: 98e9).verdict == .slower)
  }

  /// What excludes a slowdown by 5 % is enough for "the same", though one by 5 % would not be found at the
  /// level of a suite.
  @Test func aSlowdownThatIsExcludedNeedNotBeDetectable() throws {
    let old = StoredRuns.result(seconds: 1, scatter: 0.04)
    let row = try row(old, StoredRuns.result(seconds: 0.99, scatter: 0.04))
    let effect = try #require(row.minimumDetectableEffect)
    #expect(row.verdict == .same && effect > 0.05)
    let near = try self.row(old, StoredRuns.result(seconds: 1.02, scatter: 0.04))
    #expect(near.verdict == .inconclusive)
  }

  /// Rows that scatter by 8 % from run to run, each sure of itself to 1 %: nobody has changed, and only what
  /// stands out of that has.
  @Test func whatAllRowsDoIsNoChange() throws {
    let factors = [1.08, 0.93, 1.0, 1.1, 0.9, 1.05, 0.95, 1.09, 0.92, 1.04]
    func document(_ factors: [Double]) -> CompareDocument {
      StoredComparison(
        old: StoredRuns.run(factors.indices.map { StoredRuns.result($0, seconds: 1e-3) }),
        new: StoredRuns.run(
          factors.enumerated().map { StoredRuns.result($0.offset, seconds: 1e-3 * $0.element) })
      ).document
    }
    let unchanged = document(factors)
    #expect(unchanged.rows.allSatisfy { $0.verdict != .slower && $0.verdict != .faster })
    #expect(unchanged.warnings.contains { $0.contains("apart whatever the code") })
    let one = document(factors + [1.6])
    #expect(
      one.rows.map(\.verdict).filter { $0 == .slower }.count == 1 && one.rows[10].verdict == .slower
    )
    // On a quiet box the same 8 % are a change.
    let quiet = document([1, 1.001, 0.999, 1.002, 0.998, 1.001, 1.08])
    #expect(quiet.rows.map(\.verdict) == [.same, .same, .same, .same, .same, .same, .slower])
    #expect(!quiet.warnings.contains { $0.contains("apart") })
  }

  @Test func noiseAndFewSamplesAreInconclusive() throws {
    let old = StoredRuns.result(seconds: 1)
    let noisy = try row(old, StoredRuns.result(seconds: 1, scatter: 0.3))
    #expect(noisy.verdict == .inconclusive && noisy.reason?.contains("too noisy") == true)
    let few = try row(old, StoredRuns.result(seconds: 1, samples: 5))
    #expect(few.verdict == .inconclusive && few.reason?.contains("6 samples") == true)
  }

  @Test func anotherDefinitionIsSaid() throws {
    let row = try row(
      StoredRuns.result(seconds: 1), StoredRuns.result(seconds: 1, flop: 13))
    #expect(row.verdict == .inconclusive)
    #expect(
      row.reason
        == "the definition has changed: 12 FLOP and 40 bytes before, 13 FLOP and 40 bytes now")
  }

  @Test func aWrongAnswerIsNamedHoweverFast() throws {
    var wrong = StoredRuns.result(seconds: 0.5)
    wrong.check?.compare(1, with: 2, bound: 0.5, place: "C[0]")
    (wrong.status, wrong.reason) = (.failed, wrong.check?.complaint)
    let old = StoredRuns.result(seconds: 1)
    let document = StoredComparison(
      old: StoredRuns.run([old]), new: StoredRuns.run([wrong])
    ).document
    #expect(document.hasWrongAnswers && document.rows[0].wrongAnswer?.hasPrefix("C[0] is") == true)
    #expect(document.verdict == .inconclusive)
    // That the old answer was wrong fails nobody, and shows nothing.
    let turned = StoredComparison(
      old: StoredRuns.run([wrong]), new: StoredRuns.run([old])
    ).document
    #expect(!turned.hasWrongAnswers && turned.verdict == .inconclusive)
  }

  @Test func rowsOnOneSideAreListed() {
    let document = StoredComparison(
      old: StoredRuns.run([1, 2].map { StoredRuns.result($0, seconds: 1) }),
      new: StoredRuns.run([2, 3].map { StoredRuns.result($0, seconds: 1) })
    ).document
    #expect(document.rows.map(\.id) == ["matmul/m=2"] && document.verdict == .same)
    #expect(document.onlyOld == ["matmul/m=1 · plimsoll · 1 thread"])
    #expect(document.onlyNew == ["matmul/m=3 · plimsoll · 1 thread"])
    let none = StoredComparison(
      old: StoredRuns.run([StoredRuns.result(seconds: 1)]),
      new: StoredRuns.run([StoredRuns.result(seconds: 1, provider: "other")])
    ).document
    #expect(none.verdict == .inconclusive && none.reason?.contains("in common") == true)
  }

  @Test func theDocumentSurvivesItsJSON() throws {
    let document = StoredComparison(
      old: StoredRuns.run([StoredRuns.result(seconds: 1)]),
      new: StoredRuns.run([StoredRuns.result(seconds: 1.2)])
    ).document
    let text = try JSON.text(document)
    for key in [
      "\"schema\" : \"plimsoll/compare@1\"", "\"kind\" : \"stored\"", "\"verdict\" : \"slower\"",
      "\"minimum_detectable_effect\"", "\"ci95\"", "\"pairs\" : 0", "\"rejected\" : 0",
    ] { #expect(text.contains(key), "\(key) is missing") }
    #expect(try JSON.value(CompareDocument.self, from: Array(text.utf8)) == document)
  }

  /// A gate's outcome in the same document, wrong answers before all.
  @Test func aGateMakesADocument() throws {
    var gate = Gate(rows: ["a", "b"], canary: "c")
    while let request = gate.next.first {
      let mean = request.row == "b" ? 0 : 0.06
      let pairs = (0..<request.pairs).map { mean + ($0 % 2 == 0 ? 0.01 : -0.01) }
      gate.add(pairs, to: request.row, stage: request.stage)
    }
    func document(_ wrong: [String: String]) -> CompareDocument {
      CompareDocument(
        gate.outcome, suite: "ci", old: .init(name: "old"), new: .init(name: "new"),
        wrongAnswers: wrong)
    }
    let right = document([:])
    #expect(right.kind == .duet && right.verdict == .slower && right.canary?.verdict == .slower)
    #expect(right.rows.map(\.verdict) == [.slower, .same] && right.rows[0].stage == .confirm)
    let wrong = document(["b": "C[0] is off"])
    #expect(wrong.hasWrongAnswers && wrong.rows[1].verdict == .inconclusive)
    let text = try JSON.text(right)
    #expect(try JSON.value(CompareDocument.self, from: Array(text.utf8)) == right)
  }
}
