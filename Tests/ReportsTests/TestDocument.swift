import Hardware

@testable import Harness

extension RunDocument {
  /// One row of two plug-ins, the second one wrong.
  static func twoProviders() -> RunDocument {
    let first = Result.measured("plugin:/old/k.so", seconds: [0.002])
    var second = Result.measured("plugin:/new/k.so", seconds: [0.0019])
    second.ratio = .init(value: 1.05, ci95: [1.01, 1.1], against: first.provider)
    second.check?.compare(1, with: 2, bound: 0.5, place: "C[0, 1]")
    (second.status, second.reason) = (.failed, "C[0, 1] is off, by far")
    return of([first, second])
  }

  /// A run of these results.
  static func of(_ results: [Result], suite: String? = nil) -> RunDocument {
    let snapshot = EnvironmentSnapshot.take()
    return RunDocument(
      suite: suite,
      environment: .init(
        fingerprint: "a-box", instructionSet: "avx2", seed: 1, startedAt: 951_868_799.5,
        evidence: snapshot.difference(since: snapshot), warnings: ["a doubt"]),
      providers: results.map { .init(name: $0.provider, details: "v1") }, ceilings: [],
      results: results)
  }
}

extension RunDocument.Result {
  /// A row of matmul that does 6000 operations a second in the first of its samples' times, an odd number.
  static func measured(_ provider: String, seconds: [Double]) -> RunDocument.Result {
    let sorted = seconds.sorted()
    let median = sorted[sorted.count / 2]
    return RunDocument.Result(
      id: "matmul/m=1,n=2,k=3,type=f32", workload: "matmul", parameters: ["m": .count(1)],
      provider: provider, threads: 2, samplesSeconds: seconds, callsPerSample: 4, ended: "time",
      medianSeconds: median, ci95Seconds: [sorted[0], sorted[sorted.count - 1]],
      work: .init(flop: 12, bytes: 40), rate: .init(value: 12 / median, unit: "FLOP/s"),
      efficiency: 0.9, efficiencyCi95: [0.85, 0.95], ceiling: "fma_f32", ratio: nil, scaling: nil,
      check: Check(), status: .ok, reason: nil)
  }
}
