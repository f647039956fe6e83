import Statistics
import Units

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
