import Capacity
import Harness
import Units

/// A calibration in every format: how far off it is where it was not fitted, then what was fitted.
public struct CalibrationReport: Sendable {
  private let calibration: Calibration
  private let training: TrainingErrors
  private let file: String

  /// A report of `calibration` and `training`, both of the file of that name.
  public init(_ calibration: Calibration, training: TrainingErrors, file: String) {
    (self.calibration, self.training, self.file) = (calibration, training, file)
  }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text:
      return ([style.bold(headline) + "\n"] + tables.map { $0.text(style: style) })
        .joined(separator: "\n")
    case .json: return try JSON.text(document)
    case .markdown:
      return (["## \(headline)\n"] + tables.map(\.markdown)).joined(separator: "\n")
    case .csv:
      return [errors, training.table].filter { !$0.rows.isEmpty }.map(\.csv)
        .joined(separator: "\r\n")
    }
  }

  private var headline: String {
    let rates = calibration.profiles.reduce(0) { $0 + $1.rates }
    return "\(file): \(rates) rates fitted in \(calibration.profiles.count) profiles, "
      + "\(calibration.unused.reduce(0) { $0 + $1.count }) not used"
  }

  private var tables: [Table] {
    [errors, coefficients, unused, training.table, training.unusedTable]
      .filter { !$0.rows.isEmpty }
  }

  private var errors: Table {
    Table(
      title: "How far off, where it was not fitted",
      columns: Self.names + [
        .init("rates", .right), .init("devices", .right), .init("models", .right),
        .init("device left out", .right),
        .init("four of five", .right), .init("model left out", .right),
        .init("four of five", .right), .init("80 % interval", .right), .init("covers", .right),
      ],
      rows: calibration.profiles.map { profile in
        let (devices, models) = (profile.leftOutDevices, profile.leftOutModels)
        return name(profile) + [
          "\(profile.rates)", "\(profile.devices)", "\(profile.models)", percent(devices.median),
          percent(devices.upper), percent(models.median), percent(models.upper),
          interval(devices.interval), percent(devices.coverage),
        ]
      },
      footnotes: [
        "errors are |predicted / measured − 1|, medians; the interval is measured over predicted, for one more "
          + "device, and covers that share of the rates of a device that took no part in it"
      ])
  }

  private var coefficients: Table {
    var terms: [String] = []
    for profile in calibration.profiles {
      for (term, _) in profile.coefficients where !terms.contains(term) { terms.append(term) }
    }
    return Table(
      title: "Times the ideal time (layers and experts: microseconds each; cache: FLOP a byte)",
      columns: Self.names + terms.map { .init($0, .right) },
      rows: calibration.profiles.map { profile in
        name(profile)
          + terms.map { term in
            profile.coefficients.first { $0.term == term }.map { Decimal.significant($0.value) }
              ?? "–"
          }
      })
  }

  /// What was fitted together, for the left of a table.
  private static let names = ["runtime", "chips", "what", "sequences"].map { Table.Column($0) }

  private func name(_ profile: Calibration.Profile) -> [String] {
    [
      profile.runtime.rawValue, profile.family.rawValue, profile.kind.rawValue,
      profile.sequences.rawValue,
    ]
  }

  private var unused: Table { Table(title: "Not used", reasons: calibration.unused) }

  private func percent(_ share: Double?) -> String {
    share.map { "\(Decimal.fixed($0 * 100, 1)) %" } ?? "–"
  }

  private func interval(_ interval: (low: Double, high: Double)?) -> String {
    interval.map { "\(Decimal.fixed($0.low, 2))–\(Decimal.fixed($0.high, 2))" } ?? "–"
  }

  private var document: Document {
    Document(
      file: file,
      profiles: calibration.profiles.map { profile in
        Document.Profile(
          runtime: profile.runtime, family: profile.family, kind: profile.kind,
          sequences: profile.sequences,
          coefficients: Dictionary(uniqueKeysWithValues: profile.coefficients.map { $0 }),
          rates: profile.rates, devices: profile.devices, models: profile.models,
          leftOutDevices: .init(profile.leftOutDevices),
          leftOutModels: .init(profile.leftOutModels))
      },
      unused: Dictionary(uniqueKeysWithValues: calibration.unused.map { $0 }),
      training: training.groups.map(TrainingErrors.Document.init),
      trainingUnused: Dictionary(uniqueKeysWithValues: training.unused.map { $0 }))
  }

  private struct Document: Encodable {
    var schema = "plimsoll/calibration@1"
    var file: String
    var profiles: [Profile]
    var unused: [String: Int]
    var training: [TrainingErrors.Document]
    var trainingUnused: [String: Int]

    struct Profile: Encodable {
      var runtime: Runtime
      var family: Calibration.Family
      var kind: Audit.Kind
      var sequences: Calibration.Sequences
      var coefficients: [String: Double]
      var rates: Int
      var devices: Int
      var models: Int
      var leftOutDevices: Errors
      var leftOutModels: Errors
    }

    struct Errors: Encodable {
      @Null var median: Double?
      @Null var fourOfFive: Double?
      @Null var interval: [Double]?
      @Null var coverage: Double?

      init(_ errors: Calibration.Errors) {
        (median, fourOfFive, coverage) = (errors.median, errors.upper, errors.coverage)
        interval = errors.interval.map { [$0.low, $0.high] }
      }
    }
  }
}
