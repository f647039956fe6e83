#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What runtimes make of datasheets: coefficients that `plimsoll calibrate` fitted on published measurements.
public struct SpeedProfiles: Sendable, Equatable {
  private let profiles: [SpeedProfile]

  /// None: speeds are then shares of the datasheet by class of device.
  public static let none = SpeedProfiles(profiles: [])

  /// Those built into the program: what `plimsoll calibrate --format json` wrote of `measurements.jsonl` and
  /// `processors.jsonl` in `Benchmarks/Published`.
  ///
  /// Errors: none for a program whose tests passed.
  public static func builtIn() throws(CapacityError) -> SpeedProfiles {
    try SpeedProfiles(json: PackageResources.profiles_json)
  }

  /// Profiles read from what `plimsoll calibrate` writes as JSON, the schema `plimsoll/calibration@1`.
  ///
  /// A profile's interval is that of devices left out, or of models where there were too few devices; one
  /// with neither is passed over. Errors: text that isn't such JSON.
  public init(json: [UInt8]) throws(CapacityError) {
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      let file = try decoder.decode(File.self, from: Data(json))
      self.init(profiles: file.profiles.compactMap(SpeedProfile.init))
    } catch {
      throw CapacityError(
        "the speed profiles can't be read, write them with calibrate --format json: \(error)")
    }
  }

  private init(profiles: [SpeedProfile]) { self.profiles = profiles }

  /// What was fitted for `key`; nil where nothing was.
  subscript(key: Calibration.Key) -> SpeedProfile? { profiles.first { $0.key == key } }

  fileprivate struct File: Decodable {
    var profiles: [Entry]
  }

  fileprivate struct Entry: Decodable {
    var runtime: Runtime
    var family: Calibration.Family
    var kind: Audit.Kind
    var sequences: Calibration.Sequences
    var coefficients: [String: Double]
    var rates: Int
    var devices: Int
    var leftOutDevices: Errors
    var leftOutModels: Errors
  }

  fileprivate struct Errors: Decodable {
    var interval: [Double]?
  }
}

extension SpeedProfile {
  /// Devices of which one left out tells of one more.
  private static let fewestDevices = 3

  fileprivate init?(_ entry: SpeedProfiles.Entry) {
    let errors = entry.devices >= Self.fewestDevices ? entry.leftOutDevices : entry.leftOutModels
    let interval = errors.interval
    guard let low = interval?.first, let high = interval?.last, low <= high else { return nil }
    let coefficients = entry.coefficients.compactMap { name, value in
      SpeedTerm(rawValue: name).map { ($0, value) }
    }
    self.init(
      key: Calibration.Key(
        runtime: entry.runtime, family: entry.family, kind: entry.kind,
        sequences: entry.sequences),
      coefficients: Dictionary(uniqueKeysWithValues: coefficients), low: low, high: high,
      rates: entry.rates, devices: entry.devices)
  }
}
