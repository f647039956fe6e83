import Models
import Statistics
import Units

extension TrainingPlan {
  /// What fine-tuning `question`'s model on its box needs, and how fast it goes.
  ///
  /// FLOP a token: 2 for the forward pass, 2 for gradients of activations, 2 for those of weights
  /// (full fine-tuning only; adapters are too small to count), and 2 more when activations are
  /// recomputed: 4N and 6N for adapters, 6N and 8N for all weights, and as much for attention.
  init(_ question: Question, _ asked: TrainingSettings) {
    let settings = asked.possible
    let (lines, trained) = MemoryLedger.training(
      question.model, weights: question.weights, settings, pool: question.box.pool)
    let ledger = MemoryLedger(
      lines: lines + MemoryLedger.system(question.box, settings: question.settings))
    let budget = question.settings.memory ?? question.box.memoryAvailable
    let forward = question.forwardWork(sequence: settings.sequence)
    let step = question.stepTime(settings, forward: forward)
    self.init(
      settings: settings, ledger: ledger, required: ledger.total, budget: budget,
      headroom: Bytes(budget.count.minusSaturated(ledger.total.count)),
      verdict: Verdict(ledger, budget: budget, isKnown: question.isKnown, mayStream: false),
      trainedParameters: trained,
      tokensPerSecond: step.map { .rate(settings.tokens, in: $0) },
      limit: question.box.matrixPeak.map { $0 / (forward * settings.necessaryPasses) },
      stepSeconds: step)
  }
}

extension Question {
  /// FLOP of one token's forward pass in a sequence of so many tokens.
  fileprivate func forwardWork(sequence: Int) -> Double {
    let pairs = groups.reduce(0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.meanSeen(prompt: sequence)
    }
    return max(1, 2 * (weights.activeParameters + pairs))
  }

  /// Seconds of one step; nil when the box's arithmetic or the architecture is unknown.
  ///
  /// Each pass multiplies, or reads 16-bit weights where that takes longer. Under QLoRA it unpacks them first, one
  /// layer after the other: 4 bits are read and 16 written, at the share of the read bandwidth that
  /// bitsandbytes' kernels reach.
  ///
  /// Source of that share: LitGPT's resource tables, where unpacking adds 0.15 to 3.2 minutes to a thousand
  /// passes forth and back through 1.3 to 13 B parameters on an A100 (0.22 to 0.44 of 1555 GB/s).
  fileprivate func stepTime(_ settings: TrainingSettings, forward: Double) -> Estimate? {
    guard let rate = trainingArithmetic(isFused: settings.recipe.isFused) else { return nil }
    var time = StepTime()
    time.arithmetic = .time(forward * settings.tokens * settings.passes, at: rate)
    let parameters = Double(weights.parameters - weights[.auxiliary].elements)
    time.reading = .time(2 * parameters * settings.passes, at: box.readBandwidth)
    if settings.method == .qlora {
      let linear = AdapterSize(model, rank: 1).linearElements
      let bytes = (settings.packedBytes + 2) * Double(linear) * settings.passes
      let share = Estimate(value: 0.4, low: 0.2, high: 0.65)
      time.overhead = .time(bytes, at: box.readBandwidth * share)
    }
    return time.total
  }

  /// Arithmetic brought to training: a share of the box's measured matrix rate, else of its peak;
  /// nil when both or the architecture are unknown.
  private func trainingArithmetic(isFused: Bool) -> Estimate? {
    guard isKnown else { return nil }
    if let measured = box.matmulRate {
      return measured
        * (isFused
          ? Estimate(value: 0.8, low: 0.55, high: 1) : Estimate(value: 0.65, low: 0.4, high: 0.9))
    }
    return box.matrixPeak.map { DeviceClass.trainingShare(isFused: isFused) * $0 }
  }
}
