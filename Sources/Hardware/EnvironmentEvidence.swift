import Units

/// What the system was doing while something was measured: the reasons for which a sample may be
/// distrusted, and none of them its value.
public struct EnvironmentEvidence: Sendable, Equatable, Codable {
  /// Length of the interval.
  public var duration: Seconds
  /// Share of the machine's processor time that its hypervisor gave to others, 0 to 1.
  ///
  /// One tick is 1/100 s: over 0.1 s on two processors the smallest share above zero is 5 %.
  public var stealShare: Reading<Double>
  /// Share of the interval that the worst-off thread of this process waited for a processor, 0 to 1.
  public var waitShare: Reading<Double>
  /// Time all threads of this process waited for a processor, added up.
  public var waitTime: Reading<Seconds>
  /// Share of the interval in which some task of the machine was stalled: `cpu`, `memory`, `io`.
  public var pressure: [String: Reading<Double>]
  /// Times that a core throttled itself for heat.
  public var thermalThrottles: Reading<Int>
  /// Periods in which a CPU quota stopped this process.
  public var quotaThrottledPeriods: Reading<Int>
  /// Time it was stopped, added up over processors.
  public var quotaThrottledTime: Reading<Seconds>
  /// Page faults and context switches of this process.
  public var usage: ProcessUsage
  /// The slowest and the fastest core at both ends of the interval.
  public var frequency: Reading<FrequencyRange>
  /// Load average at the end.
  public var loadAverage: Reading<Double>
  /// Settings that hold all along; nil when nobody asked for them.
  public var facts: EnvironmentFacts?
}

extension EnvironmentSnapshot {
  /// What happened between `earlier` and this snapshot.
  ///
  /// A counter that ran backwards, as after a container was moved, is unavailable and not negative.
  public func difference(
    since earlier: EnvironmentSnapshot, facts: EnvironmentFacts? = nil
  ) -> EnvironmentEvidence {
    let wall = nanoseconds > earlier.nanoseconds ? Int(nanoseconds - earlier.nanoseconds) : 0
    let waits = threads.and(earlier.threads).map { ThreadSchedule.waits($0, since: $1) }
    let stopped = growth(of: "cpu.stat throttled time") { $0.quotaThrottling.map(\.nanoseconds) }
    func growth(
      of name: String, _ counter: (EnvironmentSnapshot) -> Reading<Int>
    ) -> Reading<Int> {
      counter(self).and(counter(earlier)).flatMap { later, earlier in
        later < earlier ? .unavailable("\(name) ran backwards") : .value(later - earlier)
      }
    }
    return EnvironmentEvidence(
      duration: Seconds(Double(wall) / 1e9), stealShare: stealShare(since: earlier),
      waitShare: waits.flatMap { Self.share($0.max() ?? 0, of: wall) },
      waitTime: waits.map { Seconds(Double($0.reduce(0) { $0 &+ $1 }) / 1e9) },
      pressure: Dictionary(
        uniqueKeysWithValues: pressure.keys.map { name in
          let stall = growth(of: "/proc/pressure/\(name)") {
            ($0.pressure[name] ?? .unavailable("not read")).map(\.some)
          }
          return (name, stall.flatMap { Self.share($0 &* 1000, of: wall) })
        }),
      thermalThrottles: growth(of: "thermal_throttle") { $0.thermalThrottles },
      quotaThrottledPeriods: growth(of: "cpu.stat nr_throttled") {
        $0.quotaThrottling.map(\.periods)
      },
      quotaThrottledTime: stopped.map { Seconds(Double($0) / 1e9) },
      usage: usage - earlier.usage,
      frequency: frequency.and(earlier.frequency).map { $0.union($1) },
      loadAverage: loadAverage, facts: facts)
  }

  private func stealShare(since earlier: EnvironmentSnapshot) -> Reading<Double> {
    processorTime.and(earlier.processorTime).flatMap { later, earlier in
      let (stolen, total) = (later.stolen - earlier.stolen, later.total - earlier.total)
      guard stolen >= 0, total > 0 else {
        return .unavailable("/proc/stat: the interval is shorter than a clock tick")
      }
      return .value(min(1, Double(stolen) / Double(total)))
    }
  }

  private static func share(_ part: Int, of whole: Int) -> Reading<Double> {
    guard whole > 0 else { return .unavailable("no time passed between the snapshots") }
    return .value(min(1, Double(part) / Double(whole)))
  }
}
