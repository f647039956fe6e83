import Hardware
import Testing

@testable import Harness
@testable import Reports

@Suite struct RunReportTests {
  private func result(_ provider: String, seconds: Double) -> RunDocument.Result {
    RunDocument.Result(
      id: "matmul/m=1,n=2,k=3,type=f32", workload: "matmul", parameters: ["m": .count(1)],
      provider: provider, threads: 2, samplesSeconds: [seconds], callsPerSample: 1, ended: "time",
      medianSeconds: seconds, ci95Seconds: [seconds, seconds], work: .init(flop: 12, bytes: 40),
      rate: .init(value: 6000, unit: "FLOP/s"), efficiency: 0.9, efficiencyCi95: [0.9, 0.9],
      ceiling: "fma_f32", ratio: nil, scaling: nil, check: Check(), status: .ok, reason: nil)
  }

  private func document() -> RunDocument {
    let first = result("plugin:/old/k.so", seconds: 0.002)
    var second = result("plugin:/new/k.so", seconds: 0.0019)
    second.ratio = .init(value: 1.05, ci95: [1.01, 1.1], against: first.provider)
    second.check?.compare(1, with: 2, bound: 0.5, place: "C[0, 1]")
    (second.status, second.reason) = (.failed, "C[0, 1] is off, by far")
    let snapshot = EnvironmentSnapshot.take()
    return RunDocument(
      suite: nil,
      environment: .init(
        fingerprint: "a-box", instructionSet: "avx2", seed: 1, startedAt: 0,
        evidence: snapshot.difference(since: snapshot), warnings: ["a doubt"]),
      providers: [first, second].map { .init(name: $0.provider, details: "v1") }, ceilings: [],
      results: [first, second])
  }

  @Test func textShowsFiguresAndFootnotes() throws {
    let text = try RunReport(document()).rendered(as: .text)
    #expect(text.contains("2.00 ms"))
    #expect(text.contains("90 % fma_f32"))
    #expect(text.contains("1.05 (1.01–1.10)"))
    #expect(text.contains("WRONG [1]"))
    #expect(text.contains("[1] C[0, 1] is off"))
    // Two files of one name in two folders are told apart.
    #expect(text.contains("plugin:/old/k.so") && text.contains("plugin:/new/k.so"))
  }

  @Test func everyResultIsALineOfCSV() throws {
    let lines = try RunReport(document()).rendered(as: .csv).split(separator: "\r\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("id,workload,provider,threads,status,median_seconds"))
    #expect(
      lines[1].hasPrefix("\"matmul/m=1,n=2,k=3,type=f32\",matmul,plugin:/old/k.so,2,ok,0.002,"))
    #expect(lines[2].contains(",failed,") && lines[2].hasSuffix("\"C[0, 1] is off, by far\""))
  }

  @Test func markdownIsATable() throws {
    let text = try RunReport(document()).rendered(as: .markdown)
    #expect(text.contains("### matmul\n\n| "))
    #expect(text.contains("| ---: |"))
  }
}
