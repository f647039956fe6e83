import Testing

@testable import Regression

/// The two promises of the gate, counted on synthetic pairs of known truth: no clock is asked.
@Suite struct GateErrorTests {
  /// How the rows of many suites ended.
  private struct Count {
    var suites = 0
    var suitesSlower = 0
    var suitesFaster = 0
    var rows: [Verdict: Int] = [:]
    var pairs = 0

    func share(_ verdict: Verdict) -> Double {
      Double(rows[verdict] ?? 0) / Double(rows.values.reduce(0, +))
    }
  }

  private func count(
    suites: Int, effect: Double = 0, noise: SyntheticPairs.Noise = .alike
  ) -> Count {
    var count = Count()
    for seed in 0..<suites {
      var suite = SyntheticSuite(effect: effect, noise: noise, seed: seed)
      var gate = Gate(rows: SyntheticSuite.ids)
      suite.run(&gate)
      let verdicts = gate.rows.map { $0.judgement(gate.design).0 }
      count.suites += 1
      count.suitesSlower += verdicts.contains(.slower) ? 1 : 0
      count.suitesFaster += verdicts.contains(.faster) ? 1 : 0
      for verdict in verdicts { count.rows[verdict, default: 0] += 1 }
      for row in gate.rows {
        count.pairs += row.screen.differences.count + row.confirmation.differences.count
      }
    }
    return count
  }

  @Test func falseAlarmsInTenThousandSuites() {
    let count = count(suites: 10_000)
    #expect(count.suitesSlower <= 100)
    #expect(count.suitesFaster <= 100)
    #expect(count.share(.same) >= 0.99)
  }

  @Test(arguments: [SyntheticPairs.Noise.newSkewed, .oldSkewed])
  func skewOfOneProgramRaisesNoAlarm(noise: SyntheticPairs.Noise) {
    let count = count(suites: 1000, noise: noise)
    #expect(count.suitesSlower <= 10 && count.suitesFaster <= 10)
  }

  @Test(arguments: [SyntheticPairs.Noise.alike, .newSkewed, .oldSkewed])
  func fivePercentIsCaught(noise: SyntheticPairs.Noise) {
    let count = count(suites: 100, effect: GateDesign(rows: 30).target, noise: noise)
    #expect(count.share(.slower) >= 0.95)
    #expect(count.share(.same) <= 0.05 && count.share(.faster) == 0)
  }
}
