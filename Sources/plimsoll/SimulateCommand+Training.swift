import Capacity
import Models
import Reports
import Simulation
import Units

extension SimulateCommand {
  /// Rehearses two training steps in memory, and holds the ledger against the peak.
  func rehearse(
    _ training: TrainingSettings, of model: Model, _ budget: WalkBudget,
    _ measurement: BoxMeasurement
  ) throws {
    let settings = CheckSettings(training: training)
    let box = try Box(
      try measurement.profile(fresh: false), available: budget.bytes, age: "before")
    let assessment = Capacity.assess(model: model, box: box, settings: settings)
    let result = try rehearsed(assessment, budget)
    let report = RehearsalReport(
      result, model: model.name, quantisation: model.quantisation, training: training)
    try output.write(try report.rendered(as: output.format, style: output.style))
  }

  private func rehearsed(
    _ assessment: Assessment, _ budget: WalkBudget
  ) throws(Failure) -> TrainingRehearsalResult {
    var progress = Progress(isQuiet: output.quiet)
    defer { progress.finish() }
    do throws(SimulationError) {
      let watchdog = try Watchdog(floor: budget.floor)
      return try TrainingRehearsal(assessment).run(
        budget: budget, isInterrupted: { Interruption.isPending },
        reasonToEnd: { watchdog.reason }, progress: { progress.show("rehearsing", share: $0) })
    } catch {
      progress.finish()
      throw Failure(error)
    }
  }
}
