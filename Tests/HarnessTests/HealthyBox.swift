import Hardware
import Measurement
import Units

@testable import Harness

/// A box in good health, for tests to make sick.
enum HealthyBox {
  /// A whole machine of eight cores with 32 GiB, which reads memory at 40 GB/s.
  static func profile(
    read: Double = 40e9, measuredAt: Double = 1000, virtualisation: String = "none",
    environment: EnvironmentEvidence? = nil
  ) throws -> Profile {
    func ceiling(_ name: String, _ unit: String, _ threads: Int, _ value: Double) -> Ceiling {
      Ceiling(
        name: name, unit: unit, threads: threads,
        estimate: .init(value: value, low: 0.95 * value, high: 1.05 * value), observations: 9)
    }
    var machine = Machine.read(from: SystemFiles(root: "/nonexistent"))
    machine.processor = .value(
      Processor(architecture: "x86_64", name: "Test 8000", vendor: "GenuineIntel"))
    let cpus = Array(0..<8).map(String.init).joined(separator: ",")
    machine.topology = .value(
      try JSON.value(
        Topology.self,
        from: Array(
          #"{"online":"\#(cpus)","allowed":"\#(cpus)","physical_cores":8,"sockets":1,"one_thread_per_core":"\#(cpus)"}"#
            .utf8)))
    machine.memory = .value(.gibibytes(32))
    machine.platform.virtualisation = .value(virtualisation)
    let snapshot = EnvironmentSnapshot.take()
    var quiet = snapshot.difference(since: snapshot)
    quiet.thermalThrottles = .value(0)
    quiet.quotaThrottledPeriods = .value(0)
    quiet.pressure = ["memory": .value(0)]
    return Profile(
      schema: Profile.schema, measuredAt: measuredAt, duration: 10, fingerprint: "a-box",
      machine: machine, instructionSet: "avx2",
      ceilings: [
        ceiling("read_bandwidth", "B/s", 8, read), ceiling("read_bandwidth", "B/s", 1, 15e9),
        ceiling("fma_f32", "FLOP/s", 8, 400e9), ceiling("latency_memory", "s", 1, 90e-9),
      ],
      achieved: [], latency: LatencyLadder(rungs: []), levels: [],
      rounds: .init(count: 9, ended: "time"), environment: environment ?? quiet, warnings: [])
  }

  /// Nothing to complain of.
  static var facts: HealthFacts {
    HealthFacts(
      memory: Reading(
        AvailableMemory(
          limits: [
            .init(
              kind: .system, source: "MemAvailable", ceiling: .gibibytes(32),
              available: .gibibytes(28))
          ], swapFree: .value(.gibibytes(2))), orReason: ""),
      swapUsed: .value(.mebibytes(300)), memoryPressure: .value(0.001),
      transparentHugePages: .value("madvise"),
      cpuQuota: .unavailable("no control group sets a CPU quota"),
      clock: .value(ClockState(busy: 4.4e9, floor: 0.8e9, maximum: 4.8e9, allowed: 4.8e9)),
      throttledShare: .value(0.002), memoryChannels: .value(2))
  }

  /// Nothing that can be read, as on a Mac.
  static var noFacts: HealthFacts {
    HealthFacts(
      memory: .unavailable(""), swapUsed: .unavailable(""), memoryPressure: .unavailable(""),
      transparentHugePages: .unavailable(""), cpuQuota: .unavailable(""), clock: .unavailable(""),
      throttledShare: .unavailable(""), memoryChannels: .unavailable(""))
  }
}
