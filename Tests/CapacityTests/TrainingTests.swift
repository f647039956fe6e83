import Capacity
import Models
import Testing
import Units

/// The founding question: what can a box of 128 GB fine-tune?
@Suite struct TrainingTests {
  private let model = TestModel.llama3At70B.model(.bf16)

  /// Published reckoning: about 47 GiB for rank 16, 2048 tokens, batch 1; ours counts a logit three times in
  /// f32, where recipes may cut the loss into chunks, hence two GiB of room.
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
    (TrainingSettings.Optimizer.adamw, 16, 8), (.adamw8bit, 10, 6), (.pagedAdamw8bit, 10, 6),
    (.sgd, 8, 4),
  ])
  func optimisersKeepTheirStates(optimizer: TrainingSettings.Optimizer, mixed: Int, plain: Int) {
    let shape = TestModel.llama3At1B.model(.bf16)
    let parameters = shape.tensors.reduce(0) { $0 + $1.elements }
    for (masterCopy, bytes) in [(true, mixed), (false, plain)] {
      var settings = TrainingSettings(method: .full, optimizer: optimizer)
      settings.recipe.masterCopy = masterCopy
      let kept = { (box: Box) in
        Capacity.assess(model: shape, box: box, settings: CheckSettings(training: settings))
          .training?.ledger.lines.prefix(3).reduce(0) { $0 + $1.bytes.count }
      }
      #expect(kept(.test(pool: .unified)) == bytes * parameters)
      let paged = optimizer == .pagedAdamw8bit ? 2 : 0
      #expect(kept(.test(pool: .discrete)) == (bytes - paged) * parameters)
    }
  }

  /// A step in the backward pass holds the gradient of one tensor: here the embedding's 2048 × 128,256.
  @Test func aStepInTheBackwardPassKeepsOneGradient() throws {
    var settings = TrainingSettings(method: .full)
    settings.recipe.stepsInBackward = true
    let plan = try #require(
      Capacity.assess(
        model: TestModel.llama3At1B.model(.bf16), box: .test(),
        settings: CheckSettings(training: settings)
      ).training)
    let line = try #require(plan.ledger.lines.first { $0.item == "gradients" })
    #expect(line.bytes == Bytes(2 * 2048 * 128_256))
  }

  /// 4 bits and 32 of scale for 64 weights are 4.5 bits; 8 for 64 and 32 for 256 of these make 4.127.
  @Test(arguments: [(false, 0.5625), (true, 0.5 + 1.0 / 64 + 1.0 / 4096)])
  func quantisedWeightsHaveScales(doubled: Bool, each: Double) throws {
    var settings = TrainingSettings(method: .qlora)
    settings.recipe.doubleQuantised = doubled
    let linear = 32 * (2 * 4096 * 4096 + 2 * 4096 * 1024 + 3 * 4096 * 14336)
    let rest = 2 * 128_256 * 4096 + 65 * 4096
    for (upcasts, bytes) in [(false, 2), (true, 4)] {
      settings.recipe.upcasts = upcasts
      let plan = try #require(
        Capacity.assess(
          model: TestModel.llama3At8B.model(.bf16), box: .test(),
          settings: CheckSettings(training: settings)
        ).training)
      let expected = each * Double(linear) + Double(bytes * rest)
      #expect(abs(Double(plan.ledger.total(.weights).count) - expected) <= 1)
    }
  }

  /// Unpacking 4-bit weights reads 4.5 bits and writes 16 of each in every one of three passes, at 0.4 of the
  /// read bandwidth; the rest of a step is as long as without.
  @Test func unpackingTakesTime() throws {
    let box = Box.test(bandwidth: .init(exactly: 100e9), peaks: ["bf16": 100e12])
    let seconds = { (method: TrainingSettings.Method) in
      Capacity.assess(
        model: TestModel.llama3At8B.model(.bf16), box: box,
        settings: CheckSettings(training: TrainingSettings(method: method))
      ).training?.stepSeconds?.value
    }
    let more = try #require(seconds(.qlora)) - #require(seconds(.lora))
    #expect(abs(more - 3 * 2.5625 * 6_979_321_856 / 40e9) < 1e-6)
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

  /// torchtune's runs of Llama-3.1-8B with two sequences of 2048 tokens on one RTX 4090: tokens per second, and
  /// peaks of memory in GiB.
  @Test(arguments: [
    (TrainingSettings.Method.full, 1650.0, 18.9), (.lora, 3083, 16.2), (.qlora, 2413, 7.4),
  ])
  func publishedRunsAreMet(
    method: TrainingSettings.Method, measured: Double, peak: Double
  ) throws {
    let training = TrainingSettings(
      method: method, rank: 8, batch: 2, optimizer: method == .full ? .pagedAdamw8bit : .adamw,
      recipe: TrainingRecipe(.torchtune))
    let plan = Capacity.assess(
      model: TestModel.llama3At8B.model(.bf16), box: try BoxCatalogue.builtIn().find("rtx-4090"),
      settings: CheckSettings(training: training)
    ).training
    let rate = try #require(plan?.tokensPerSecond)
    #expect(rate.low <= measured && measured <= rate.high)
    let step = try #require(plan?.stepSeconds)
    #expect(abs(step.value * rate.value - 4096) < 1e-6)
    let required = try #require(plan?.required)
    #expect(abs(Double(required.count) / (peak * 1_073_741_824) - 1) < 0.1)
    #expect(plan?.verdict.isYes == true)
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
    var training = TrainingSettings(method: method, rank: rank)
    training.recipe.checkpointing = checkpointing
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
