import Units

/// What of the system's state and settings holds a box back, as of now.
public struct HealthFacts: Sendable, Equatable {
  /// What limits this process's memory; the binding one and the machine's own among them.
  public var memory: Reading<AvailableMemory>
  /// Bytes that lie in swap space.
  public var swapUsed: Reading<Bytes>
  /// Share of the last minute in which some task was stalled for want of memory, 0 to 1.
  public var memoryPressure: Reading<Double>
  /// Who gets transparent huge pages: `always`, `madvise` or `never`.
  public var transparentHugePages: Reading<String>
  /// Processors' worth of time that control groups allow.
  public var cpuQuota: Reading<Double>
  /// The cores' clocks.
  public var clock: Reading<ClockState>
  /// Share of the time since the start that the worst-off core spent throttled for heat, 0 to 1.
  public var throttledShare: Reading<Double>
  /// Memory channels with a module in them.
  public var memoryChannels: Reading<Int>

  /// Memberwise.
  public init(
    memory: Reading<AvailableMemory>, swapUsed: Reading<Bytes>, memoryPressure: Reading<Double>,
    transparentHugePages: Reading<String>, cpuQuota: Reading<Double>, clock: Reading<ClockState>,
    throttledShare: Reading<Double>, memoryChannels: Reading<Int>
  ) {
    self.memory = memory
    self.swapUsed = swapUsed
    self.memoryPressure = memoryPressure
    self.transparentHugePages = transparentHugePages
    self.cpuQuota = cpuQuota
    self.clock = clock
    self.throttledShare = throttledShare
    self.memoryChannels = memoryChannels
  }

  /// Reads them all; nothing here needs privilege. macOS has none of these files: there all but the
  /// memory is unavailable.
  ///
  /// Cost: some files a core, and what `ClockState.read` takes.
  public static func read(from files: SystemFiles = .live) -> HealthFacts {
    HealthFacts(
      memory: AvailableMemory.read(from: files), swapUsed: swapUsed(files),
      memoryPressure: memoryPressure(files),
      transparentHugePages: Paging.read(from: files).transparentHugePages,
      cpuQuota: EnvironmentFacts.cpuQuota(files), clock: ClockState.read(from: files),
      throttledShare: throttledShare(files), memoryChannels: MemoryChannels.populated(from: files))
  }

  private static func swapUsed(_ files: SystemFiles) -> Reading<Bytes> {
    files.lines("/proc/meminfo").flatMap { lines in
      let fields = KeyedText(lines, separator: ":")
      guard let total = fields.kibibytes("SwapTotal"), let free = fields.kibibytes("SwapFree")
      else { return .unavailable("/proc/meminfo: neither SwapTotal nor SwapFree") }
      return .value(Bytes(max(0, total - free)))
    }
  }

  /// `avg60` of the line `some avg10=0.00 avg60=0.00 …`, which is in percent.
  private static func memoryPressure(_ files: SystemFiles) -> Reading<Double> {
    let path = "/proc/pressure/memory"
    return files.lines(path).flatMap { lines in
      let key = "avg60="
      let word = KeyedText(lines, separator: " ")["some"]?.split(separator: " ")
        .first { $0.hasPrefix(key) }
      return Reading(
        word.flatMap { Double($0.dropFirst(key.count)) }.map { $0 / 100 },
        orReason: "\(path): no \(key) in the line 'some'")
    }
  }

  private static func throttledShare(_ files: SystemFiles) -> Reading<Double> {
    let folder = "/sys/devices/system/cpu"
    let worst = files.numbered("cpu", in: folder).compactMap {
      files.integer("\(folder)/cpu\($0)/thermal_throttle/core_throttle_total_time_ms").value
    }.max()
    let up = files.text("/proc/uptime").value?.split(separator: " ").first.flatMap { Double($0) }
    guard let worst, let up, up > 0 else {
      return .unavailable("\(folder)/cpu*/thermal_throttle: no core tells for how long")
    }
    return .value(min(1, Double(worst) / 1000 / up))
  }
}
