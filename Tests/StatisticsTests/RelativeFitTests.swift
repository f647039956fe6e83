import Testing

@testable import Statistics

@Suite struct RelativeFitTests {
  private func observations(
    _ coefficients: [Double], spoilt: Set<Int> = []
  ) -> [RelativeFit.Observation] {
    (0..<40).map { index in
      let terms = [1 + Double(index % 7), 1e-3 * Double(1 + index * index % 11), Double(index % 3)]
      let sum = zip(terms, coefficients).reduce(0) { $0 + $1.0 * $1.1 }
      return .init(terms: terms, measured: spoilt.contains(index) ? 3 * sum : sum)
    }
  }

  @Test func whatMadeTheFiguresIsFound() throws {
    let truth = [1.25, 300, 0.5]
    let fit = try #require(RelativeFit(observations(truth), lowest: [1, 0, 0]))
    for (found, real) in zip(fit.coefficients, truth) { #expect(abs(found / real - 1) < 0.01) }
    #expect(abs(fit.value([1, 0, 0]) - fit.coefficients[0]) < 1e-12)
  }

  /// A tenth of the figures three times too large would move a least-squares fit by a third.
  @Test func wildFiguresDoNotDecide() throws {
    let truth = [1.25, 300, 0.5]
    let rows = observations(truth, spoilt: [3, 14, 25, 36])
    let fit = try #require(RelativeFit(rows, lowest: [1, 0, 0]))
    for (found, real) in zip(fit.coefficients, truth) { #expect(abs(found / real - 1) < 0.05) }
  }

  /// Nothing is read faster than its datasheet allows, and no term has a negative price.
  @Test func coefficientsStayAboveTheirLowest() throws {
    let fit = try #require(RelativeFit(observations([0.5, 300, 0]), lowest: [1, 0, 0]))
    #expect(fit.coefficients[0] == 1 && fit.coefficients.allSatisfy { $0 >= 0 })
  }

  @Test func aTermThatIsNeverThereKeepsItsLowest() throws {
    let rows = (1...5).map {
      RelativeFit.Observation(terms: [Double($0), 0], measured: 2 * Double($0))
    }
    let fit = try #require(RelativeFit(rows, lowest: [0, 7]))
    #expect(abs(fit.coefficients[0] - 2) < 1e-9 && fit.coefficients[1] == 7)
  }

  @Test func withoutFiguresThereIsNoFit() {
    #expect(RelativeFit([], lowest: [0]) == nil)
    #expect(RelativeFit([.init(terms: [1, 2], measured: 1)], lowest: [0]) == nil)
    #expect(RelativeFit([.init(terms: [1], measured: 0)], lowest: [0]) == nil)
  }
}
