import Statistics

/// A published rate as a sum of terms.
struct MeasuredRate {
  let device: String
  let model: String
  /// What is measured alike but for context: many lines of one source are not many measurements.
  let series: String
  let terms: [SpeedTerm: Double]
  /// Seconds a token of every sequence.
  let seconds: Double

  /// The rate in terms of the datasheet.
  ///
  /// Errors: a sentence that says why it isn't used.
  static func read(
    _ kind: Audit.Kind, _ rate: Double, _ measurement: PublishedMeasurement,
    entries: [DeviceEntry], models: inout MeasuredModels
  ) throws(CapacityError) -> (Calibration.Key, MeasuredRate) {
    guard [.decode, .prefill].contains(kind) else {
      throw CapacityError("not a rate of inference")
    }
    guard measurement.deviceCount ?? 1 == 1 else { throw CapacityError("several devices") }
    let batch = max(measurement.batch ?? 1, 1)
    guard kind == .decode || batch == 1 else { throw CapacityError("prompts of several sequences") }
    guard !measurement.isDoubted(kind) else {
      throw CapacityError("doubted by whoever collected it")
    }
    let known = try MeasuredCase(measurement, boxes: entries, models: &models)
    let family = Calibration.Family(known.box.deviceClass)
    guard family != .processor || known.box.measured else {
      throw CapacityError("a processor: measured, not looked up")
    }
    let question = Question(
      model: known.model, box: known.box, settings: known.settings(measurement, kind))
    let terms =
      kind == .decode
      ? question.decodeTerms
      : question.prefillTerms(
        prompt: measurement.promptTokens ?? 512, depth: measurement.contextDepth ?? 0)
    guard let terms, rate > 0 else {
      throw CapacityError("the device's shader rate or the model's layers are not known")
    }
    let model = measurement.model ?? ""
    return (
      Calibration.Key(
        runtime: known.runtime, family: family, kind: kind,
        sequences: .init(kind: kind, batch: batch)),
      MeasuredRate(
        device: measurement.device, model: model,
        series: "\(measurement.device) \(model) \(measurement.quant ?? "")", terms: terms,
        seconds: (kind == .decode ? Double(batch) : 1) / rate)
    )
  }

  /// Seconds a token by `fit`.
  func predicted(by fit: RelativeFit) -> Double { fit.value(ordered) }

  /// A series counts as the square root of its length.
  static func fit(_ rates: [MeasuredRate]) -> RelativeFit? {
    var lengths: [String: Int] = [:]
    for rate in rates { lengths[rate.series, default: 0] += 1 }
    return RelativeFit(
      rates.map {
        .init(
          terms: $0.ordered, measured: $0.seconds,
          weight: 1 / Double(lengths[$0.series] ?? 1).squareRoot())
      }, lowest: SpeedTerm.allCases.map(\.lowest))
  }

  private var ordered: [Double] { SpeedTerm.allCases.map { terms[$0] ?? 0 } }
}
