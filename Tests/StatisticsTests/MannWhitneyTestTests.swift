import Statistics
import Testing

@Suite struct MannWhitneyTestTests {
  @Test func exactMatchesEnumeration() throws {
    var generator = Seeded(seed: 5)
    for (n, m) in [(1, 1), (2, 5), (4, 4), (5, 3), (6, 6)] {
      let all = (0..<(n + m)).map(Double.init).shuffled(using: &generator)
      let (a, b) = (Array(all.prefix(n)), Array(all.suffix(m)))
      let test = try #require(MannWhitneyTest(a, b))
      #expect(test.isExact)
      let smaller = min(test.u, Double(n * m) - test.u)
      // Every choice of which ranks the first sample has.
      let choices = (0..<(1 << (n + m))).filter { $0.nonzeroBitCount == n }
      let extreme = choices.count { choice in
        let ranks = (0..<(n + m)).filter { choice >> $0 & 1 == 1 }
        return Double(ranks.reduce(0, +) - n * (n - 1) / 2) <= smaller
      }
      let expected = min(1, 2 * Double(extreme) / Double(choices.count))
      #expect(abs(test.p - expected) < 1e-14)
    }
  }

  @Test func uCountsPairs() throws {
    let test = try #require(MannWhitneyTest([3, 5], [1, 3, 4]))
    #expect(test.u == 1.5 + 3)
    #expect(!test.isExact)
    #expect(MannWhitneyTest([3, 5], [1, 3, 4])?.p == MannWhitneyTest([1, 3, 4], [3, 5])?.p)
  }

  /// Figures of SciPy 1.17.1, `mannwhitneyu`: `method="exact"`, and `"asymptotic"` with ties.
  @Test func figuresMatchSciPy() throws {
    let exact = try #require(
      MannWhitneyTest(
        [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46],
        [1.15, 0.88, 0.90, 0.74, 1.21]))
    #expect(exact.u == 35 && exact.isExact && abs(exact.p - 0.2544122544122544) < 1e-15)
    let tied = try #require(
      MannWhitneyTest([1, 2, 2, 3, 3, 3, 4, 5], [2, 3, 4, 4, 5, 5, 6, 7, 7]))
    #expect(tied.u == 13.5 && !tied.isExact && abs(tied.p - 0.03175895714806371) < 1e-14)
  }

  @Test func equalSamplesShowNothing() {
    #expect(MannWhitneyTest([2, 2, 2], [2, 2])?.p == 1)
    #expect(MannWhitneyTest([], [1]) == nil)
    #expect(MannWhitneyTest([1], [.nan]) == nil)
  }

  @Test func falseAlarmsAreAsManyAsPromised() throws {
    var generator = Seeded(seed: 11)
    let trials = 2000
    for (n, m) in [(6, 9), (30, 25)] {
      var alarms = 0
      for _ in 0..<trials {
        func sample(_ count: Int) -> [Double] {
          (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }
        }
        if try #require(MannWhitneyTest(sample(n), sample(m))).p <= 0.05 { alarms += 1 }
      }
      #expect(
        Double(alarms) <= 0.05 * Double(trials) + 3 * (0.05 * 0.95 * Double(trials)).squareRoot())
    }
  }
}
