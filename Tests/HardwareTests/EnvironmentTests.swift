import Foundation
import Hardware
import Testing
import Units

@Suite struct EnvironmentTests {
  private static let quiet = ProcessUsage(
    majorFaults: 10, minorFaults: 100, voluntarySwitches: 5, involuntarySwitches: 6)

  /// A machine of which everything can be read, at some instant.
  private static func files(
    stolen: Int = 100, idle: Int = 10_000, waiting: Int = 1_000, stalled: Int = 5_000,
    throttles: Int = 3, periods: Int = 7
  ) -> [String: String] {
    [
      "/proc/stat": "cpu  100 0 50 \(idle) 5 0 2 \(stolen) 0 0\ncpu0 1 2 3\n",
      "/proc/self/task/11/schedstat": "5000 \(waiting) 3\n",
      "/proc/self/task/12/schedstat": "9000 0 1\n",
      "/proc/pressure/cpu":
        "some avg10=0.89 avg60=0.78 avg300=1.15 total=\(stalled)\nfull avg10=0.00 total=0\n",
      "/proc/loadavg": "0.52 0.60 0.71 2/310 4242\n",
      "/proc/self/mountinfo":
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
        + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "/proc/self/cgroup": "1:cpu:/job\n0::/\n",
      "/sys/fs/cgroup/cpu/job/cpu.stat":
        "nr_periods 50\nnr_throttled \(periods)\nthrottled_time \(periods * 1_000_000)\n",
      "/sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "150000\n",
      "/sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/unified/cpu.stat": "usage_usec 1\n",
      "/sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "\(throttles)\n",
      "/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq": "2400000\n",
      "/sys/devices/system/cpu/cpu1/cpufreq/scaling_cur_freq": "3100000\n",
    ]
  }

  private static func snapshot(
    _ files: [String: String], at nanoseconds: UInt64, usage: ProcessUsage = quiet
  ) throws -> EnvironmentSnapshot {
    let fixture = try Fixture(files)
    return .take(from: fixture.files, usage: usage, nanoseconds: nanoseconds)
  }

  @Test func quietInterval() throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let after = try Self.snapshot(Self.files(idle: 10_200), at: 1_000_000_000)
    let evidence = after.difference(since: before)
    #expect(evidence.duration == Seconds(1))
    #expect(evidence.stealShare == .value(0))
    #expect(evidence.waitShare == .value(0))
    #expect(evidence.pressure["cpu"] == .value(0))
    #expect(evidence.pressure["io"]?.reason?.contains("/proc/pressure/io") == true)
    #expect(evidence.frequency == .value(FrequencyRange(lowest: 2.4e9, highest: 3.1e9)))
    #expect(evidence.loadAverage == .value(0.52))
    #expect(evidence.warnings(resident: true).isEmpty)
  }

  @Test func everyDisturbanceIsSeen() throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let after = try Self.snapshot(
      Self.files(
        stolen: 106, idle: 10_194, waiting: 100_001_000, stalled: 255_000, throttles: 5,
        periods: 11),
      at: 1_000_000_000,
      usage: ProcessUsage(
        majorFaults: 12, minorFaults: 150, voluntarySwitches: 9, involuntarySwitches: 8))
    let evidence = after.difference(since: before)
    #expect(evidence.stealShare == .value(0.03))
    #expect(evidence.waitShare == .value(0.1))
    #expect(evidence.pressure["cpu"] == .value(0.25))
    #expect(evidence.thermalThrottles == .value(2))
    #expect(evidence.quotaThrottledPeriods == .value(4))
    #expect(evidence.quotaThrottledTime == .value(Seconds(0.004)))
    #expect(evidence.usage.majorFaults == 2)
    #expect(evidence.usage.minorFaults == 50)
    let codes = ["steal", "run-queue-wait", "thermal-throttle", "quota-throttle", "major-faults"]
    #expect(evidence.warnings(resident: true).map(\.code) == codes)
    #expect(evidence.warnings(resident: false).map(\.code) == codes.dropLast())
  }

  /// Exactly at a threshold nothing is said, just above it is.
  @Test(arguments: [(2, 1000, false), (21, 1000, true), (20, 1000, false), (0, 1000, false)])
  func stealThreshold(stolen: Int, total: Int, warns: Bool) throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let after = try Self.snapshot(
      Self.files(stolen: 100 + stolen, idle: 10_000 + total - stolen), at: 1_000_000_000)
    let codes = after.difference(since: before).warnings(resident: true).map(\.code)
    #expect(codes == (warns ? ["steal"] : []))
  }

  @Test(arguments: [(50_000_000, false), (50_000_001, true)])
  func waitThreshold(waited: Int, warns: Bool) throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let after = try Self.snapshot(
      Self.files(idle: 10_200, waiting: 1_000 + waited), at: 1_000_000_000)
    let codes = after.difference(since: before).warnings(resident: true).map(\.code)
    #expect(codes == (warns ? ["run-queue-wait"] : []))
  }

  @Test func threadsComeAndGo() throws {
    let before = try Self.snapshot(Self.files(waiting: 400), at: 0)
    // Thread 11 ended and its number went to another; 12 goes on; 13 is new.
    var files = Self.files(idle: 10_200, waiting: 300)
    files["/proc/self/task/13/schedstat"] = "1 200 1\n"
    let after = try Self.snapshot(files, at: 1_000)
    let evidence = after.difference(since: before)
    #expect(evidence.waitShare == .value(0.3))
    #expect(evidence.waitTime == .value(Seconds(500e-9)))
  }

  @Test func countersThatRunBackwardsAreNotNegative() throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let after = try Self.snapshot(
      Self.files(stolen: 99, stalled: 4_000, throttles: 1, periods: 2), at: 1_000)
    let evidence = after.difference(since: before)
    #expect(evidence.stealShare.value == nil)
    #expect(evidence.pressure["cpu"]?.reason?.contains("backwards") == true)
    #expect(evidence.thermalThrottles.reason?.contains("backwards") == true)
    #expect(evidence.quotaThrottledPeriods.value == nil)
  }

  @Test func anEmptyMachineHasNoEvidenceAndNoWarnings() throws {
    let before = try Self.snapshot([:], at: 5)
    let evidence = try Self.snapshot([:], at: 5).difference(since: before)
    #expect(evidence.stealShare.value == nil)
    #expect(evidence.waitShare.value == nil)
    #expect(evidence.quotaThrottledTime.value == nil)
    #expect(evidence.frequency.value == nil)
    #expect(evidence.warnings(resident: true).isEmpty)
  }

  @Test func anOldKernelWithoutStealIsUnavailable() throws {
    let before = try Self.snapshot(["/proc/stat": "cpu  1 2 3 4 5 6 7\n"], at: 0)
    #expect(before.processorTime.reason?.contains("stolen") == true)
  }

  @Test func version2CountsMicroseconds() throws {
    let snapshot = try Self.snapshot(
      [
        "/proc/self/mountinfo": "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "/proc/self/cgroup": "0::/a/b\n",
        "/sys/fs/cgroup/a/b/cpu.stat": "nr_throttled 2\nthrottled_usec 30\n",
        "/sys/fs/cgroup/a/cpu.stat": "nr_throttled 1\nthrottled_usec 5\n",
      ], at: 0)
    #expect(snapshot.quotaThrottling.value?.periods == 3)
    #expect(snapshot.quotaThrottling.value?.nanoseconds == 35_000)
  }

  @Test func survivesStorage() throws {
    let before = try Self.snapshot(Self.files(), at: 0)
    let fixture = try Fixture(Self.files())
    let evidence = try Self.snapshot(Self.files(idle: 10_200), at: 1_000_000_000)
      .difference(since: before, facts: .read(from: fixture.files))
    let data = try JSONEncoder().encode(evidence)
    #expect(try JSONDecoder().decode(EnvironmentEvidence.self, from: data) == evidence)
    let text = String(decoding: data, as: UTF8.self)
    #expect(text.contains("\"stealShare\":{\"value\":0}"))
    #expect(text.contains("{\"unavailable\":"))
  }

  @Test func facts() throws {
    var files = Self.files()
    files["/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"] = "powersave\n"
    files["/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor"] = "performance\n"
    files["/sys/devices/system/cpu/intel_pstate/no_turbo"] = "1\n"
    files["/proc/cpuinfo"] = "processor\t: 0\nmicrocode\t: 0x1000065\n"
    files["/proc/cmdline"] = "root=/dev/sda1 ip=10.0.0.7 mitigations=off nosmt memtest=1 quiet\n"
    let fixture = try Fixture(files)
    let facts = EnvironmentFacts.read(from: fixture.files)
    #expect(facts.governors == .value(["powersave": 1, "performance": 1]))
    #expect(facts.boost == .value(false))
    #expect(facts.cpuQuota == .value(1.5))
    #expect(facts.microcode == .value("0x1000065"))
    #expect(facts.clockSource.value == nil)
    #expect(facts.kernelCommandLine == .value("mitigations=off nosmt"))
  }

  @Test(arguments: [
    (["/sys/fs/cgroup/a/cpu.max": "max 100000", "/sys/fs/cgroup/cpu.max": "50000 100000"], 0.5),
    (["/sys/fs/cgroup/a/cpu.max": "200000 100000"], 2.0),
    (["/sys/fs/cgroup/a/cpu.max": "max 1"], nil),
  ])
  func quotaOfVersion2(files: [String: String], expected: Double?) throws {
    let fixture = try Fixture(
      files.merging([
        "/proc/self/mountinfo": "35 24 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "/proc/self/cgroup": "0::/a\n",
      ]) { $1 })
    #expect(EnvironmentFacts.read(from: fixture.files).cpuQuota.value == expected)
  }

  @Test func thisMachine() {
    let before = EnvironmentSnapshot.take()
    let evidence = EnvironmentSnapshot.take().difference(since: before, facts: .read())
    #expect(evidence.duration >= Seconds(0))
    #expect(evidence.usage.minorFaults >= 0)
    #expect((0...1).contains(evidence.waitShare.value ?? 0))
    #expect((0...1).contains(evidence.stealShare.value ?? 0))
  }
}
