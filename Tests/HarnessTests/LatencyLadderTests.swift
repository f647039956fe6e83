import Statistics
import Testing
import Units

@testable import Harness

@Suite struct LatencyLadderTests {
  /// A ladder in nanoseconds over working sets that double from 4 KiB.
  private func ladder(_ nanoseconds: [Double]) -> LatencyLadder {
    LatencyLadder(
      rungs: nanoseconds.enumerated().map { index, latency in
        .init(workingSet: .kibibytes(4 << index), latency: Estimate(exactly: latency * 1e-9))
      })
  }

  @Test func threeCachesAndMemory() {
    //          4K   8K   16K  32K  64K  128K 256K 512K 1M   2M  4M  8M  16M 32M 64M 128M 256M
    let levels = ladder([
      1.4, 1.4, 1.4, 1.4, 4.0, 4.1, 4.1, 4.3, 12, 13, 13, 13, 14, 15, 80, 105, 110,
    ]).levels
    #expect(
      levels.map(\.capacity) == [.kibibytes(32), .kibibytes(512), .mebibytes(32), nil])
    #expect(levels.map { ($0.latency.value * 1e10).rounded() } == [14, 41, 130, 1075])
  }

  @Test func aClimbOverSeveralRungsIsOneBoundary() {
    let levels = ladder([1, 1, 1, 1.3, 2, 3, 3.05, 4, 4, 4, 4]).levels
    #expect(levels.map(\.capacity) == [.kibibytes(32), nil])
  }

  /// Measured on a core with 1 MiB of second-level cache, whose last level neighbours fill.
  @Test func aCacheEndsAtTheSteepestStep() {
    //          128K 256K 512K 1M   2M    4M    8M    16M
    let nanoseconds = [3.1, 3.1, 3.5, 8.4, 61.2, 95.3, 115.7, 130.2]
    let levels = ladder([0.9, 0.9, 0.9, 0.9, 3.1] + nanoseconds).levels
    #expect(levels.map(\.capacity) == [.kibibytes(32), .mebibytes(1), nil])
  }

  @Test func noiseIsNoBoundary() {
    #expect(ladder([1, 1.2, 1, 1.1, 1.25, 1.1]).levels.map(\.capacity) == [nil])
  }

  @Test func stillClimbingAtTheEnd() {
    let levels = ladder([1, 1, 1, 2, 4, 8]).levels
    #expect(levels.map(\.capacity) == [.kibibytes(16), nil])
    #expect(levels.last?.latency.value == 8e-9)
  }

  @Test func emptyAndSingle() {
    #expect(LatencyLadder(rungs: []).levels.isEmpty)
    #expect(ladder([2]).levels.map(\.capacity) == [nil])
  }
}

@Suite struct LatencyCeilingTests {
  /// Noise can show more steps than the three caches that scripts ask for, or none.
  @Test(arguments: 0...6)
  func everyNumberOfLevelsHasItsNames(count: Int) {
    let levels = (0..<count).map {
      LatencyLadder.Level(
        capacity: .kibibytes(32 << $0), latency: .init(exactly: Double($0 + 1) * 1e-9))
    }
    let ceilings = Profiler.latencies(levels, observations: 9)
    let caches = max(3, count - 1)
    #expect(
      ceilings.map(\.name) == (1...caches).map { "latency_l\($0)" } + ["latency_memory"])
    #expect(ceilings.filter { $0.value != nil }.count == count)
  }
}
