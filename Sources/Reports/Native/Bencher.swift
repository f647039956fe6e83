import Harness

/// Bencher Metric Format: benchmark, measure, and its value with lower and upper end.
///
/// `latency` is Bencher's own measure, in nanoseconds. Rates have measures of their own by unit, as
/// `flop-per-second`, which Bencher makes when it first sees them: its own `throughput` would mix units.
/// Rows without figures are left out.
/// Source: bencher.dev/docs/reference/bencher-metric-format.
func bencherText(_ document: RunDocument) throws -> String {
  var benchmarks: [String: [String: Metric]] = [:]
  for result in document.results where result.isMeasured {
    benchmarks[result.title] = measures(result)
  }
  return try JSON.text(benchmarks)
}

private struct Metric: Encodable {
  let value: Double
  let lowerValue: Double
  let upperValue: Double
}

private func measures(_ result: RunDocument.Result) -> [String: Metric] {
  guard let median = result.medianSeconds, let interval = result.ci95Seconds else { return [:] }
  var measures = [
    "latency": Metric(
      value: median * 1e9, lowerValue: interval[0] * 1e9, upperValue: interval[1] * 1e9)
  ]
  if let rate = result.rate, let low = result.rate(at: interval[1]),
    let high = result.rate(at: interval[0])
  {
    measures[slug(rate.unit)] = Metric(value: rate.value, lowerValue: low, upperValue: high)
  }
  if let efficiency = result.efficiency, let interval = result.efficiencyCi95 {
    measures["efficiency"] = Metric(
      value: efficiency, lowerValue: interval[0], upperValue: interval[1])
  }
  return measures
}

private func slug(_ unit: String) -> String {
  switch unit {
  case "FLOP/s": "flop-per-second"
  case "B/s": "byte-per-second"
  case "tok/s": "token-per-second"
  default: "operation-per-second"
  }
}
