import Harness
import Units

extension JUnitReport {
  /// A run's report: a wrong answer and a kernel that failed are errors, what was not measured is skipped.
  ///
  /// A case's time is what its samples took together; what a call takes is told line by line.
  init(_ document: RunDocument) {
    let environment = document.environment
    self.init(
      name: document.suite ?? "run", startedAt: environment.startedAt,
      hostname: environment.fingerprint,
      properties: [
        ("kernels", environment.instructionSet), ("seed", "\(environment.seed)"),
        ("interrupted", "\(document.interrupted)"),
      ] + document.providers.map { ("provider \($0.name)", $0.details) },
      cases: document.results.map { result in
        Case(
          group: result.workload, name: result.title,
          seconds: result.samplesSeconds.reduce(0, +) * Double(result.callsPerSample),
          outcome: Self.outcome(result))
      },
      remarks: document.results.compactMap(Self.remark) + environment.warnings)
  }

  private static func remark(_ result: RunDocument.Result) -> String? {
    guard let median = result.medianSeconds, let half = result.halfWidth else { return nil }
    return "\(result.title): \(Seconds(median)) ± \(Decimal.fixed(half * 100, 1)) %"
  }

  private static func outcome(_ result: RunDocument.Result) -> Outcome {
    let reason = result.reason ?? "not measured"
    switch result.status {
    case .ok: return .passed
    case .skipped: return .skipped(message: reason)
    case .failed:
      return .error(
        type: result.check?.passed == false ? "wrong-answer" : "failed", message: reason)
    }
  }
}
