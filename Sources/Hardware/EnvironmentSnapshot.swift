import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kernel's running counters at one instant; two of them make an `EnvironmentEvidence`.
public struct EnvironmentSnapshot: Sendable, Equatable {
  /// When, in nanoseconds of a clock that only runs forward.
  public var nanoseconds: UInt64
  /// Processor time of the whole machine.
  public var processorTime: Reading<ProcessorTime>
  /// Time each of this process's threads ran and waited for a processor.
  public var threads: Reading<[ThreadSchedule]>
  /// Time that tasks were stalled for want of a resource, by name: `cpu`, `memory`, `io`.
  public var pressure: [String: Reading<Pressure>]
  /// Times that any core throttled itself for heat.
  public var thermalThrottles: Reading<Int>
  /// Times that a CPU quota stopped this process's control groups.
  public var quotaThrottling: Reading<QuotaThrottling>
  /// Page faults and context switches of this process.
  public var usage: ProcessUsage
  /// Lowest and highest frequency of any core, in hertz.
  public var frequency: Reading<FrequencyRange>
  /// Tasks that ran or wanted to, averaged over the last minute.
  public var loadAverage: Reading<Double>

  /// Reads all counters.
  ///
  /// - Parameters:
  ///   - files: where `/proc` and `/sys` are.
  ///   - usage: the process's own account.
  ///   - nanoseconds: the time now.
  ///
  /// Cost: about twenty small files, one for every thread, and two for every core.
  public static func take(
    from files: SystemFiles = .live, usage: ProcessUsage = .current(),
    nanoseconds: UInt64 = monotonicNanoseconds()
  ) -> EnvironmentSnapshot {
    EnvironmentSnapshot(
      nanoseconds: nanoseconds, processorTime: ProcessorTime.read(from: files),
      threads: ThreadSchedule.read(from: files),
      pressure: Dictionary(
        uniqueKeysWithValues: ["cpu", "memory", "io"].map {
          ($0, Pressure.read($0, from: files))
        }),
      thermalThrottles: thermalThrottles(files),
      quotaThrottling: QuotaThrottling.read(from: files), usage: usage,
      frequency: FrequencyRange.read(from: files), loadAverage: loadAverage(files))
  }

  /// Nanoseconds of the system's monotonic clock.
  public static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// Each core counts for itself; the package's own count is the same for all of its cores.
  private static func thermalThrottles(_ files: SystemFiles) -> Reading<Int> {
    let folder = "/sys/devices/system/cpu"
    let counts = files.numbered("cpu", in: folder).compactMap {
      files.integer("\(folder)/cpu\($0)/thermal_throttle/core_throttle_count").value
    }
    guard !counts.isEmpty else {
      return .unavailable("\(folder)/cpu*/thermal_throttle: no core counts")
    }
    return .value(counts.reduce(0) { $0 &+ $1 })
  }

  private static func loadAverage(_ files: SystemFiles) -> Reading<Double> {
    files.text("/proc/loadavg").flatMap { text in
      Reading(
        text.split(separator: " ").first.flatMap { Double($0) },
        orReason: "/proc/loadavg: '\(text.prefix(40))' is no load average")
    }
  }
}
