import Hardware
import Statistics

@testable import Harness

/// Runs as files hold them, made up.
enum StoredRuns {
  /// A run of one ceiling and these results.
  static func run(
    _ results: [RunDocument.Result], fingerprint: String = "box-a", ceiling: Double = 100e9
  ) -> RunDocument {
    let snapshot = EnvironmentSnapshot.take()
    return RunDocument(
      suite: nil,
      environment: .init(
        fingerprint: fingerprint, instructionSet: "avx2", seed: 1, startedAt: 0,
        evidence: snapshot.difference(since: snapshot), warnings: []),
      providers: [.init(name: "plimsoll", details: "")],
      ceilings: [
        Ceiling(name: "fma_f32", unit: "FLOP/s", threads: 1, sample: Sample([ceiling]))
      ],
      results: results)
  }

  /// A result whose samples lie within `scatter` about `seconds`.
  static func result(
    _ row: Int = 1, seconds: Double, scatter: Double = 0.01, samples: Int = 20, flop: Double = 12,
    efficiency: Double = 0.9, provider: String = "plimsoll"
  ) -> RunDocument.Result {
    let parts = (0..<samples).map { index in
      let place = Double(index * 7 % samples) / Double(max(samples - 1, 1))
      return 1 + scatter * (2 * place - 1)
    }
    let times = Sample(parts.map { seconds * $0 })
    let shares = Sample(parts.map { efficiency / $0 })
    let (time, share) = (times.medianInterval, shares.medianInterval)
    var result = RunDocument.Result(
      id: "matmul/m=\(row)", workload: "matmul", parameters: ["m": .count(row)],
      provider: provider, threads: 1, samplesSeconds: times.values, callsPerSample: 1,
      ended: "time", medianSeconds: time?.value, ci95Seconds: time.map { [$0.low, $0.high] },
      work: .init(flop: flop, bytes: 40), rate: nil, efficiency: share?.value,
      efficiencyCi95: share.map { [$0.low, $0.high] }, ceiling: "fma_f32", ratio: nil,
      scaling: nil, check: Check(), status: .ok, reason: nil)
    result.efficiencySamples = shares.values
    return result
  }
}
