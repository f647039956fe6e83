import Capacity
import Harness
import Models
import Regression
import Reports
import Units

/// What `plimsoll report` is asked, read and checked before the first answer.
struct ReportPlan {
  /// The boxes to judge, each with its profile where it has one.
  let boxes: [(box: Box, profile: Profile?)]

  private let command: ReportCommand
  private let models: [Model]
  private let quantisations: [Quantisation]
  private let contexts: [Int]
  private let prices: PriceList?
  private let run: RunDocument?
  private let walks: [Walk]
  private let profiles: SpeedProfiles
  private let figures: (price: Double?, power: Double?, lifetime: Double?, electricity: Double?)

  /// Well-known models from a phone's to a rack's, dense and with experts.
  static let usualModels = [
    "llama-3.2-3b", "qwen3-8b", "llama-3.1-8b", "gemma-3-12b-it", "gpt-oss-20b", "qwen3.6-27b",
    "qwen3-30b-a3b", "qwen3-32b", "llama-3.1-70b", "gpt-oss-120b", "qwen3-235b-a22b", "deepseek-v3",
  ]

  init(_ command: ReportCommand) throws(Failure) {
    self.command = command
    figures = (
      try positive(command.price, "--price"), try positive(command.power, "--power"),
      try positive(command.lifetime, "--lifetime"),
      try positive(command.electricity, "--electricity")
    )
    contexts = try names(command.contexts ?? "8k,32k", "--contexts").map { (text) throws(Failure) in
      try count(text, "--contexts")
    }
    let asked = try names(command.models, "--models", usual: Self.usualModels)
    let forms = try names(command.quants ?? "Q4_K_M,Q8_0", "--quants")
    do throws(ModelError) {
      quantisations = try forms.map { (name) throws(ModelError) in
        try Quantisation(parsing: name)
      }
      models = try asked.map { (name) throws(ModelError) in try ModelReader.read(name) }
    } catch { throw Failure(error) }
    prices = try command.prices.read(Self.priceList)
    run = try command.runFile.read { (path) throws(Failure) in try storedRun(path) }
    walks = try Self.walks(command.walk)
    do throws(CapacityError) { profiles = try .builtIn() } catch {
      throw Failure(.malformed, error.description)
    }
    let output = command.output
    boxes = try names(command.boxes, "--boxes", usual: ["this"]).map { (name) throws(Failure) in
      try Self.box(name, output: output)
    }
    if let run, !boxes.contains(where: { $0.box.id == run.environment.fingerprint }) {
      throw Failure(
        .malformed,
        "the run was measured on \(run.environment.fingerprint), which is none of the boxes asked for"
      )
    }
  }

  /// The report on one of `boxes`.
  func report(
    on item: (box: Box, profile: Profile?), progress: (String, Double) -> Void
  ) throws(Failure) -> CapacityReport {
    let box = item.box
    let ownership = Ownership.assumed(for: box.deviceClass).with(
      price: figures.price, power: figures.power, lifetime: figures.lifetime,
      electricity: figures.electricity)
    let question = CapacityQuestion(
      box: box, ownership: ownership, models: models, quantisations: quantisations,
      contexts: contexts, profiles: profiles)
    let own = run.flatMap { $0.environment.fingerprint == box.id ? KernelRun($0) : nil }
    return CapacityReport(
      question.record(
        createdAt: Environment.now, prices: prices, profile: item.profile, run: own,
        baselines: item.profile == nil ? [] : try baselines(of: box.id),
        walks: item.profile == nil ? [] : walks, progress: progress))
  }

  private func baselines(of fingerprint: String) throws(Failure) -> [KernelRun] {
    let entries = command.place.store.entries.filter { $0.fingerprint == fingerprint }
    return try entries.map { (entry) throws(Failure) in
      let run = try command.place.attempt { (store) throws(RegressionError) in
        try store.load(fingerprint: entry.fingerprint, name: entry.name)
      }
      return KernelRun(run, name: entry.name)
    }
  }

  private static func box(
    _ name: String, output: OutputOptions
  ) throws(Failure) -> (box: Box, profile: Profile?) {
    if name == "this" {
      let measurement = BoxMeasurement(output: output)
      let profile = try measurement.profile(fresh: false)
      let available = try measurement.availableMemory().available
      return (try Box(profile, available: available, age: profile.day), profile)
    }
    let profile: Profile
    do throws(DocumentFile.ReadFailure) { profile = try ProfileStore.read(path: name) } catch {
      guard error == .notFound else {
        throw Failure(reading: name, error, what: "profile", writer: "plimsoll profile")
      }
      do throws(CapacityError) { return (try BoxCatalogue.builtIn().find(name), nil) } catch {
        throw Failure(.notFound, error.description)
      }
    }
    let memory = profile.machine.memory.value ?? .zero
    return (try Box(profile, available: memory, age: profile.day), profile)
  }

  private static func priceList(_ path: String) throws(Failure) -> PriceList {
    let bytes: [UInt8]
    do throws(DocumentFile.ReadFailure) { bytes = try DocumentFile.contents(path) } catch {
      throw Failure(reading: path, error, what: "price list", writer: "a text editor")
    }
    do throws(CapacityError) { return try PriceList(json: bytes) } catch {
      throw Failure(.malformed, "\(path) is no price list: \(error.description)")
    }
  }

  /// The walks of documents of `simulate` and `run`.
  static func walks(_ paths: [String]) throws(Failure) -> [Walk] {
    var walks: [Walk] = []
    for path in paths {
      do throws(DocumentFile.ReadFailure) { walks += try Walk.read(path: path) } catch {
        throw Failure(reading: path, error, what: "walk", writer: "plimsoll simulate or run")
      }
    }
    return walks
  }
}

extension Profile {
  /// The day it was measured, in UTC.
  fileprivate var day: String { "on \(timestamp(measuredAt).prefix(10))" }
}

/// The names between commas; at least one.
private func names(
  _ text: String?, _ option: String, usual: [String] = []
) throws(Failure) -> [String] {
  guard let text else { return usual }
  var names: [String] = []
  for name in text.split(separator: ",").map(String.init) where !names.contains(name) {
    names.append(name)
  }
  guard !names.isEmpty else {
    throw Failure(
      .usage, "\(option): '\(text)' names nothing; write names with commas between them")
  }
  return names
}

/// A positive number; nil for none.
private func positive(_ text: String?, _ option: String) throws(Failure) -> Double? {
  guard let text else { return nil }
  guard let value = Double(text), value > 0, value < 1e12 else {
    throw Failure(.usage, "\(option): '\(text)' is not a positive number")
  }
  return value
}
