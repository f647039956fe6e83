import Statistics
import Testing

@Suite struct SignFlipTestTests {
  /// All 2ⁿ sign patterns one by one.
  private func plain(_ values: [Double]) -> Double {
    let found = values.reduce(0, +)
    let slack = values.reduce(0) { $0 + abs($1) } * 1e-14
    let patterns = 1 << values.count
    let high = (0..<patterns).count { pattern in
      let sum = values.enumerated().reduce(0.0) {
        $0 + (pattern >> $1.offset & 1 == 1 ? -$1.element : $1.element)
      }
      return sum >= found - slack
    }
    return Double(high) / Double(patterns)
  }

  @Test(arguments: 1...12) func allPatternsAreCounted(count: Int) throws {
    var generator = Seeded(seed: UInt64(count))
    for shift in [-0.5, 0, 0.3, 2] {
      let values = (0..<count).map { _ in Double.random(in: -1...1, using: &generator) + shift }
      let test = try #require(SignFlipTest(values))
      #expect(test.greater == plain(values))
      #expect(test.less == plain(values.map { -$0 }))
      for level in [0.5, 0.05, test.greater, 0.999 * test.greater] {
        #expect(test.isGreater(level: level) == (test.greater <= level))
      }
    }
  }

  /// Darwin's fifteen pairs of maize, in eighths of an inch, as Fisher took them: of 32,768 sums 863 are
  /// as high as 314. Source: The Design of Experiments, §21.
  @Test func fishersExample() throws {
    let darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48].map(Double.init)
    let test = try #require(SignFlipTest(darwin))
    #expect(test.greater == 863.0 / 32768)
    #expect(test.twoSided == 1726.0 / 32768)
  }

  @Test func equalAndZeroDifferences() throws {
    #expect(SignFlipTest([0, 0, 0])?.greater == 1)
    #expect(SignFlipTest([0.05, 0.05, 0.05, 0.05])?.greater == 1.0 / 16)
    // 0.1 + 0.2 and 0.3 differ in their last bit, which must not make p smaller.
    #expect(SignFlipTest([0.1, 0.2, -0.3])?.greater == plain([1, 2, -3]))
    #expect(SignFlipTest([3, 0])?.greater == 0.5)
  }

  @Test func whatCannotBeTestedIsRefused() {
    #expect(SignFlipTest([]) == nil)
    #expect(SignFlipTest([1, .nan]) == nil && SignFlipTest([1, .infinity]) == nil)
    #expect(SignFlipTest([Double](repeating: 1, count: 41)) == nil)
  }

  @Test func fortyDifferencesAreStillExact() throws {
    let test = try #require(SignFlipTest((0..<40).map { Double($0) + 1 }))
    #expect(test.greater == 0x1p-40)
    #expect(test.less == 1)
  }

  /// The ends of the interval are where the test changes its mind.
  @Test func theIntervalInvertsTheTest() throws {
    var generator = Seeded(seed: 7)
    let values = (0..<12).map { _ in Double.random(in: 0...1, using: &generator) }
    let interval = try #require(SignFlipTest(values)?.interval())
    func p(_ shift: Double) throws -> (greater: Double, less: Double) {
      let test = try #require(SignFlipTest(values.map { $0 - shift }))
      return (test.greater, test.less)
    }
    #expect(try p(interval.low).greater <= 0.025 && p(interval.low + 1e-4).greater > 0.025)
    #expect(try p(interval.high).less <= 0.025 && p(interval.high - 1e-4).less > 0.025)
    #expect(SignFlipTest(Array(values.prefix(5)))?.interval() == nil)
    let same = try #require(SignFlipTest([Double](repeating: 0.25, count: 8))?.interval())
    #expect(same == Estimate(exactly: 0.25))
  }

  @Test func theIntervalCoversTheMean() throws {
    var generator = Seeded(seed: 3)
    let trials = 2000
    var covered = 0
    for _ in 0..<trials {
      let values = (0..<9).map { _ in
        1 + Double.random(in: -1...1, using: &generator)
          * Double.random(in: 0...1, using: &generator)
      }
      let interval = try #require(SignFlipTest(values)?.interval())
      if interval.low <= 1, interval.high >= 1 { covered += 1 }
    }
    // 2.5 % of 512 patterns are 12.8: twelve on each side make 95.3 %.
    let promised = 1 - 24.0 / 512
    let error = 3 * (promised * (1 - promised) / Double(trials)).squareRoot()
    #expect(abs(Double(covered) / Double(trials) - promised) <= error)
  }
}
