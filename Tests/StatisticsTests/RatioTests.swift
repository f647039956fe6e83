import Statistics
import Testing

@Suite struct RatioTests {
  @Test func theRatioOfExactFiguresIsExact() throws {
    let ratio = try #require(Estimate(exactly: 3).ratio(to: Estimate(exactly: 2)))
    #expect([ratio.low, ratio.value, ratio.high].allSatisfy { abs($0 - 1.5) < 1e-15 })
  }

  /// One side exact: the interval is the other's, upside down where that is below the line.
  @Test func theIntervalIsThatOfTheUncertainSide() throws {
    let estimate = Estimate(value: 2, low: 1, high: 5)
    let above = try #require(estimate.ratio(to: Estimate(exactly: 1)))
    let below = try #require(Estimate(exactly: 1).ratio(to: estimate))
    #expect(abs(above.low - 1) < 1e-14 && abs(above.high - 5) < 1e-14)
    #expect(abs(below.low - 0.2) < 1e-14 && abs(below.high - 1) < 1e-14)
  }

  @Test func figuresWithoutALogarithmHaveNone() {
    let one = Estimate(exactly: 1)
    for wrong in [0, -1, .nan, .infinity] {
      #expect(Estimate(exactly: wrong).ratio(to: one) == nil)
      #expect(one.ratio(to: Estimate(exactly: wrong)) == nil)
    }
  }

  @Test func momentsOfASample() {
    let sample = Sample([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(sample.mean == 5)
    #expect(sample.standardDeviation == (32.0 / 7).squareRoot())
    #expect(sample.rootMeanSquare == 29.0.squareRoot())
    #expect(Sample([1]).standardDeviation == nil && Sample().mean == nil)
  }

  /// χ² with 7 degrees of freedom is below 3.822 in 20 of a hundred samples (printed tables).
  @Test func theLimitOfTheDeviation() throws {
    let sample = Sample([2, 4, 4, 4, 5, 5, 7, 9])
    let limit = try #require(sample.standardDeviationLimit(confidence: 0.8))
    #expect(abs(limit / (32.0 / 3.822).squareRoot() - 1) < 0.005)
    let two = try #require(Sample([1, 2]).standardDeviationLimit(confidence: 0.999))
    #expect(two.isFinite)
  }

  /// 2,000 observations, as a long run has: 0.5ⁿ is zero there.
  @Test func manyObservationsHaveANarrowInterval() throws {
    let interval = try #require(Sample((1...2000).map(Double.init)).medianInterval)
    #expect(interval == Estimate(value: 1000.5, low: 956, high: 1045))
  }
}
