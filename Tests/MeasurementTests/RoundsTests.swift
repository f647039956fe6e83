import Statistics
import Synchronization
import Testing

@testable import Measurement

/// A clock that only moves when told to.
final class ScriptedClock: Clock {
  private let now = Mutex<UInt64>(0)
  func nanoseconds() -> UInt64 { now.withLock { $0 } }
  func advance(seconds: Double) { now.withLock { $0 += UInt64(seconds * 1e9) } }
}

@Suite struct RoundsTests {
  private let clock = ScriptedClock()

  private func probe(_ name: String, _ values: [Double]) -> Probe {
    var index = -1
    return Probe(name: name, unit: "s", threads: 1) {
      clock.advance(seconds: 0.25)
      index += 1
      return values[index % values.count]
    }
  }

  private func rule(rounds: ClosedRange<Int>, time: Double, width: Double) -> StoppingRule {
    StoppingRule(
      minimumRounds: rounds.lowerBound, maximumRounds: rounds.upperBound, timeLimit: time,
      relativeWidth: width)
  }

  @Test func firstRoundIsThrownAway() {
    let rounds = Rounds(clock: clock, rule: rule(rounds: 3...3, time: 100, width: 0))
    let (samples, reason) = rounds.run([probe("a", [99, 1, 2, 3])])
    #expect(samples == [Sample([1, 2, 3])])
    #expect(reason == .rounds)
  }

  @Test func probesTakeTurns() {
    var order: [String] = []
    let probes = ["a", "b"].map { name in
      Probe(name: name, unit: "s", threads: 1) {
        order.append(name)
        return 1
      }
    }
    _ = Rounds(clock: clock, rule: rule(rounds: 2...2, time: 1, width: 0)).run(probes)
    #expect(order == ["a", "b", "a", "b", "a", "b"])
  }

  @Test func anOrderOfItsOwnForEachRound() {
    var order: [String] = []
    let probes = ["a", "b"].map { name in
      Probe(name: name, unit: "s", threads: 1) {
        order.append(name)
        return name == "a" ? 1 : 2
      }
    }
    let rounds = Rounds(clock: clock, rule: rule(rounds: 2...2, time: 1, width: 0)) {
      round, count in
      round == 2 ? Array((0..<count).reversed()) : Array(0..<count)
    }
    let (samples, _) = rounds.run(probes)
    #expect(order == ["a", "b", "a", "b", "b", "a"])
    #expect(samples == [Sample([1, 1]), Sample([2, 2])])
  }

  @Test func steadyFiguresWaitForTheMinimumTime() {
    var rule = rule(rounds: 1...100, time: 100, width: 0.01)
    #expect(Rounds(clock: clock, rule: rule).run([probe("a", [5])]).samples[0].count == 6)
    rule.minimumTime = 4
    let (samples, reason) = Rounds(clock: clock, rule: rule).run([probe("a", [5])])
    #expect(samples[0].count == 16 && reason == .narrow)
  }

  @Test func resolutionIsTheSmallestStep() {
    #expect(clock.resolution == 1e-9)  // A clock that stands still.
    #expect(MonotonicClock().resolution >= 1e-9 && MonotonicClock().resolution < 1e-3)
  }

  @Test func overheadIsTheTimeOfAReading() {
    struct Steps: Clock {
      let count = Count()
      final class Count: Sendable { let value = Mutex<UInt64>(0) }
      func nanoseconds() -> UInt64 {
        count.value.withLock { value in
          value += 25
          return value
        }
      }
    }
    #expect(abs(Steps().overhead - 25e-9) < 1e-15)
    #expect(clock.overhead == 0)
  }

  @Test func steadyFiguresEndEarly() {
    let rounds = Rounds(clock: clock, rule: rule(rounds: 6...100, time: 100, width: 0.01))
    let (samples, reason) = rounds.run([probe("a", [5])])
    #expect(reason == .narrow)
    #expect(samples[0].count == 6)
  }

  @Test func unsteadyFiguresUseTheTime() {
    let rounds = Rounds(clock: clock, rule: rule(rounds: 2...100, time: 5, width: 0.01))
    let (samples, reason) = rounds.run([probe("a", [1, 2, 3, 4, 5, 6, 7])])
    #expect(reason == .time)
    #expect(samples[0].count == 20)
  }

  @Test func interruptionKeepsWhatIsThere() {
    var asked = 0
    let rounds = Rounds(clock: clock, rule: rule(rounds: 9...9, time: 100, width: 0))
    let (samples, reason) = rounds.run(
      [probe("a", [1])],
      isInterrupted: {
        asked += 1
        return asked > 4
      })
    #expect(reason == .interrupted)
    #expect(samples[0].count == 3)
  }

  @Test func clockNeverGoesBack() {
    let clock = MonotonicClock()
    var last = clock.nanoseconds()
    for _ in 0..<1000 {
      let now = clock.nanoseconds()
      #expect(now >= last)
      last = now
    }
  }
}
