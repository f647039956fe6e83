import Harness
import Units

/// What github-action-benchmark is to track: it takes one direction a file.
enum TrackedFigures {
  /// Seconds a call, for the tool `customSmallerIsBetter`.
  case times
  /// Rates, for the tool `customBiggerIsBetter`.
  case rates
}

/// The JSON of github-action-benchmark's custom tools: name, value, unit, range and extra; rows without
/// figures are left out, since it takes every value for a measurement.
///
/// Source: github.com/benchmark-action/github-action-benchmark, README.
func gitHubActionText(_ document: RunDocument, of figures: TrackedFigures) throws -> String {
  try JSON.text(document.results.filter(\.isMeasured).compactMap { Figure($0, figures) })
}

private struct Figure: Encodable {
  let name: String
  let value: Double
  let unit: String
  let range: String
  let extra: String

  init?(_ result: RunDocument.Result, _ figures: TrackedFigures) {
    guard let median = result.medianSeconds else { return nil }
    name = result.title
    switch figures {
    case .times: (value, unit) = (median, "s")
    case .rates:
      guard let rate = result.rate else { return nil }
      (value, unit) = (rate.value, rate.unit)
    }
    range = "± " + Decimal.fixed((result.halfWidth ?? 0) * 100, 1) + " %"
    let efficiency = result.efficiency.map { share in
      "\n" + Decimal.fixed(share * 100, 0) + " % of \(result.ceiling ?? "its ceiling")"
    }
    extra =
      "\(result.samplesSeconds.count) samples of \(result.callsPerSample) calls"
      + (efficiency ?? "")
  }
}
