#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What this process has caused since it started, all threads together.
public struct ProcessUsage: Sendable, Equatable, Codable {
  /// Page faults that had to wait for a disk.
  public var majorFaults: Int
  /// Page faults served from memory.
  public var minorFaults: Int
  /// Context switches because a thread waited for something.
  public var voluntarySwitches: Int
  /// Context switches because the scheduler took the processor away.
  public var involuntarySwitches: Int

  /// Memberwise.
  public init(
    majorFaults: Int, minorFaults: Int, voluntarySwitches: Int, involuntarySwitches: Int
  ) {
    self.majorFaults = majorFaults
    self.minorFaults = minorFaults
    self.voluntarySwitches = voluntarySwitches
    self.involuntarySwitches = involuntarySwitches
  }

  /// Asks `getrusage`, which cannot fail for the calling process.
  public static func current() -> ProcessUsage {
    var usage = rusage()
    // RUSAGE_SELF, which Glibc shows to Swift as another type than getrusage takes.
    getrusage(0, &usage)
    return ProcessUsage(
      majorFaults: Int(usage.ru_majflt), minorFaults: Int(usage.ru_minflt),
      voluntarySwitches: Int(usage.ru_nvcsw), involuntarySwitches: Int(usage.ru_nivcsw))
  }

  static func - (later: ProcessUsage, earlier: ProcessUsage) -> ProcessUsage {
    ProcessUsage(
      majorFaults: later.majorFaults - earlier.majorFaults,
      minorFaults: later.minorFaults - earlier.minorFaults,
      voluntarySwitches: later.voluntarySwitches - earlier.voluntarySwitches,
      involuntarySwitches: later.involuntarySwitches - earlier.involuntarySwitches)
  }
}
