import Hardware
import Units

/// What the system's state and settings say of a box's health: while it was measured, and now.
struct SystemHealth {
  let profile: Profile
  let facts: HealthFacts

  var findings: [HealthFinding] {
    [
      overheated, stopped, atFloor, capped, heat, channels, quota, affinity, memoryLimit, hugePages,
      swap, pressure,
    ].compactMap(\.self)
  }

  private static func percent(_ share: Double) -> String { Decimal.fixed(share * 100, 1) + " %" }
  private static func gigahertz(_ hertz: Double) -> String {
    Decimal.fixed(hertz / 1e9, 2) + " GHz"
  }

  // MARK: Clocks

  private var overheated: HealthFinding? {
    guard let times = profile.environment.thermalThrottles.value, times > 0 else { return nil }
    return HealthFinding(
      code: "thermal-throttle", severity: .sick,
      found: "cores throttled themselves for heat \(times) times during the measurement",
      expected: "none in ten seconds",
      advice: "clean fans and filters, improve the cooling, or set a lower power limit")
  }

  /// Laptops throttle for moments and are well. A core that spends a hundredth of its life so doesn't.
  private var heat: HealthFinding? {
    guard let share = facts.throttledShare.value, share > 0.01 else { return nil }
    return HealthFinding(
      code: "thermal-history", severity: .limited,
      found: "a core spent \(Self.percent(share)) of the time since the start throttled for heat",
      expected: "at most 1 %",
      advice: "clean fans and filters, improve the cooling, or set a lower power limit")
  }

  private var atFloor: HealthFinding? {
    guard let clock = facts.clock.value, clock.isAtFloor else { return nil }
    return HealthFinding(
      code: "clock-at-floor", severity: .sick,
      found: "a busy core runs at \(Self.gigahertz(clock.busy)), the slowest clock there is",
      expected: "up to \(Self.gigahertz(clock.maximum))",
      advice:
        "choose another governor or power plan (cpupower frequency-set -g performance), see whether "
        + "the power supply is known to the firmware, and the cooling")
  }

  /// Four fifths: settings for quiet or long life take a tenth or so.
  private var capped: HealthFinding? {
    guard let clock = facts.clock.value, clock.allowed < 0.8 * clock.maximum else { return nil }
    return HealthFinding(
      code: "clock-capped", severity: .limited,
      found: "no core may run above \(Self.gigahertz(clock.allowed))",
      expected: "\(Self.gigahertz(clock.maximum)), as the hardware can",
      advice:
        "raise scaling_max_freq (cpupower frequency-set), or see which daemon lowers it for heat or "
        + "power")
  }

  // MARK: Processors

  private var stopped: HealthFinding? {
    guard let periods = profile.environment.quotaThrottledPeriods.value, periods > 0 else {
      return nil
    }
    let time = profile.environment.quotaThrottledTime.value.map { ", \($0) in all" } ?? ""
    return HealthFinding(
      code: "quota-throttle", severity: .sick,
      found: "the control group's CPU quota stopped the measurement in \(periods) periods\(time)",
      expected: "none",
      advice:
        "raise the quota (cpu.max; --cpus, resources.limits.cpu), or measure with as many threads as "
        + "it allows (taskset)")
  }

  private var quota: HealthFinding? {
    guard let quota = facts.cpuQuota.value,
      let processors = profile.machine.topology.value?.allowed.count, quota < Double(processors)
    else { return nil }
    let count = Decimal.fixed(quota, quota == quota.rounded() ? 0 : 2)
    return HealthFinding(
      code: "cpu-quota", severity: .limited,
      found: "a control group allows \(count) processors' worth of time",
      expected: "\(processors), as many as the process may run on",
      advice: "raise the quota (cpu.max; --cpus, resources.limits.cpu)")
  }

  private var affinity: HealthFinding? {
    guard let topology = profile.machine.topology.value,
      topology.allowed.count < topology.online.count
    else { return nil }
    return HealthFinding(
      code: "cpu-affinity", severity: .limited,
      found: "the process may run on \(topology.allowed.count) processors",
      expected: "\(topology.online.count), as many as are online",
      advice: "start it without taskset, or raise the container's cpuset")
  }

  // MARK: Memory

  private var channels: HealthFinding? {
    guard facts.memoryChannels.value == 1 else { return nil }
    return HealthFinding(
      code: "one-memory-channel", severity: .sick,
      found: "one memory channel has modules", expected: "two at least",
      advice: "put the modules into different channels, as the board's manual has it")
  }

  /// A twentieth: what the kernel keeps for itself.
  private var memoryLimit: HealthFinding? {
    guard let limits = facts.memory.value?.limits, let all = profile.machine.memory.value,
      let least = limits.filter({ $0.kind != .system && $0.kind != .commit && $0.ceiling != nil })
        .min(by: { $0.ceiling ?? .zero < $1.ceiling ?? .zero }), let ceiling = least.ceiling,
      Double(ceiling.count) < 0.95 * Double(all.count)
    else { return nil }
    return HealthFinding(
      code: "memory-limit", severity: .limited,
      found: "\(ceiling) is the limit (\(least.source))", expected: "\(all), as the machine has",
      advice: "raise the limit (memory.max; --memory, resources.limits.memory; ulimit -v)")
  }

  /// With `madvise` programs get what they ask for, and those who need them do.
  private var hugePages: HealthFinding? {
    guard facts.transparentHugePages.value == "never" else { return nil }
    return HealthFinding(
      code: "huge-pages-off", severity: .limited,
      found: "transparent huge pages are off", expected: "madvise or always",
      advice: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled (as root)")
  }

  /// Idle pages in swap are no illness. A tenth of the memory is worth a word; more than could be taken back in
  /// means that memory is short.
  private var swap: HealthFinding? {
    guard let used = facts.swapUsed.value, let memory = profile.machine.memory.value,
      used.count > memory.count / 10
    else { return nil }
    let available = facts.memory.value?.limits.first { $0.kind == .system }?.available
    let isShort = available.map { used > $0 } ?? false
    return HealthFinding(
      code: "swap-in-use", severity: isShort ? .sick : .limited,
      found: "\(used) lie in swap space"
        + (isShort ? ", more than the \(available ?? .zero) of memory that is available" : ""),
      expected: "at most a tenth of the memory (\(Bytes(memory.count / 10)))",
      advice: "end programs that hold memory, then swapoff -a and swapon -a (as root)")
  }

  /// A twentieth of the time, as for threads that wait for a processor.
  private var pressure: HealthFinding? {
    let during = profile.environment.pressure["memory"]?.value ?? 0
    let now = facts.memoryPressure.value ?? 0
    guard max(during, now) > NoiseThresholds().wait else { return nil }
    return HealthFinding(
      code: "memory-pressure", severity: .sick,
      found:
        "tasks were stalled for want of memory in \(Self.percent(during)) of the measurement and "
        + "\(Self.percent(now)) of the last minute",
      expected: "at most \(Self.percent(NoiseThresholds().wait))",
      advice: "end programs that hold memory, or raise the control group's memory.high")
  }
}
