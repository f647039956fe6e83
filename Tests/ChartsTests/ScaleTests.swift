import Testing

@testable import Charts

@Suite struct ScaleTests {
  static let domains: [ClosedRange<Double>] = [
    0...1, 0...7.3, -4...9, 1e-9...3e-9, 2e12...9e13, 99.5...100.5, 0...1e300, -1e-300...1e-300,
    5...5, 0...0, 0.3...70_000, 8...9, -1.7e308...1.7e308, 1.7e308...1.7e308, 0...(.infinity),
  ]

  @Test(arguments: domains, [2, 3, 5, 10])
  func ticksAreRoundFewAndInside(_ domain: ClosedRange<Double>, _ most: Int) {
    for kind in [Scale.Kind.linear, .logarithmic] {
      let scale = Scale(kind, domain: domain, from: 0, to: 100)
      let ticks = scale.ticks(atMost: most)
      #expect((1...most).contains(ticks.count), "\(kind) \(domain) \(ticks)")
      #expect(zip(ticks, ticks.dropFirst()).allSatisfy { $0 < $1 })
      let air = (scale.domain.upperBound - scale.domain.lowerBound) * 1e-6
      #expect(
        ticks.allSatisfy {
          $0 >= scale.domain.lowerBound - air && $0 <= scale.domain.upperBound + air
        }, "\(kind) \(domain) \(ticks)")
    }
  }

  @Test func theUsualOnes() {
    #expect(Scale(.linear, domain: 0...10, from: 0, to: 1).ticks(atMost: 6) == [0, 2, 4, 6, 8, 10])
    #expect(Scale(.linear, domain: 0...1, from: 0, to: 1).ticks(atMost: 3) == [0, 0.5, 1])
    #expect(
      Scale(.logarithmic, domain: 0.9...1100, from: 0, to: 1).ticks(atMost: 4) == [
        1, 10, 100, 1000,
      ]
    )
  }

  @Test(arguments: domains)
  func positionsAreFiniteAndOrdered(_ domain: ClosedRange<Double>) {
    for kind in [Scale.Kind.linear, .logarithmic] {
      let scale = Scale(kind, domain: domain, from: 300, to: 20)
      let values = [
        -.infinity, -1, 0, domain.lowerBound, domain.upperBound, .infinity, Double.nan,
      ]
      for value in values { #expect((20...300).contains(scale.position(value))) }
      #expect(scale.position(scale.domain.lowerBound) == 300)
      #expect(scale.position(scale.domain.upperBound) == 20)
    }
  }

  @Test(arguments: [[10, 11, 12], [0, 0, 0, 0], [95, 99, 100], []])
  func spreadLabelsAreApart(_ wanted: [Double]) {
    let heights = LabelPlaces.spread(wanted, gap: 15, in: 0...100).sorted()
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 15 - 1e-9 })
    #expect(heights.allSatisfy { (0...100).contains($0) })
  }
}
