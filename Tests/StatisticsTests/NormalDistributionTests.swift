import Statistics
import Testing

@Suite struct NormalDistributionTests {
  /// Points of printed tables, and the points Wichura gives with AS 241.
  @Test(arguments: [
    (0.5, 0), (0.975, 1.959963984540054), (0.95, 1.6448536269514722), (0.25, -0.6744897501960817),
    (0.001, -3.090232306167814), (1e-20, -9.262340089798408),
  ])
  func quantilesMatchTheTable(p: Double, z: Double) {
    #expect(abs(NormalDistribution.quantile(p) - z) <= 1e-14 * max(abs(z), 1))
  }

  @Test(arguments: [1e-30, 1e-12, 1e-5, 0.02, 0.0749, 0.0751, 0.3, 0.5, 0.8, 0.93, 0.9999])
  func theTwoAreInverse(p: Double) {
    let found = NormalDistribution.cumulative(NormalDistribution.quantile(p))
    #expect(abs(found / p - 1) < 1e-12)
  }

  @Test func theEndsAreInfinite() {
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    #expect(NormalDistribution.quantile(1.5).isNaN && NormalDistribution.quantile(-1).isNaN)
  }
}
