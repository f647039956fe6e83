import Hardware
import Testing

@testable import Harness
@testable import Reports

@Suite struct ProfileReportTests {
  /// A box that its system tells little of, with huge pages off or not.
  private func report(hugePages: String) throws -> ProfileReport {
    let snapshot = EnvironmentSnapshot.take()
    var environment = snapshot.difference(since: snapshot)
    environment.thermalThrottles = .value(0)
    environment.quotaThrottledPeriods = .value(0)
    environment.pressure = [:]
    let profile = Profile(
      schema: Profile.schema, measuredAt: 1000, duration: 10, fingerprint: "a-box",
      machine: Machine.read(from: SystemFiles(root: "/nonexistent")), instructionSet: "avx2",
      ceilings: [
        Ceiling(
          name: "read_bandwidth", unit: "B/s", threads: 2, estimate: .init(exactly: 40e9),
          observations: 9)
      ],
      achieved: [], latency: LatencyLadder(rungs: []), levels: [],
      rounds: .init(count: 9, ended: "time"), environment: environment, warnings: ["a doubt"])
    let facts = HealthFacts(
      memory: .unavailable(""), swapUsed: .unavailable(""), memoryPressure: .unavailable(""),
      transparentHugePages: .value(hugePages), cpuQuota: .unavailable(""), clock: .unavailable(""),
      throttledShare: .unavailable(""), memoryChannels: .value(hugePages == "never" ? 1 : 2))
    let health = Health(of: profile, history: ProfileHistory(), datasheet: nil, facts: facts)
    return ProfileReport(profile, health: health)
  }

  @Test func healthFollowsTheResultsInText() throws {
    let text = try report(hugePages: "never").rendered(as: .text)
    #expect(
      text.contains(
        """
        Health
          sick  one memory channel has modules; expected: two at least
                try: put the modules into different channels, as the board's manual has it
          limited  transparent huge pages are off; expected: madvise or always
                   try: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled (as root)
        """))
    let places = ["read_bandwidth", "Health", "a doubt"].compactMap { text.firstRange(of: $0) }
    #expect(places.count == 3)
    #expect(places.map(\.lowerBound) == places.map(\.lowerBound).sorted())
    #expect(try report(hugePages: "always").rendered(as: .text).contains("healthy"))
  }

  @Test func healthIsAKeyOfTheDocumentThatReadersOfProfilesLeave() throws {
    struct Document: Decodable {
      var health: [HealthFinding]
    }
    let bytes = Array(try report(hugePages: "never").rendered(as: .json).utf8)
    let findings = try JSON.value(Document.self, from: bytes).health
    #expect(findings.map(\.code) == ["one-memory-channel", "huge-pages-off"])
    #expect(try JSON.value(Profile.self, from: bytes).fingerprint == "a-box")
    let healthy = Array(try report(hugePages: "always").rendered(as: .json).utf8)
    #expect(try JSON.value(Document.self, from: healthy).health.isEmpty)
  }

  @Test func healthStandsInTables() throws {
    let csv = try report(hugePages: "never").rendered(as: .csv)
    let row = try #require(
      csv.split(separator: "\r\n").first { $0.hasPrefix("health/huge-pages-off") })
    #expect(row.contains("transparent huge pages are off; expected: madvise or always; try: echo"))
    let markdown = try report(hugePages: "never").rendered(as: .markdown)
    #expect(markdown.contains("| huge-pages-off | limited | transparent huge pages are off |"))
    #expect(try report(hugePages: "always").rendered(as: .markdown).contains("### Health"))
  }
}
