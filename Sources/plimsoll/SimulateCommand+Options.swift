import ArgumentParser
import Capacity
import Harness
import Kernels
import Models
import Reports
import Simulation
import Units

// From the options of `simulate` to values.

extension SimulateCommand {
  func readModel() throws(Failure) -> Model {
    do throws(ModelError) {
      let quantisation = try quant.read { (name) throws(ModelError) in
        try Quantisation(parsing: name)
      }
      let model = try ModelReader.read(model, quantisation: quantisation)
      guard !model.geometry.layers.isEmpty else {
        throw ModelError(
          .unsupported,
          "the architecture '\(model.geometry.architecture)' is unknown here, so the order in which "
            + "it reads its weights is too")
      }
      return model
    } catch {
      if error.kind == .unsupported { throw Failure(.cannotSay, error.description) }
      throw Failure(error)
    }
  }

  func settings(
    for model: Model, _ budget: Bytes
  ) throws(Failure) -> SimulationSettings {
    let backing: Backing = try choice(backing, "--backing")
    let policy: Policy =
      try policy.read { (text) throws(Failure) in try choice(text, "--policy") }
      ?? (backing == .anonymous ? .hugepage : .normal)
    guard policy != .direct || backing == .file else {
      throw Failure(.usage, "--policy direct reads a file: use --backing file")
    }
    guard skew.isFinite, (0...8).contains(skew) else {
      throw Failure(.usage, "--skew \(skew): expected a number from 0 to 8")
    }
    let longest = model.geometry.contextLength ?? CheckSettings.defaultContext
    let context = try context.read { (text) throws(Failure) in try count(text, "--context") }
    return SimulationSettings(
      backing: backing, policy: policy, tokens: min(try count(tokens, "--tokens"), 1 << 20),
      layers: try layers.read { (text) throws(Failure) in try count(text, "--layers") },
      walk: DecodeWalk.Settings(
        context: context ?? min(CheckSettings.defaultContext, max(longest, 1)),
        cacheType: try choice(kvType, "--kv-type"),
        touchOnly: touchOnly || backing == .sparse, skew: skew, seed: seed),
      directory: directory ?? Environment.workingFolder, keep: keep,
      asItLies: quant == nil && backing == .file && model.isGGUF,
      budget: budget)
  }

  func threadCount() throws(Failure) -> Int {
    guard let threads else { return WorkerPool.availableProcessors }
    let asked = try count(threads, "--threads")
    guard asked <= 4096 else { throw Failure(.usage, "--threads \(asked): expected at most 4096") }
    return asked
  }

  /// What the walk may hold, and what the box has beside it.
  func readBudget() throws(Failure) -> WalkBudget {
    let asked = try budget.read { (text) throws(Failure) in try size(text, "--budget") }
    do throws(SimulationError) { return try WalkBudget(asked: asked) } catch {
      throw Failure(error)
    }
  }

  /// A control group around the process where a budget was asked for, or why there is none.
  func bound(_ budget: WalkBudget) -> (BudgetGroup?, refusal: String?) {
    guard budget.asked != nil else { return (nil, nil) }
    do throws(SimulationError) { return (try BudgetGroup(limit: budget.bytes), nil) } catch {
      output.note("the budget is kept to, but not enforced: \(error)")
      return (nil, error.description)
    }
  }

  /// Memory taken away from the box.
  func weight(_ text: String) throws(Failure) -> Ballast {
    let bytes = try size(text, "--ballast")
    do throws(SimulationError) {
      return try Ballast(bytes, isInterrupted: { Interruption.isPending })
    } catch { throw Failure(error) }
  }

  private func size(_ text: String, _ option: String) throws(Failure) -> Bytes {
    try quantity(option) { () throws(UnitsError) in try Bytes(parsing: text) }
  }

  /// What the box's profile says of the same walk.
  func prediction(
    of simulation: Simulation, _ measurement: BoxMeasurement
  ) throws(Failure) -> SimulatePrediction {
    let box = try Box(
      try measurement.profile(fresh: false), available: simulation.settings.budget, age: "before")
    return SimulatePrediction(
      decode: simulation.prediction(on: box), readBandwidth: box.readBandwidth,
      diskRead: box.diskRead)
  }
}

extension Model {
  /// Whether it was read from GGUF files.
  fileprivate var isGGUF: Bool {
    if case .files(let paths) = origin { paths.allSatisfy { $0.hasSuffix(".gguf") } } else { false }
  }
}

extension Failure {
  /// The failure that a walk which could not be made means.
  init(_ error: SimulationError) {
    let code: ExitCode =
      switch error.kind {
      case .usage: .usage
      case .malformed: .malformed
      case .notFound: .notFound
      case .refused: .refused
      case .inputOutput: .inputOutput
      case .interrupted: .interrupted
      case .wrongAnswer: .wrongAnswer
      }
    self.init(code, error.description)
  }
}
