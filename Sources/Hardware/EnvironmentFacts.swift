/// Settings of the system that bear on measurements and hold for a whole run.
public struct EnvironmentFacts: Sendable, Equatable, Codable {
  /// Frequency policies in use, by name and how many cores have each.
  public var governors: Reading<[String: Int]>
  /// Whether cores may run above their nominal frequency.
  public var boost: Reading<Bool>
  /// Who gets transparent huge pages: `always`, `madvise` or `never`.
  public var transparentHugePages: Reading<String>
  /// What the kernel reads the time from: `tsc`.
  public var clockSource: Reading<String>
  /// Processors' worth of time that control groups allow, 1.5 for one and a half.
  public var cpuQuota: Reading<Double>
  /// Version of the processor's microcode.
  public var microcode: Reading<String>
  /// The kernel's version.
  public var kernel: Reading<String>
  /// What the kernel was started with, as far as it bears on speed: the rest of the command line may
  /// name disks and hosts, and profiles are shared.
  public var kernelCommandLine: Reading<String>

  /// Reads them all.
  public static func read(from files: SystemFiles = .live) -> EnvironmentFacts {
    EnvironmentFacts(
      governors: governors(files), boost: boost(files),
      transparentHugePages: Paging.read(from: files).transparentHugePages,
      clockSource: files.text(
        "/sys/devices/system/clocksource/clocksource0/current_clocksource"),
      cpuQuota: cpuQuota(files), microcode: microcode(files),
      kernel: files.text("/proc/sys/kernel/osrelease"),
      kernelCommandLine: files.text("/proc/cmdline").map(speedWords))
  }

  /// The words of a kernel command line that change how fast programs run.
  static func speedWords(of line: String) -> String {
    let names = [
      "mitigations", "isolcpus", "nohz_full", "rcu_nocbs", "transparent_hugepage", "hugepages",
      "hugepagesz", "default_hugepagesz", "intel_pstate", "amd_pstate", "intel_idle.max_cstate",
      "processor.max_cstate", "cpuidle.off", "idle", "nosmt", "maxcpus", "nr_cpus", "mem", "numa",
      "numa_balancing", "clocksource", "tsc", "spectre_v2", "nospectre_v2", "nopti", "pti",
    ]
    return line.split(separator: " ").filter { word in
      names.contains { word == $0 || word.hasPrefix($0 + "=") }
    }.joined(separator: " ")
  }

  private static let cpus = "/sys/devices/system/cpu"

  private static func governors(_ files: SystemFiles) -> Reading<[String: Int]> {
    let names = files.numbered("cpu", in: cpus).compactMap {
      files.text("\(cpus)/cpu\($0)/cpufreq/scaling_governor").value
    }
    guard !names.isEmpty else {
      return .unavailable("\(cpus)/cpu*/cpufreq/scaling_governor: no core tells")
    }
    return .value(names.reduce(into: [:]) { $0[$1, default: 0] += 1 })
  }

  /// Intel's driver tells whether it is off, all others whether it is on.
  private static func boost(_ files: SystemFiles) -> Reading<Bool> {
    files.integer("\(cpus)/intel_pstate/no_turbo").map { $0 == 0 }
      .or(files.integer("\(cpus)/cpufreq/boost").map { $0 == 1 })
  }

  private static func microcode(_ files: SystemFiles) -> Reading<String> {
    files.lines("/proc/cpuinfo").flatMap { lines in
      Reading(
        KeyedText(lines, separator: ":")["microcode"], orReason: "/proc/cpuinfo: no microcode")
    }
  }

  /// Processors' worth of time that control groups allow: the least quota of all from the own up.
  ///
  /// `cpu.max` (quota and period, or `max`) in version 2, `cpu.cfs_quota_us` (−1 for none) over
  /// `cpu.cfs_period_us` in version 1.
  public static func cpuQuota(_ files: SystemFiles) -> Reading<Double> {
    let groups = ControlGroups(files: files)
    let version2 = groups.version2.compactMap { folder -> Double? in
      let words = files.text(folder + "/cpu.max").value?.split(separator: " ") ?? []
      guard words.count == 2 else { return nil }
      return share(Int(words[0]), of: Int(words[1]))
    }
    let version1 = groups.version1("cpu").compactMap { folder in
      share(
        files.integer(folder + "/cpu.cfs_quota_us").value,
        of: files.integer(folder + "/cpu.cfs_period_us").value)
    }
    return Reading((version2 + version1).min(), orReason: "no control group sets a CPU quota")
  }

  private static func share(_ quota: Int?, of period: Int?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return Double(quota) / Double(period)
  }
}
