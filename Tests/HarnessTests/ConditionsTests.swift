import Hardware
import Kernels
import Measurement
import Statistics
import Synchronization
import Testing
import Units

@testable import Harness

/// Counters that a test sets: with each reading a tick is stolen, a thread waits 2 ms and a page faults.
private final class ScriptedCounters: Sendable {
  private let readings = Mutex(0)
  let isComplete: Bool

  init(isComplete: Bool = true) { self.isComplete = isComplete }

  func take() -> SampleCounters {
    let count = readings.withLock { readings in
      readings += 1
      return readings
    }
    let usage = ProcessUsage(
      majorFaults: count, minorFaults: 0, voluntarySwitches: 2 * count, involuntarySwitches: count)
    return SampleCounters(
      stolen: isComplete ? count : nil,
      threads: [ThreadSchedule(thread: 7, running: 0, waiting: 2_000_000 * count)], usage: usage)
  }
}

/// What is done around samples and at the ends of a run, on a scripted clock.
@Suite struct ConditionsTests {
  private let clock = SteppingClock()
  private let provider = ScriptedProvider("a", seconds: 1e-4)

  private func runner(_ counters: ScriptedCounters = ScriptedCounters()) -> Runner {
    Runner(
      table: .best, machine: Machine.read(), pools: WorkerPools(), providers: [provider],
      settings: .init(
        threads: [1], seed: 5,
        rule: StoppingRule(minimumRounds: 7, maximumRounds: 7, timeLimit: 1e9, relativeWidth: 0),
        memoryBudget: .mebibytes(8)),
      clock: clock, counters: { _ in counters.take() })
  }

  private func row(_ caches: CacheState, size: Int = 1) -> Row {
    Row(Question(), Parameters([("m", .count(size))]), caches: caches)
  }

  @Test func aColdSampleIsOneCallWithoutAnyBefore() throws {
    let document = try runner().run([row(.cold)], startedAt: 0)
    let result = try #require(document.results.first)
    #expect(result.id == "question/m=1,cache=cold" && result.cache == .cold)
    #expect(result.callsPerSample == 1 && provider.asked == [Int](repeating: 1, count: 8))
    // A budget of 8 MiB leaves no room to read more than a cache holds.
    #expect(
      document.environment.warnings.contains { $0.hasPrefix("caches were evicted by reading") })
  }

  @Test func aHotSampleFollowsACallOfItsOwn() throws {
    let result = try #require(try runner().run([row(.hot)], startedAt: 0).results.first)
    #expect(result.id == "question/m=1" && result.cache == .hot)
    // How many calls make a sample is found out first; then each of eight rounds warms up and measures.
    let rounds = provider.asked.suffix(16)
    #expect(Array(rounds) == (0..<16).map { $0 % 2 == 0 ? 1 : result.callsPerSample })
  }

  @Test func eachSampleHasItsEvidence() throws {
    let evidence = try #require(
      try runner().run([row(.hot)], startedAt: 0).results.first?.evidence)
    let tick = try #require(evidence.stealSeconds?.first)
    #expect(tick > 0 && evidence.stealSeconds == [Double](repeating: tick, count: 7))
    #expect(evidence.waitSeconds?.allSatisfy { abs($0 - 0.002) < 1e-12 } == true)
    #expect(evidence.majorFaults == [Int](repeating: 1, count: 7))
    #expect(evidence.contextSwitches == [Int](repeating: 3, count: 7))
  }

  @Test func whatTheSystemDoesNotTellIsNoZero() throws {
    let counters = ScriptedCounters(isComplete: false)
    let evidence = try #require(
      try runner(counters).run([row(.hot)], startedAt: 0).results.first?.evidence)
    #expect(evidence.stealSeconds == nil && evidence.majorFaults?.count == 7)
  }

  @Test func ceilingsAreMeasuredAtBothEndsAndTheirDriftIsTold() throws {
    let document = try runner().run(
      [row(.hot)], startedAt: 0, progress: { if $1 == 1 { clock.step(2_000_000) } })
    let drift = try #require(document.ceilingDrift)
    #expect(drift.map(\.name) == ["fma_f32"] && drift[0].threads == 1)
    #expect(abs(drift[0].change + 0.5) < 1e-9 && drift[0].isNotable)
    #expect(
      document.environment.warnings.contains {
        $0.hasPrefix("fma_f32 with 1 threads was 50 % lower at the end")
      })
    let steady = try runner().run([row(.hot)], startedAt: 0)
    #expect(steady.ceilingDrift?.first?.change == 0)
    #expect(!steady.environment.warnings.contains { $0.hasPrefix("fma_f32") })
  }

  @Test func anInterruptedRunHasNoOtherEnd() throws {
    #expect(
      try runner().run([row(.hot)], startedAt: 0, isInterrupted: { true }).ceilingDrift == nil)
  }

  @Test(
    arguments: [
      ([10, 11, 10], [8, 7, 8], true), ([10, 11, 10], [12, 13, 14], true),
      // Overlapping, small, and gone.
      ([10, 20, 10], [13, 13, 13], false), ([10, 10, 10], [10.5, 10.5, 10.5], false),
    ] as [([Double], [Double], Bool)])
  func driftIsNotableWhereTheEndsLieApart(start: [Double], end: [Double], isNotable: Bool) throws {
    let drift = try #require(
      CeilingDrift(.readBandwidth, threads: 2, from: Sample(start), to: Sample(end)))
    #expect(drift.isNotable == isNotable && (drift.warning != nil) == isNotable)
  }

  @Test func driftNeedsBothEnds() {
    #expect(CeilingDrift(.dotI8, threads: 1, from: Sample(), to: Sample([1])) == nil)
    #expect(CeilingDrift(.dotI8, threads: 1, from: Sample([0]), to: Sample([1])) == nil)
  }

  @Test(arguments: [(UInt64(100), false), (900, false), (1_100, true)])
  func theHarnessTellsItsOwnCost(step: UInt64, isDoubtful: Bool) throws {
    clock.step(step)
    let document = try runner().run([row(.cold)], startedAt: 0)
    let cost = try #require(document.environment.measuring)
    let seconds = Double(step) * 1e-9
    for figure in [
      cost.clockResolutionSeconds, cost.clockReadingSeconds, cost.emptyKernelSeconds,
      cost.evidenceSeconds,
    ] { #expect(abs(figure - seconds) < 1e-15) }
    #expect(
      document.environment.warnings.contains { $0.hasPrefix("a sample of an empty kernel takes") }
        == isDoubtful)
  }
}
