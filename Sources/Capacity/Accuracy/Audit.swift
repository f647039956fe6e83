import Models
import Units

/// Published rates held against physics: what a device's memory and arithmetic allow at their full
/// rate, with no overhead at all.
///
/// A rate above that is no rate of real tokens on that device. A rate below it may be wrong all the same.
public struct Audit: Sendable, Equatable {
  /// Claims, in the order of the file; a measurement has one for each of its rates.
  public let claims: [Claim]

  /// Rates that could not be judged, by reason, most first.
  public var unjudged: [(reason: String, count: Int)] { claims.compactMap(\.reason).tallied }

  /// What was claimed to be fast.
  public enum Kind: String, Sendable, Codable {
    case decode
    case prefill
    case training
    case matmul
  }

  /// One rate.
  public struct Claim: Sendable, Equatable {
    /// Where it stands in the file, from 1 on.
    public let line: Int
    /// The measurement.
    public let measurement: PublishedMeasurement
    /// Which of its rates.
    public let kind: Kind
    /// The rate: tokens per second, or FLOP/s of a matrix product.
    public let rate: Double
    /// What physics allows; nil where that isn't known.
    public let limit: Double?
    /// Why it is not known.
    public let reason: String?

    /// The claim as a multiple of the limit.
    public var excess: Double? { limit.map { rate / $0 } }

    /// Whether it can't be true. Datasheets round, and clocks go somewhat beyond them: 5 % are allowed.
    public var isImpossible: Bool { excess.map { $0 > 1.05 } ?? false }

    /// Whether whoever collected it has doubts already.
    public var isDoubted: Bool { measurement.isDoubted(kind) }
  }

  /// Judges all rates of `file` against `catalogue`.
  ///
  /// Cost: a model's tensors laid out once for each storage; some milliseconds for a thousand lines.
  public init(_ file: MeasurementFile, catalogue: BoxCatalogue) {
    var models = MeasuredModels()
    claims = file.lines.flatMap { number, measurement in
      measurement.rates.map { kind, rate in
        do throws(CapacityError) {
          let limit = try Self.limit(
            kind, measurement, entries: catalogue.entries, models: &models)
          return Claim(
            line: number, measurement: measurement, kind: kind, rate: rate, limit: limit,
            reason: nil)
        } catch {
          return Claim(
            line: number, measurement: measurement, kind: kind, rate: rate, limit: nil,
            reason: error.description)
        }
      }
    }
  }

  private static func limit(
    _ kind: Kind, _ measurement: PublishedMeasurement, entries: [DeviceEntry],
    models: inout MeasuredModels
  ) throws(CapacityError) -> Double {
    if kind == .matmul { return try productLimit(measurement, entries) }
    guard measurement.quant?.contains("spec") != true else {
      throw CapacityError("speculative decoding writes several tokens a pass")
    }
    let known = try MeasuredCase(measurement, boxes: entries, models: &models)
    let question = Question(
      model: known.model, box: known.box, settings: known.settings(measurement, kind))
    let ledger = MemoryLedger(question)
    let limit =
      switch kind {
      case .decode:
        RateEstimate.decode(
          question, ledger: ledger, verdict: .fits, coverage: .least)?.limit
      case .prefill: RateEstimate.prefill(question, ledger: ledger, verdict: .fits)?.limit
      case .training:
        question.settings.training.flatMap { TrainingPlan(question, $0).limit }
          .map { $0 * Double(known.boxes) }
      case .matmul: nil as Double?
      }
    guard let limit else {
      throw CapacityError("the device's arithmetic peak or the model's layers are not known")
    }
    return limit
  }

  /// A product of f32 matrices may run on tensor units as TF32: any peak is allowed.
  private static func productLimit(
    _ measurement: PublishedMeasurement, _ entries: [DeviceEntry]
  ) throws(CapacityError) -> Double {
    guard let peak = try measurement.box(among: entries).matrixPeak else {
      throw CapacityError("the device's arithmetic peak is not known")
    }
    return peak
  }
}

extension PublishedMeasurement {
  /// All that it claims to be fast.
  var rates: [(Audit.Kind, Double)] {
    let rates: [(Audit.Kind, Double?)] = [
      (.decode, decodeTokS), (.prefill, prefillTokS), (.training, trainTokS),
      (.matmul, meanTflops.map { $0 * 1e12 }),
    ]
    return rates.compactMap { kind, rate in rate.map { (kind, $0) } }
  }

  /// Whether whoever collected it doubts this rate.
  func isDoubted(_ kind: Audit.Kind) -> Bool {
    suspect == true || deviceSuspect == true || kind == .prefill && prefillSuspect == true
  }
}

extension MeasuredCase {
  /// What was asked of the box. The cache is as empty as the source allows, and a prompt of unknown length
  /// is long, so that the limit is no lower than it was.
  func settings(
    _ measurement: PublishedMeasurement, _ kind: Audit.Kind
  ) -> CheckSettings {
    let depth = max(measurement.contextDepth ?? 0, 0)
    var settings = CheckSettings(
      context: max(depth + (measurement.promptTokens ?? 4096), 1), depth: depth,
      batch: max(measurement.batch ?? 1, 1), microBatch: measurement.ubatch ?? 4096,
      runtime: runtime, boxes: boxes)
    // Runtimes of old ran without, and sources that say nothing are mostly old.
    settings.flashAttention = measurement.flashAttention ?? false
    if measurement.kvCache == "fp8" { settings.cacheType = .fp8 }
    guard kind == .training else { return settings }
    settings.training = TrainingSettings(
      method: TrainingSettings.Method(published: measurement),
      sequence: measurement.seqLen ?? 2048)
    return settings
  }
}

extension [String] {
  /// How often each stands here, most often first, and as they first appear where that is equal.
  var tallied: [(reason: String, count: Int)] {
    var tally: [(reason: String, count: Int)] = []
    for reason in self {
      if let index = tally.firstIndex(where: { $0.reason == reason }) {
        tally[index].count += 1
      } else {
        tally.append((reason, 1))
      }
    }
    return tally.sorted { $0.count > $1.count }
  }
}
