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
      question.model, weights: question.weights, settings)
    let ledger = MemoryLedger(
      lines: lines + MemoryLedger.system(question.box, settings: question.settings))
    let budget = question.settings.memory ?? question.box.memoryAvailable
    let passes = (settings.method == .full ? 3.0 : 2.0)
    let forward = question.forwardWork(sequence: settings.sequence)
    let rate = question.trainingArithmetic
    let work = forward * (passes + (settings.checkpointing ? 1 : 0))
    let speed = rate.map { $0 * (1 / work) }
    let stepTokens = Double(settings.sequence) * Double(settings.batch)
    self.init(
      settings: settings, ledger: ledger, required: ledger.total, budget: budget,
      headroom: Bytes(budget.count.minusSaturated(ledger.total.count)),
      verdict: Verdict(ledger, budget: budget, isKnown: question.isKnown, mayStream: false),
      trainedParameters: trained, tokensPerSecond: speed,
      limit: question.box.matrixPeak.map { $0 / (forward * passes) },
      stepSeconds: speed.map { .time(stepTokens, at: $0) })
  }
}

extension TrainingSettings {
  /// These settings with counts of at least one.
  fileprivate var possible: TrainingSettings {
    var settings = self
    settings.rank = max(1, rank)
    settings.sequence = max(1, sequence)
    settings.batch = max(1, batch)
    return settings
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

  /// Arithmetic brought to training: a share of the box's measured matrix rate, else of its peak;
  /// nil when both or the architecture are unknown.
  fileprivate var trainingArithmetic: Estimate? {
    guard isKnown else { return nil }
    if let measured = box.matmulRate {
      return measured * Estimate(value: 0.65, low: 0.4, high: 0.9)
    }
    return box.matrixPeak.map { DeviceClass.trainingShare * $0 }
  }
}
