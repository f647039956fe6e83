import Statistics

/// How many times its ideal time each part of a step takes a runtime on a family of chips, fitted on published
/// measurements, and how far off that is on a device that took no part in the fit.
struct SpeedProfile: Sendable, Equatable {
  /// What was fitted together.
  let key: Calibration.Key
  /// Times the ideal time; the layers' and the experts' are microseconds.
  let coefficients: [SpeedTerm: Double]
  /// Measured over predicted time in four of five cases.
  let low: Double, high: Double
  /// Rates and devices behind it.
  let rates: Int, devices: Int

  /// The time of a step made of `terms`; nil where one of them was never measured.
  func time(_ terms: [SpeedTerm: Double]) -> StepTime? {
    var time = StepTime()
    // In one order, so that the same question has the same answer to the last digit.
    for term in SpeedTerm.allCases {
      guard let ideal = terms[term], ideal > 0 else { continue }
      guard let coefficient = coefficients[term] else { return nil }
      let seconds = ideal * coefficient
      let part = time[keyPath: term.part]
      time[keyPath: term.part] = Estimate(
        value: part.value + seconds, low: part.low + seconds * low,
        high: part.high + seconds * high)
    }
    return time
  }
}

extension Question {
  /// What was fitted for this question's runtime and chip; nil on devices whose own bandwidth was seen, and
  /// for a runtime of which too little is known.
  func profile(_ kind: Audit.Kind) -> SpeedProfile? {
    guard !box.bandwidthWasSeen else { return nil }
    let key = Calibration.Key(
      runtime: settings.runtime, family: .init(box.deviceClass), kind: kind,
      sequences: .init(kind: kind, batch: settings.batch))
    return profiles[key]
  }

  /// The time of writing one token of every sequence by such a profile.
  var fittedDecodeTime: StepTime? {
    guard let profile = profile(.decode), let terms = decodeTerms else { return nil }
    return profile.time(terms)
  }

  /// The time of a micro-batch of `tokens` by such a profile.
  func fittedPrefillTime(tokens: Int) -> StepTime? {
    guard let profile = profile(.prefill), let terms = prefillTerms(prompt: context, depth: 0)
    else { return nil }
    return profile.time(terms.mapValues { $0 * Double(tokens) })
  }
}
