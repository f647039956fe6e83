import Testing

@testable import Hardware

#if os(Linux)
  @Suite struct WaitMeterTests {
    @Test func threadsOfThisProcessAreRead() {
      let meter = WaitMeter()
      let before = meter.read()
      #expect(!before.isEmpty && before.allSatisfy { $0 >= 0 })
      let now = meter.read()
      #expect(zip(now, before).allSatisfy { $0 >= $1 }, "waits only grow")
    }

    @Test func theLongestWaitIsTold() {
      let meter = WaitMeter()
      let now = meter.read()
      // Had the first thread waited for a second less before, it would have waited one since.
      let earlier = [now[0] - 1_000_000_000] + now.dropFirst()
      let wait = meter.longestWait(since: earlier)
      #expect(wait >= 1)
      #expect(meter.longestWait(since: now.map { $0 + 3_600_000_000_000 }) == 0)
    }
  }
#endif
