import Capacity
import Models
import Statistics
import Testing
import Units

@testable import Simulation

@Suite(.serialized) struct TrainingRehearsalTests {
  private static func assessment(_ settings: TrainingSettings?) throws -> Assessment {
    let box = Box(
      id: "test", name: "test", measured: true, pool: .system, memoryTotal: .gibibytes(64),
      memoryAvailable: .gibibytes(64), readBandwidth: Estimate(exactly: 100e9), peaks: [:],
      source: "the test")
    return Capacity.assess(
      model: try Catalogue.entry(named: "smollm2-135m").model(), box: box,
      settings: CheckSettings(training: settings))
  }

  /// Small enough for a test; all weights change, so that every kind of memory takes part.
  private static var small: TrainingSettings {
    TrainingSettings(method: .full, sequence: 128, optimizer: .adamw8bit)
  }

  @Test func theLedgerIsTheMeasuredPeak() throws {
    #if os(Linux)
      let rehearsal = try TrainingRehearsal(try Self.assessment(Self.small))
      #expect(rehearsal.required > .gibibytes(1), "large beside what other tests hold")
      let result = try rehearsal.run(budget: try WalkBudget())
      let measured = try #require(result.measuredPeak)
      // 3 % and what the tests that run beside this one come and go with.
      let tolerance = Double(rehearsal.required.count) * 0.03 + 0x1p27
      #expect(abs(Double((measured - rehearsal.required).count)) < tolerance, "\(result)")
      #expect(result.stepSeconds.count == 2)
      #expect(result.lines.map(\.bytes).reduce(.zero, +) == result.required)
    #endif
  }

  /// Without a machine: what is held at each point of the step.
  @Test(arguments: TrainingSettings.Method.allCases, TrainingRecipe.Trainer.allCases)
  func theMostThatIsHeldIsTheLedgersTotal(
    method: TrainingSettings.Method, trainer: TrainingRecipe.Trainer
  ) throws {
    let settings = TrainingSettings(
      method: method, rank: 4, sequence: 32, optimizer: .sgd, recipe: TrainingRecipe(trainer))
    let rehearsal = try TrainingRehearsal(try Self.assessment(settings))
    let memory = rehearsal.memory()
    try rehearsal.steps(memory) { _ in }
    #expect(memory.peak == rehearsal.required.count)
    #expect(memory.held < memory.peak, "activations were given back")
  }

  @Test func whatDoesNotFitIsToldBeforehand() throws {
    #if os(Linux)
      let rehearsal = try TrainingRehearsal(try Self.assessment(Self.small))
      let machine = try FakeMachine(available: .gibibytes(1))
      let error = #expect(throws: SimulationError.self) {
        try rehearsal.run(budget: try WalkBudget(from: machine.files))
      }
      #expect(error?.kind == .refused && error?.description.contains("are missing") == true)
    #endif
  }

  @Test func itCanBeEnded() throws {
    let rehearsal = try TrainingRehearsal(
      try Self.assessment(TrainingSettings(method: .lora, rank: 4, sequence: 32)))
    let budget = try WalkBudget()
    let interrupted = #expect(throws: SimulationError.self) {
      try rehearsal.run(budget: budget, isInterrupted: { true })
    }
    #expect(interrupted?.kind == .interrupted)
    let ended = #expect(throws: SimulationError.self) {
      try rehearsal.run(budget: budget, reasonToEnd: { "the box is short of memory" })
    }
    #expect(ended == SimulationError(.refused, "the box is short of memory"))
  }

  @Test func withoutTrainingThereIsNothingToRehearse() throws {
    let error = #expect(throws: SimulationError.self) {
      try TrainingRehearsal(try Self.assessment(nil))
    }
    #expect(error?.kind == .usage)
  }
}
