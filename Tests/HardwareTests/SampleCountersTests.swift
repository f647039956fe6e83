import Hardware
import Testing

@Suite struct SampleCountersTests {
  private static let files = [
    "/proc/stat": "cpu  100 0 50 1000 5 0 2 40 0 0\n",
    "/proc/self/task/11/schedstat": "5000 1000 3\n", "/proc/self/task/12/schedstat": "9000 0 1\n",
    "/proc/321/task/321/schedstat": "9000 77 1\n",
  ]

  @Test func aSampleIsWhatHappenedBetweenTwoReadings() throws {
    let fixture = try Fixture(Self.files)
    let before = SampleCounters.take(from: fixture.files)
    try fixture.write([
      "/proc/stat": "cpu  100 0 50 1000 5 0 2 45 0 0\n",
      "/proc/self/task/11/schedstat": "5000 1000 3\n",
      "/proc/self/task/12/schedstat": "9000 3000000 1\n",
    ])
    let evidence = SampleCounters.take(from: fixture.files).difference(since: before)
    let steal = try #require(evidence.stealSeconds)
    #expect(steal > 0 && evidence.waitSeconds == 0.003)
    #expect(evidence.majorFaults != nil && evidence.contextSwitches != nil)
    try fixture.write(["/proc/stat": "cpu  100 0 50 1000 5 0 2 50 0 0\n"])
    let twice = SampleCounters.take(from: fixture.files).difference(since: before)
    #expect(twice.stealSeconds == 2 * steal)
  }

  @Test func anotherProcessHasItsOwnThreadsAndNoUsage() throws {
    let fixture = try Fixture(Self.files)
    let counters = SampleCounters.take(process: 321, from: fixture.files)
    #expect(counters.threads?.map(\.waiting) == [77] && counters.usage == nil)
    #expect(counters.stolen == 40)
  }

  @Test func whatCanNotBeReadIsNil() throws {
    let counters = SampleCounters.take(from: try Fixture().files)
    let evidence = counters.difference(since: counters)
    #expect(evidence.stealSeconds == nil && evidence.waitSeconds == nil)
    #expect(evidence.majorFaults == 0)
  }

  @Test func aCounterThatRanBackwardsTellsNothing() {
    let evidence = SampleCounters(stolen: 1).difference(since: SampleCounters(stolen: 2))
    #expect(evidence.stealSeconds == nil)
  }
}
