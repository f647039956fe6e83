import Statistics

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many times its ideal time each part of a step takes a runtime, fitted on published measurements, and how
/// far off that is where it was not fitted.
///
/// time = Σ coefficient · term (`SpeedTerm`). Only single devices are taken, and no measurement that its
/// collector doubts.
public struct Calibration: Sendable {
  /// One for each runtime, family of chips and kind of step with enough measurements.
  public let profiles: [Profile]
  /// Rates that could not be used, by reason, most first.
  public let unused: [(reason: String, count: Int)]

  /// Whose chips share coefficients.
  public enum Family: String, Sendable, Codable, CaseIterable {
    /// Apple silicon.
    case apple
    /// Graphics cards and data-centre accelerators, and those that share a processor's memory.
    case accelerator
    /// Processors, by ceilings that were measured on them.
    case processor

    init(_ deviceClass: DeviceClass) {
      switch deviceClass {
      case .apple: self = .apple
      case .desktop, .server, .integrated: self = .accelerator
      case .processor: self = .processor
      }
    }
  }

  /// How many sequences a step serves: several share the weights that it reads.
  public enum Sequences: String, Sendable, Codable, CaseIterable {
    /// One; a prompt is read alone whatever the batch.
    case one
    /// Two and more.
    case several

    init(kind: Audit.Kind, batch: Int) {
      self = kind == .decode && batch > 1 ? .several : .one
    }
  }

  /// What was fitted for one runtime, family and kind of step.
  public struct Profile: Sendable {
    /// The runtime.
    public let runtime: Runtime
    /// The chips.
    public let family: Family
    /// `decode` or `prefill`.
    public let kind: Audit.Kind
    /// Sequences of a step.
    public let sequences: Sequences
    /// How many times its ideal time each term takes; the layers' are microseconds.
    public let coefficients: [(term: String, value: Double)]
    /// Rates, devices and models behind it.
    public let rates: Int, devices: Int, models: Int
    /// The error on devices that were left out of the fit, each in turn.
    public let leftOutDevices: Errors
    /// The error on models that were left out, each in turn.
    public let leftOutModels: Errors
  }

  /// How far predictions lay from rates that took no part in the fit.
  public struct Errors: Sendable {
    /// The median of |predicted / measured − 1|; nil where nothing could be left out.
    public let median: Double?
    /// Four of five are below this.
    public let upper: Double?
    /// Measured over predicted for one more device or model: 80 %.
    public let interval: (low: Double, high: Double)?
    /// Share of a device's rates within the interval that the errors of the others gave: the mean over devices.
    public let coverage: Double?
    /// |predicted / measured − 1| of all.
    public let errors: [Double]
  }

  /// Fits all of `files` together against the datasheets of `catalogue`.
  public init(_ files: [MeasurementFile], catalogue: BoxCatalogue) {
    var groups: [(key: Key, rates: [MeasuredRate])] = []
    var reasons: [String] = []
    var models = MeasuredModels()
    for (_, measurement) in files.flatMap(\.lines) {
      for (kind, rate) in measurement.rates {
        do throws(CapacityError) {
          let (key, rate) = try MeasuredRate.read(
            kind, rate, measurement, entries: catalogue.entries, models: &models)
          if let index = groups.firstIndex(where: { $0.key == key }) {
            groups[index].rates.append(rate)
          } else {
            groups.append((key, [rate]))
          }
        } catch { reasons.append(error.description) }
      }
    }
    for (key, rates) in groups where rates.count < Self.fewest {
      reasons += rates.map { _ in "fewer than \(Self.fewest) of \(key.runtime.rawValue)" }
    }
    unused = reasons.tallied
    profiles = groups.filter { $0.rates.count >= Self.fewest }.compactMap { key, rates in
      Profile(key, rates)
    }
  }

  /// Rates that a fit takes at least: two for each coefficient.
  private static let fewest = 12

  /// What shares a fit.
  struct Key: Sendable, Equatable {
    let runtime: Runtime
    let family: Family
    let kind: Audit.Kind
    let sequences: Sequences
  }
}

extension Calibration.Profile {
  fileprivate init?(_ key: Calibration.Key, _ rates: [MeasuredRate]) {
    guard let fit = MeasuredRate.fit(rates) else { return nil }
    (runtime, family, kind, sequences) = (key.runtime, key.family, key.kind, key.sequences)
    coefficients = zip(SpeedTerm.allCases, fit.coefficients).compactMap { term, value in
      rates.contains { ($0.terms[term] ?? 0) > 0 } ? (term.rawValue, value) : nil
    }
    self.rates = rates.count
    devices = Set(rates.map(\.device)).count
    models = Set(rates.map(\.model)).count
    leftOutDevices = Calibration.Errors(rates, leavingOut: \.device)
    leftOutModels = Calibration.Errors(rates, leavingOut: \.model)
  }
}

extension Calibration.Errors {
  /// Leaves out all rates of one device or model after the other, fits the rest, and predicts them: those of
  /// which each term is in the rest, as `SpeedProfile` predicts nothing by a term that was never measured.
  fileprivate init(_ rates: [MeasuredRate], leavingOut key: (MeasuredRate) -> String) {
    var logarithms: [(key: String, value: Double)] = []
    for left in Set(rates.map(key)).sorted() {
      let others = rates.filter { key($0) != left }
      guard let fit = MeasuredRate.fit(others) else { continue }
      let known = Set(others.flatMap { $0.terms.filter { $0.value > 0 }.keys })
      for rate in rates where key(rate) == left {
        guard rate.terms.allSatisfy({ $0.value <= 0 || known.contains($0.key) }) else { continue }
        logarithms.append((left, log(rate.predicted(by: fit) / rate.seconds)))
      }
    }
    errors = logarithms.map { abs(exp($0.value) - 1) }
    let sample = Sample(errors)
    (median, upper) = (sample.median, sample.quantile(0.8))
    interval = Self.interval(logarithms).map { (exp(-$0.high), exp(-$0.low)) }
    var covered: [Double] = []
    for left in Set(logarithms.map(\.key)).sorted() {
      guard let others = Self.interval(logarithms.filter { $0.key != left }) else { continue }
      let own = logarithms.filter { $0.key == left }
      let inside = own.count { others.low <= $0.value && $0.value <= others.high }
      covered.append(Double(inside) / Double(own.count))
    }
    coverage = Sample(covered).mean
  }

  /// Where a rate of one more device lies with 80 %.
  ///
  /// Devices count alike, however often they were measured, and the tails are those of one device among
  /// K + 1. Source: Dunn, Wasserman, Ramdas, "Distribution-free prediction sets for two-layer hierarchical
  /// models" (2022).
  private static func interval(
    _ logarithms: [(key: String, value: Double)]
  ) -> (low: Double, high: Double)? {
    var counts: [String: Int] = [:]
    for (key, _) in logarithms { counts[key, default: 0] += 1 }
    let devices = Double(counts.count)
    let share = min(0.9 * (devices + 1) / devices, 1)
    let sorted = logarithms.sorted { $0.value < $1.value }
    func quantile(_ values: some Sequence<(key: String, value: Double)>) -> Double? {
      var below = 0.0
      var last: Double?
      for (key, value) in values {
        below += 1 / Double(counts[key] ?? 1)
        last = value
        if below >= share * devices * (1 - 1e-12) { break }
      }
      return last
    }
    return quantile(sorted.reversed()).flatMap { low in quantile(sorted).map { (low, $0) } }
  }
}
