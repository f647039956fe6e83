import Harness
import Regression

/// A file that another tool reads, so that people can go on using what they have.
public enum NativeFormat: String, Sendable, CaseIterable {
  /// For Go's `benchstat`: one line a sample.
  case benchfmt
  /// For the tools of Google Benchmark, as `compare.py`.
  case googleBenchmark = "google-benchmark"
  /// For github-action-benchmark, tool `customSmallerIsBetter`: times.
  case gitHubAction = "github-action-benchmark"
  /// For github-action-benchmark, tool `customBiggerIsBetter`: rates.
  case gitHubActionBigger = "github-action-benchmark-bigger"
  /// For Bencher, adapter `json`.
  case bencher
  /// For the test reports of CI systems.
  case junit

  /// The document in this format, ending in a line break.
  ///
  /// - Parameter comparison: with a baseline, which test reports tell and no other file has a place for.
  /// Errors: what JSON encoding throws.
  public func text(
    _ document: RunDocument, comparison: CompareDocument? = nil
  ) throws -> String {
    switch self {
    case .benchfmt: goBenchmarkText(document)
    case .googleBenchmark: try googleBenchmarkText(document)
    case .gitHubAction: try gitHubActionText(document, of: .times)
    case .gitHubActionBigger: try gitHubActionText(document, of: .rates)
    case .bencher: try bencherText(document)
    case .junit:
      if let comparison {
        JUnitReport(document, comparison: comparison).xml
      } else {
        JUnitReport(document).xml
      }
    }
  }
}

extension RunDocument.Result {
  /// Row, provider and number of threads in a line: alike from run to run, and no other's.
  var title: String { "\(id) \(provider) threads=\(threads)" }

  /// Whether there are figures, and of a right answer.
  var isMeasured: Bool { status == .ok && medianSeconds != nil }

  /// Half the width of the median's interval as a share of it.
  var halfWidth: Double? {
    guard let median = medianSeconds, let interval = ci95Seconds, median > 0 else { return nil }
    return (interval[1] - interval[0]) / 2 / median
  }

  /// The rate at a time of so many seconds; nil without a rate.
  func rate(at seconds: Double) -> Double? {
    guard let rate, let median = medianSeconds, seconds > 0 else { return nil }
    return rate.value * median / seconds
  }
}
