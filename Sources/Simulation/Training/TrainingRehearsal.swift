import Capacity
import Hardware
import Tensors
import Units

/// Training rehearsed in memory: what the ledger says a step holds is taken and touched in a step's order.
///
/// Nothing is learnt and nothing multiplied. What is shown is whether the box carries the step, and that
/// the peak is where the ledger has it.
public struct TrainingRehearsal: Sendable {
  /// The ledger that is rehearsed, without what the system keeps for itself.
  public let lines: [MemoryLedger.Line]
  private let layers: Int
  private let stepsInBackward: Bool

  /// Of the training plan of `assessment`.
  ///
  /// Errors: `.usage` where training was not asked for or the layers are not known; `.refused` where
  /// it would need more than an `Int` counts.
  public init(_ assessment: Assessment) throws(SimulationError) {
    guard let plan = assessment.training else {
      throw SimulationError(.usage, "no training was asked for; name lora, qlora or full")
    }
    guard assessment.model.layers > 0 else {
      throw SimulationError(
        .usage, "the layers of \(assessment.model.name) are not known: no step can be rehearsed")
    }
    lines = plan.ledger.lines.filter { $0.kind != .system && $0.bytes > .zero }
    layers = assessment.model.layers
    stepsInBackward = plan.settings.method == .full && plan.settings.recipe.stepsInBackward
    guard required < Bytes(1 << 46) else {
      throw SimulationError(.refused, "a step of \(required) is more than any box can carry")
    }
  }

  /// What a step holds at its peak, by the ledger.
  public var required: Bytes { MemoryLedger(lines: lines).total }

  /// Two steps, each of two batches whose gradients are added up: the peak is in the second step's second
  /// forward pass, when states and gradients are there and activations come.
  ///
  /// - Parameter reasonToEnd: asked after each layer: nil, or why the rehearsal has to end.
  /// Errors: `.refused` where the budget is less than `required`, with how much is missing, or when
  /// `reasonToEnd` says so; `.interrupted`. Memory is given back in each case. Cost: a write to each page
  /// of memory for each time that a step passes over it.
  public func run(
    budget: WalkBudget, isInterrupted: () -> Bool = { false },
    reasonToEnd: () -> String? = { nil }, progress: (Double) -> Void = { _ in }
  ) throws(SimulationError) -> TrainingRehearsalResult {
    try budget.check(required, for: "a training step")
    let meter = PeakMeter()
    let passes = 2 * Self.steps * Self.batches * layers
    var passed = 0
    var seconds: [Double] = []
    var start = ContinuousClock.now
    let memory = memory()
    try steps(memory) { event throws(SimulationError) in
      switch event {
      case .step:
        let now = ContinuousClock.now
        seconds.append((now - start) / .seconds(1))
        start = now
      case .layer:
        passed += 1
        progress(Double(passed) / Double(passes))
        if let reason = reasonToEnd() { throw SimulationError(.refused, reason) }
        guard !isInterrupted() else {
          throw SimulationError(.interrupted, "interrupted: the rehearsal was given up")
        }
      }
    }
    return TrainingRehearsalResult(
      required: required, measuredPeak: meter.peak(), stepSeconds: seconds,
      lines: lines.map { line in
        .init(
          item: line.item, bytes: line.bytes,
          pageBytes: Bytes(memory.pages(of: RehearsalMemory.Use(line)).size))
      })
  }

  /// The memory of the step, nothing of which is taken yet.
  func memory() -> RehearsalMemory {
    RehearsalMemory(lines, layers: layers, gradientsAreWhole: stepsInBackward)
  }

  /// What the rehearsal has passed.
  enum Event { case layer, step }

  /// Touches `memory` in the order of the steps.
  func steps(
    _ memory: RehearsalMemory, passed: (Event) throws(SimulationError) -> Void
  ) throws(SimulationError) {
    for _ in 0..<Self.steps {
      for _ in 0..<Self.batches {
        for layer in 0..<layers {
          try memory.forward(layer)
          try passed(.layer)
        }
        try memory.touch(.loss)
        for layer in (0..<layers).reversed() {
          try memory.backward(layer)
          if stepsInBackward { try memory.update(layer) }
          try passed(.layer)
        }
      }
      if !stepsInBackward { for layer in 0..<layers { try memory.update(layer) } }
      try passed(.step)
    }
  }

  /// The second meets what the first left: gradients and states.
  private static let steps = 2
  /// Whose gradients are added up.
  private static let batches = 2
}

/// What a rehearsal of training has shown.
public struct TrainingRehearsalResult: Sendable, Equatable, Codable {
  /// The peak by the ledger.
  public var required: Bytes
  /// The peak of what the process held, less what it held before; nil where the system doesn't say.
  public var measuredPeak: Bytes?
  /// How long each step's touching took, in seconds: memory alone, no arithmetic.
  public var stepSeconds: [Double]
  /// The ledger, line by line.
  public var lines: [Line]

  /// One use of memory.
  public struct Line: Sendable, Equatable, Codable {
    /// What it is, as the ledger names it.
    public var item: String
    /// How much.
    public var bytes: Bytes
    /// The pages that were asked for: a system without huge ones gives small ones all the same.
    public var pageBytes: Bytes
  }

  /// Measured over required: 1 where the ledger was right; nil where the peak is not known.
  public var ratio: Double? {
    measuredPeak.map { Double($0.count) / Double(max(1, required.count)) }
  }
}

/// The peak of this process's memory from a moment on.
private struct PeakMeter {
  private let before: ProcessMemory?
  private let isReset: Bool

  /// The peak starts afresh, since an earlier one would hide it.
  init() {
    isReset = ProcessMemory.resetPeak()
    before = ProcessMemory()
  }

  /// The most that was held beyond what there was at first; nil where an earlier peak hides it.
  func peak() -> Bytes? {
    guard let before, let after = ProcessMemory(), isReset || after.peak > before.peak else {
      return nil
    }
    return after.peak - before.resident
  }
}
