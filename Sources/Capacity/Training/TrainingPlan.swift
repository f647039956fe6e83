import Statistics
import Units

/// Fine-tuning as `--train` asks for it.
public struct TrainingSettings: Sendable, Equatable {
  /// What is trained.
  public var method: Method
  /// Rank of the adapters.
  public var rank: Int
  /// Tokens of one training sequence.
  public var sequence: Int
  /// Sequences of one step.
  public var batch: Int
  /// What turns gradients into new weights.
  public var optimizer: Optimizer
  /// Whether activations are recomputed in the backward pass instead of kept. On by default, as in
  /// every recipe that trains a large model on one box.
  public var checkpointing: Bool

  /// Memberwise; the defaults are what `--train` does without further options.
  public init(
    method: Method, rank: Int = 32, sequence: Int = 2048, batch: Int = 1,
    optimizer: Optimizer = .adamw, checkpointing: Bool = true
  ) {
    self.method = method
    self.rank = rank
    self.sequence = sequence
    self.batch = batch
    self.optimizer = optimizer
    self.checkpointing = checkpointing
  }

  /// What is trained.
  public enum Method: String, Sendable, CaseIterable, Codable {
    /// Every weight, in mixed precision.
    case full
    /// Adapters on all linear layers over frozen 16-bit weights.
    case lora
    /// Adapters on all linear layers over frozen 4-bit weights.
    case qlora
  }

  /// What turns gradients into new weights.
  public enum Optimizer: String, Sendable, CaseIterable, Codable {
    /// Two moments and a master copy in f32: 12 bytes a trained parameter.
    case adamw
    /// Two moments in 8 bits and a master copy in f32: 6 bytes a trained parameter.
    case adamw8bit = "adamw-8bit"
    /// A master copy in f32: 4 bytes a trained parameter.
    case sgd
  }
}

/// What a fine-tuning run needs and how fast it goes.
public struct TrainingPlan: Sendable, Equatable {
  /// What was asked.
  public var settings: TrainingSettings
  /// Where the memory goes.
  public var ledger: MemoryLedger
  /// All of it.
  public var required: Bytes
  /// What it is held against.
  public var budget: Bytes
  /// `budget − required`; negative when it doesn't fit.
  public var headroom: Bytes
  /// Whether it fits: never `streams`, a training step touches all of its memory.
  public var verdict: Verdict
  /// Parameters that are trained.
  public var trainedParameters: Int
  /// Training tokens per second; nil when the box's arithmetic is unknown.
  public var tokensPerSecond: Estimate?
  /// Tokens per second at the full arithmetic peak: a claim above it is wrong.
  public var limit: Double?
  /// Seconds of one step of `batch × sequence` tokens.
  public var stepSeconds: Estimate?

  /// Memberwise.
  public init(
    settings: TrainingSettings, ledger: MemoryLedger, required: Bytes, budget: Bytes,
    headroom: Bytes, verdict: Verdict, trainedParameters: Int, tokensPerSecond: Estimate?,
    limit: Double?, stepSeconds: Estimate?
  ) {
    self.settings = settings
    self.ledger = ledger
    self.required = required
    self.budget = budget
    self.headroom = headroom
    self.verdict = verdict
    self.trainedParameters = trainedParameters
    self.tokensPerSecond = tokensPerSecond
    self.limit = limit
    self.stepSeconds = stepSeconds
  }
}
