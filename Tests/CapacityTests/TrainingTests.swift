import Capacity
import Models
import Testing
import Units

/// The founding question: what can a box of 128 GB fine-tune?
@Suite struct TrainingTests {
  private let model = TestModel.llama3At70B.model(.bf16)

  /// Published reckoning: about 47 GiB for rank 16, 2048 tokens, batch 1; ours counts the f32 logits
  /// in full, which recipes may cut into chunks, hence a GiB and a half of room.
  @Test func qloraOf70BFitsASpark() throws {
    let plan = try plan(.qlora, rank: 16)
    #expect(abs(Double(plan.required.count) / 1_073_741_824 - plan.reserveGiB - 47) < 2)
    #expect(plan.verdict == .fits)
    #expect(plan.trainedParameters == 207_093_760)
  }

  @Test func loraOf70BDoesNot() throws {
    let plan = try plan(.lora, rank: 16)
    #expect(plan.ledger.total(.weights) == Bytes(2 * 70_553_706_496))
    #expect(plan.verdict == .exceeds)
  }

  @Test func full70BIsAnOrderOfMagnitudeAway() throws {
    let plan = try plan(.full)
    let states = plan.ledger.lines.prefix(3).reduce(0) { $0 + $1.bytes.count }
    #expect(states == 16 * 70_553_706_496)
    #expect(plan.required.count > 8 * plan.budget.count)
    #expect(plan.verdict == .exceeds)
  }

  /// 5,079 and 760 training tokens a second were published for this box; its dense 16-bit peak of
  /// 122 TFLOP/s allows neither.
  @Test func physicsRefusesThePublishedClaims() throws {
    let answer = try answer(.qlora, rank: 8)
    let limit = try #require(answer.training?.limit)
    #expect(limit < 760 && limit > 300)
    #expect(answer.warnings.contains { $0.code == "training-claims" })
  }

  @Test(arguments: [
    (TrainingSettings.Optimizer.adamw, 16), (.adamw8bit, 10), (.sgd, 8),
  ])
  func optimisersKeepTheirStates(optimizer: TrainingSettings.Optimizer, bytes: Int) {
    let settings = TrainingSettings(method: .full, optimizer: optimizer)
    let shape = TestModel.llama3At1B.model(.bf16)
    let parameters = shape.tensors.reduce(0) { $0 + $1.elements }
    let plan = Capacity.assess(
      model: shape, box: .test(), settings: CheckSettings(training: settings)
    ).training
    let kept = plan?.ledger.lines.prefix(3).reduce(0) { $0 + $1.bytes.count }
    #expect(kept == bytes * parameters)
  }

  /// Experts share the outer factor: 3·r·(hidden + experts · width) a layer, beside attention.
  @Test func expertsShareTheOuterFactor() {
    let training = TrainingSettings(method: .lora, rank: 32)
    let plan = Capacity.assess(
      model: TestModel.qwen3At30B.model(.bf16), box: .test(),
      settings: CheckSettings(training: training)
    ).training
    let attention = (2048 + 4096) * 2 + (2048 + 512) * 2
    #expect(plan?.trainedParameters == 48 * 32 * (attention + 3 * (2048 + 128 * 768)))
  }

  @Test func checkpointingTradesMemoryForWork() throws {
    let kept = try plan(.qlora, checkpointing: false)
    let recomputed = try plan(.qlora, checkpointing: true)
    #expect(recomputed.required < kept.required)
    let slow = try #require(recomputed.tokensPerSecond).value
    let fast = try #require(kept.tokensPerSecond).value
    #expect(abs(fast / slow - 1.5) < 1e-9)
    #expect(kept.limit == recomputed.limit)
  }

  /// torchtune's runs of Llama-3.1-8B with two sequences of 2048 tokens on one RTX 4090.
  @Test(arguments: [
    (TrainingSettings.Method.full, 1650.0), (.lora, 3083), (.qlora, 2413),
  ])
  func publishedRatesLieInTheInterval(method: TrainingSettings.Method, measured: Double) throws {
    let training = TrainingSettings(method: method, rank: 8, batch: 2)
    let plan = Capacity.assess(
      model: TestModel.llama3At8B.model(.bf16), box: try BoxCatalogue.builtIn().find("rtx-4090"),
      settings: CheckSettings(training: training)
    ).training
    let rate = try #require(plan?.tokensPerSecond)
    #expect(rate.low <= measured && measured <= rate.high)
    let step = try #require(plan?.stepSeconds)
    #expect(abs(step.value * rate.value - 4096) < 1e-6)
  }

  private func answer(_ method: TrainingSettings.Method, rank: Int = 32) throws -> Assessment {
    let training = TrainingSettings(method: method, rank: rank)
    return Capacity.assess(
      model: model, box: try BoxCatalogue.builtIn().find("dgx-spark"),
      settings: CheckSettings(training: training))
  }

  private func plan(
    _ method: TrainingSettings.Method, rank: Int = 32, checkpointing: Bool = true
  ) throws -> TrainingPlan {
    let training = TrainingSettings(method: method, rank: rank, checkpointing: checkpointing)
    let answer = Capacity.assess(
      model: model, box: try BoxCatalogue.builtIn().find("dgx-spark"),
      settings: CheckSettings(training: training))
    return try #require(answer.training)
  }
}

extension TrainingPlan {
  /// What the system keeps, in GiB.
  fileprivate var reserveGiB: Double { Double(ledger.total(.system).count) / 1_073_741_824 }
}
