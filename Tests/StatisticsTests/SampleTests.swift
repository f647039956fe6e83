import Testing

@testable import Statistics

@Suite struct SampleTests {
  @Test func emptySampleHasNoFigures() {
    #expect(Sample().median == nil)
    #expect(Sample().medianInterval == nil)
    #expect(Sample().drift == nil)
  }

  @Test(
    arguments: [([3], 3), ([1, 9], 5), ([7, 1, 3], 3), ([4, 1, 3, 2], 2.5)] as [([Double], Double)])
  func medianIsTheMiddle(values: [Double], expected: Double) {
    #expect(Sample(values).median == expected)
  }

  @Test func quantilesInterpolate() {
    let sample = Sample([0, 10, 20, 30, 40])
    #expect(sample.quantile(0) == 0)
    #expect(sample.quantile(0.25) == 10)
    #expect(sample.quantile(0.9) == 36)
    #expect(sample.quantile(2) == 40)
  }

  /// The ranks of Conover's table: two-sided 95 % for the median.
  @Test(arguments: [(1, 0), (5, 0), (6, 1), (8, 1), (9, 2), (12, 3), (15, 4), (20, 6), (25, 8)])
  func intervalRankMatchesTheTable(count: Int, rank: Int) {
    #expect(Sample.intervalRank(count: count) == rank)
  }

  @Test func intervalLeavesTheTailsOut() throws {
    let values = (1...20).map(Double.init).shuffled()
    let interval = try #require(Sample(values).medianInterval)
    #expect(interval == Estimate(value: 10.5, low: 6, high: 15))
  }

  @Test func fewObservationsGiveTheirRange() {
    #expect(Sample([5, 1, 3]).medianInterval == Estimate(value: 3, low: 1, high: 5))
  }

  /// Coverage by simulation with a seeded generator: the true median lies inside at least as often as
  /// promised, less three standard errors.
  @Test func intervalCoversTheTrueMedian() {
    var state: UInt64 = 42
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 53)
    }
    var covered = 0
    let trials = 4000
    for _ in 0..<trials {
      // u³ is skewed; its median is 1/8.
      let sample = Sample(
        (0..<15).map { _ in
          let u = uniform()
          return u * u * u
        })
      if let interval = sample.medianInterval, interval.low <= 0.125, interval.high >= 0.125 {
        covered += 1
      }
    }
    let error = 3 * (0.95 * 0.05 / Double(trials)).squareRoot()
    #expect(Double(covered) / Double(trials) >= 0.95 - error)
  }

  @Test func driftComparesHalves() {
    #expect(Sample([10, 10, 12, 12]).drift == 0.19999999999999996)
    #expect(Sample([10, 10, 12]).drift == nil)
  }
}
