#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few counters that are read before and after every sample: an `EnvironmentSnapshot` in small.
public struct SampleCounters: Sendable, Equatable {
  /// Ticks of all processors that the hypervisor gave to others; nil where nobody tells.
  public var stolen: Int?
  /// What the scheduler did with the threads of the measured process.
  public var threads: [ThreadSchedule]?
  /// Faults and switches of the measured process; nil for another process than this one.
  public var usage: ProcessUsage?

  /// Memberwise.
  public init(stolen: Int? = nil, threads: [ThreadSchedule]? = nil, usage: ProcessUsage? = nil) {
    (self.stolen, self.threads, self.usage) = (stolen, threads, usage)
  }

  /// Reads the counters of `process`, or of this one.
  ///
  /// Cost: two small files and one for every thread, some ten microseconds each.
  public static func take(
    process: Int32? = nil, from files: SystemFiles = .live
  ) -> SampleCounters {
    SampleCounters(
      stolen: ProcessorTime.read(from: files).value?.stolen,
      threads: ThreadSchedule.read(process: process, from: files).value,
      usage: process == nil ? .current() : nil)
  }

  /// What happened since `earlier`; a counter that ran backwards tells nothing.
  public func difference(since earlier: SampleCounters) -> SampleEvidence {
    SampleEvidence(
      stealSeconds: both(stolen, earlier.stolen).flatMap { later, earlier in
        later < earlier ? nil : Double(later - earlier) / Self.ticksPerSecond
      },
      waitSeconds: both(threads, earlier.threads).map { later, earlier in
        Double(ThreadSchedule.waits(later, since: earlier).max() ?? 0) * 1e-9
      },
      majorFaults: both(usage, earlier.usage).map { $0.majorFaults - $1.majorFaults },
      contextSwitches: both(usage, earlier.usage).map { later, earlier in
        let change = later - earlier
        return change.voluntarySwitches + change.involuntarySwitches
      })
  }

  private static var ticksPerSecond: Double { Double(max(sysconf(Int32(_SC_CLK_TCK)), 1)) }

  private func both<Value>(_ later: Value?, _ earlier: Value?) -> (Value, Value)? {
    later.flatMap { later in earlier.map { (later, $0) } }
  }
}

/// What the system did during one sample; nil where it doesn't tell.
public struct SampleEvidence: Sendable, Equatable {
  /// Processor time that the hypervisor gave to others, of all processors together; in whole ticks.
  public var stealSeconds: Double?
  /// How long the worst-off thread waited for a processor.
  public var waitSeconds: Double?
  /// Page faults that waited for a disk.
  public var majorFaults: Int?
  /// Context switches, voluntary or not.
  public var contextSwitches: Int?
}
