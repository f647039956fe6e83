import Hardware
import Testing
import Units

@Suite struct HealthFactsTests {
  private static let cpus = "/sys/devices/system/cpu"

  /// Two cores between 0.8 and 4 GHz, of which the faster runs at `busy` kHz.
  private static func clocks(busy: Int, allowed: Int = 4_000_000) -> [String: String] {
    var files: [String: String] = [:]
    for (cpu, frequency) in [(0, 800_000), (1, busy)] {
      let folder = "\(cpus)/cpu\(cpu)/cpufreq"
      files["\(folder)/cpuinfo_min_freq"] = "800000\n"
      files["\(folder)/cpuinfo_max_freq"] = "4000000\n"
      files["\(folder)/scaling_max_freq"] = "\(allowed)\n"
      files["\(folder)/scaling_cur_freq"] = "\(frequency)\n"
    }
    return files
  }

  @Test(arguments: [(800_000, true), (880_000, true), (890_000, false), (3_900_000, false)])
  func clockAtItsFloor(busy: Int, isAtFloor: Bool) throws {
    let fixture = try Fixture(Self.clocks(busy: busy, allowed: 3_000_000))
    let clock = ClockState.read(from: fixture.files, patience: 1_000_000)
    #expect(clock.value?.isAtFloor == isAtFloor)
    #expect(clock.value?.busy == Double(busy) * 1000)
    #expect(clock.value?.allowed == 3e9)
  }

  @Test func oneSpeedIsNoFloor() {
    #expect(!ClockState(busy: 2e9, floor: 2e9, maximum: 2.2e9, allowed: 2.2e9).isAtFloor)
  }

  @Test(arguments: [
    (
      [
        "mc0/dimm0/dimm_location": "channel 0 slot 0",
        "mc0/dimm1/dimm_location": "channel 0 slot 1",
      ], 1
    ),
    (
      [
        "mc0/dimm0/dimm_location": "csrow 0 channel 0",
        "mc0/dimm1/dimm_location": "csrow 0 channel 1",
      ], 2
    ),
    (
      [
        "mc0/rank0/dimm_location": "channel 0 slot 0",
        "mc1/rank0/dimm_location": "channel 0 slot 0",
      ], 2
    ),
    (
      [
        "mc0/dimm0/dimm_location": "branch 0 channel 0 slot 0",
        "mc0/dimm1/dimm_location": "branch 1 channel 0 slot 0",
      ], 2
    ),
    (
      [
        "mc0/dimm0/dimm_location": "channel 0 slot 0", "mc0/dimm0/size": "8192",
        "mc0/dimm1/dimm_location": "channel 1 slot 0", "mc0/dimm1/size": "0",
      ], 1
    ),
    (["mc0/dimm0/dimm_location": "memory 0"], nil), ([:], nil),
  ])
  func channelsWithModules(files: [String: String], count: Int?) throws {
    let fixture = try Fixture(
      Dictionary(
        uniqueKeysWithValues: files.map {
          ("/sys/devices/system/edac/mc/\($0.key)", $0.value + " \n")
        }))
    #expect(MemoryChannels.populated(from: fixture.files).value == count)
  }

  @Test func everyFactIsRead() throws {
    var files = Self.clocks(busy: 3_000_000)
    files["/proc/meminfo"] =
      "MemTotal: 1000 kB\nMemAvailable: 500 kB\nSwapTotal: 300 kB\nSwapFree: 100 kB\n"
    files["/proc/pressure/memory"] =
      "some avg10=0.00 avg60=7.50 avg300=1.15 total=1\nfull avg10=0.00 avg60=9.00 total=0\n"
    files["/sys/kernel/mm/transparent_hugepage/enabled"] = "always madvise [never]\n"
    files["/proc/uptime"] = "1000.00 900.00\n"
    for (cpu, throttled) in [(0, 5_000), (1, 20_000)] {
      files["\(Self.cpus)/cpu\(cpu)/thermal_throttle/core_throttle_total_time_ms"] =
        "\(throttled)\n"
    }
    let fixture = try Fixture(files)
    let facts = HealthFacts.read(from: fixture.files)
    #expect(facts.swapUsed == .value(.kibibytes(200)))
    #expect(facts.memoryPressure == .value(0.075))
    #expect(facts.transparentHugePages == .value("never"))
    #expect(facts.throttledShare == .value(0.02))
    #expect(facts.cpuQuota.value == nil)
    #expect(facts.memory.value?.available == .kibibytes(500))
  }

  @Test func anEmptyMachineSaysNothing() throws {
    let facts = HealthFacts.read(from: try Fixture().files)
    #expect(facts.clock.reason?.contains("cpufreq") == true)
    #expect(facts.swapUsed.value == nil && facts.memoryPressure.value == nil)
    #expect(facts.throttledShare.value == nil && facts.memoryChannels.value == nil)
  }
}
