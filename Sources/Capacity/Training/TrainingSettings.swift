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
  /// What the program that trains keeps.
  public var recipe: TrainingRecipe

  /// Memberwise; the defaults are what `--train` does without further options.
  public init(
    method: Method, rank: Int = 32, sequence: Int = 2048, batch: Int = 1,
    optimizer: Optimizer = .adamw, recipe: TrainingRecipe = TrainingRecipe()
  ) {
    self.method = method
    self.rank = rank
    self.sequence = sequence
    self.batch = batch
    self.optimizer = optimizer
    self.recipe = recipe
  }

  /// What is trained.
  public enum Method: String, Sendable, CaseIterable, Codable {
    /// Every weight.
    case full
    /// Adapters over frozen 16-bit weights.
    case lora
    /// Adapters over frozen 4-bit weights.
    case qlora
  }

  /// What turns gradients into new weights.
  public enum Optimizer: String, Sendable, CaseIterable, Codable {
    /// Two moments, in f32 beside a master copy, else in 16 bits.
    case adamw
    /// Two moments in 8 bits.
    case adamw8bit = "adamw-8bit"
    /// The same in the system's memory, brought in as needed: an accelerator with a memory of its own
    /// doesn't hold them.
    case pagedAdamw8bit = "paged-adamw-8bit"
    /// No moments.
    case sgd
  }
}

extension TrainingSettings {
  /// These settings with counts of at least one.
  var possible: TrainingSettings {
    var settings = self
    settings.rank = max(1, rank)
    settings.sequence = max(1, sequence)
    settings.batch = max(1, batch)
    return settings
  }

  /// Tokens of one step.
  var tokens: Double { Double(sequence) * Double(batch) }

  /// How many times a step goes through the model at the cost of a forward pass: forward, gradients of
  /// activations, gradients of weights where weights change, and once more where activations are
  /// recomputed.
  var passes: Double { necessaryPasses + (recipe.checkpointing ? 1 : 0) }

  /// The same with nothing recomputed.
  var necessaryPasses: Double { method == .full ? 3 : 2 }

  /// Bytes of a 4-bit weight with its share of scales: 32 bits for 64 weights, or 8 bits and another 32 for
  /// 256 of those. Source: QLoRA (Dettmers et al. 2023), §3.
  var packedBytes: Double { 0.5 + (recipe.doubleQuantised ? 1.0 / 64 + 4.0 / 16384 : 4.0 / 64) }
}
