import Hardware
import Testing
import Units

@testable import Harness

@Suite struct HealthTests {
  private static func codes(
    _ profile: Profile, history: ProfileHistory = ProfileHistory(),
    datasheet: Health.Datasheet? = nil, facts: HealthFacts = HealthyBox.facts
  ) -> [String] {
    Health(of: profile, history: history, datasheet: datasheet, facts: facts).findings.map(\.code)
  }

  /// A history of earlier profiles that read at these rates.
  private static func history(_ rates: [Double]) throws -> ProfileHistory {
    try rates.enumerated().reduce(ProfileHistory()) { history, rate in
      history.adding(try HealthyBox.profile(read: rate.element, measuredAt: Double(rate.offset)))
    }
  }

  private static let datasheet = Health.Datasheet(
    name: "Test 8000", bandwidth: 51.2e9, leastShare: 0.5)

  @Test func aHealthyBoxHasNoFindings() throws {
    let history = try Self.history([41e9, 30e9, 45e9])
    let profile = try HealthyBox.profile()
    #expect(Self.codes(profile, history: history, datasheet: Self.datasheet).isEmpty)
    #expect(Self.codes(profile, facts: HealthyBox.noFacts).isEmpty)
  }

  /// The upper end of the interval is 1.05 times the median; what counts is 0.6 of the earlier ones' median.
  @Test(arguments: [(27e9, []), (22e9, ["low-bandwidth"]), (23e9, [])] as [(Double, [String])])
  func bandwidthAgainstEarlierProfiles(read: Double, codes: [String]) throws {
    let profile = try HealthyBox.profile(read: read, virtualisation: "KVM")
    // 0.6 · 39.8 = 23.88 = 1.05 · 22.74
    #expect(Self.codes(profile, history: try Self.history([10e9, 39.8e9, 50e9])) == codes)
  }

  @Test func profilesOfOtherKernelsOrThreadsAreNoMeasure() throws {
    var profile = try HealthyBox.profile(read: 10e9, virtualisation: "KVM")
    let history = try Self.history([40e9])
    #expect(Self.codes(profile, history: history) == ["low-bandwidth"])
    profile.instructionSet = "baseline"
    #expect(Self.codes(profile, history: history).isEmpty)
    var fewer = try HealthyBox.profile(read: 10e9, virtualisation: "KVM")
    for index in fewer.ceilings.indices where fewer.ceilings[index].threads == 8 {
      fewer.ceilings[index].threads = 4
    }
    #expect(Self.codes(fewer, history: history).isEmpty)
    // One thread was faster than all of them: the best is held against the best.
    var busy = try HealthyBox.profile(read: 10e9, virtualisation: "KVM")
    busy.ceilings[0].threads = 1
    #expect(Self.codes(busy, history: history) == ["low-bandwidth"])
  }

  @Test func aProfileIsNotHeldAgainstItself() throws {
    let profile = try HealthyBox.profile()
    let health = Health(
      of: profile, history: ProfileHistory().adding(profile), datasheet: nil,
      facts: HealthyBox.facts)
    #expect(health.findings.isEmpty && health.comparedWith.contains("no earlier profile"))
  }

  @Test func arithmeticAndLatencyAreWatched() throws {
    var profile = try HealthyBox.profile()
    profile.ceilings[2] = Ceiling(
      name: "fma_f32", unit: "FLOP/s", threads: 8, estimate: .init(exactly: 200e9), observations: 9)
    profile.ceilings[3] = Ceiling(
      name: "latency_memory", unit: "s", threads: 1, estimate: .init(exactly: 160e-9),
      observations: 9)
    let codes = Self.codes(profile, history: try Self.history([40e9]))
    #expect(codes == ["low-arithmetic", "high-latency"])
  }

  /// Half of 51.2 GB/s is 25.6: 24.4 has 25.62 in its interval, 24.3 hasn't.
  @Test(
    arguments: [("none", 24.4e9, []), ("none", 24.3e9, ["below-datasheet"]), ("KVM", 5e9, [])]
      as [(String, Double, [String])])
  func bandwidthAgainstTheDatasheet(virtualisation: String, read: Double, codes: [String]) throws {
    let profile = try HealthyBox.profile(read: read, virtualisation: virtualisation)
    #expect(Self.codes(profile, datasheet: Self.datasheet) == codes)
  }

  @Test func physics() throws {
    // 1.05 · 21.9 GB/s is below 0.9 · 25.6.
    #expect(Self.codes(try HealthyBox.profile(read: 21.9e9)) == ["bandwidth-of-one-channel"])
    #expect(Self.codes(try HealthyBox.profile(read: 22e9)).isEmpty)
    var slow = try HealthyBox.profile()
    // 7 lines of 64 bytes in 90 ns; with both intervals' upper ends 7.7.
    slow.ceilings[1] = Ceiling(
      name: "read_bandwidth", unit: "B/s", threads: 1,
      estimate: .init(value: 4.98e9, low: 4.7e9, high: 5.2e9), observations: 9)
    #expect(Self.codes(slow) == ["few-reads-under-way"])
    slow.machine.processor = .value(
      Processor(architecture: "arm64", name: "4x Cortex-A53", vendor: "Arm"))
    #expect(Self.codes(slow).isEmpty)
  }

  /// A fact that is made ill, and well, by values on both sides of its threshold.
  private struct Ailment {
    let code: String
    let ill: (inout HealthFacts) -> Void
    let well: (inout HealthFacts) -> Void

    init(
      _ code: String, _ ill: @escaping (inout HealthFacts) -> Void,
      _ well: @escaping (inout HealthFacts) -> Void
    ) {
      (self.code, self.ill, self.well) = (code, ill, well)
    }
  }

  private static var ailments: [Ailment] {
    [
      .init(
        "one-memory-channel", { $0.memoryChannels = .value(1) }, { $0.memoryChannels = .value(3) }),
      .init("cpu-quota", { $0.cpuQuota = .value(7.9) }, { $0.cpuQuota = .value(8) }),
      .init(
        "huge-pages-off", { $0.transparentHugePages = .value("never") },
        { $0.transparentHugePages = .value("always") }
      ),
      .init(
        "memory-pressure", { $0.memoryPressure = .value(0.06) },
        { $0.memoryPressure = .value(0.05) }),
      .init(
        "swap-in-use", { $0.swapUsed = .value(.gibibytes(4)) },
        { $0.swapUsed = .value(.gibibytes(3)) }),
      .init(
        "thermal-history", { $0.throttledShare = .value(0.02) },
        { $0.throttledShare = .value(0.01) }),
      .init(
        "clock-at-floor",
        {
          $0.clock = .value(ClockState(busy: 0.8e9, floor: 0.8e9, maximum: 4.8e9, allowed: 4.8e9))
        },
        { $0.clock = .value(ClockState(busy: 1.2e9, floor: 0.8e9, maximum: 4.8e9, allowed: 4.8e9)) }
      ),
      .init(
        "clock-capped",
        { $0.clock = .value(ClockState(busy: 3e9, floor: 0.8e9, maximum: 4.8e9, allowed: 3e9)) },
        { $0.clock = .value(ClockState(busy: 3e9, floor: 0.8e9, maximum: 4.8e9, allowed: 4e9)) }
      ),
      .init("memory-limit", { $0.limit(.gibibytes(30)) }, { $0.limit(.gibibytes(31)) }),
    ]
  }

  @Test func eachFact() throws {
    for ailment in Self.ailments {
      var (ill, well) = (HealthyBox.facts, HealthyBox.facts)
      ailment.ill(&ill)
      ailment.well(&well)
      #expect(Self.codes(try HealthyBox.profile(), facts: ill) == [ailment.code])
      #expect(Self.codes(try HealthyBox.profile(), facts: well).isEmpty)
    }
  }

  @Test func swapBeyondWhatIsAvailableIsSick() throws {
    var facts = HealthyBox.facts
    facts.swapUsed = .value(.gibibytes(29))
    let finding = Health(
      of: try HealthyBox.profile(), history: ProfileHistory(), datasheet: nil, facts: facts
    ).findings.first
    #expect(finding?.severity == .sick && finding?.found.contains("28.0 GiB") == true)
  }

  @Test func whatHappenedMeanwhileComesFirst() throws {
    var environment = try HealthyBox.profile().environment
    environment.thermalThrottles = .value(3)
    environment.quotaThrottledPeriods = .value(12)
    environment.quotaThrottledTime = .value(Seconds(0.5))
    environment.pressure = ["memory": .value(0.2)]
    var facts = HealthyBox.facts
    facts.cpuQuota = .value(2)
    let health = Health(
      of: try HealthyBox.profile(environment: environment), history: ProfileHistory(),
      datasheet: nil, facts: facts)
    #expect(
      health.findings.map(\.code) == [
        "thermal-throttle", "quota-throttle", "memory-pressure", "cpu-quota",
      ])
    #expect(health.findings[1].found.contains("12 periods, 500 ms in all"))
    #expect(health.findings[3].found.contains("2 processors"))
  }

  /// Whoever uses a stored profile later is told what its figures lack.
  @Test func aBusyHourAndUnusedUnitsStayWithTheProfile() throws {
    var profile = try HealthyBox.profile()
    profile.environment.waitShare = .value(0.05)
    #expect(profile.reservations.isEmpty)
    profile.environment.waitShare = .value(0.4)
    profile.machine.processor = .value(
      Processor(
        architecture: "x86_64", name: "Test 9000", vendor: "GenuineIntel",
        features: [.avx2, .amxTile]))
    #expect(
      profile.reservations.map(\.code) == ["measured-while-busy", "matrix-units-not-measured"])
    #expect(profile.reservations.first?.message.contains("40 % of the time") == true)
  }
}

extension HealthFacts {
  /// Adds a control group's limit.
  fileprivate mutating func limit(_ ceiling: Bytes) {
    memory = memory.map { memory in
      var memory = memory
      memory.limits.append(
        .init(kind: .controlGroup, source: "memory.max", ceiling: ceiling, available: ceiling))
      return memory
    }
  }
}
