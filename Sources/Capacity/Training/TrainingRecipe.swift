/// What a program that trains does to save memory and time; the rest follows from the model.
public struct TrainingRecipe: Sendable, Equatable {
  /// Whose recipe it is.
  public var trainer: Trainer
  /// Whether activations are recomputed in the backward pass instead of kept.
  public var checkpointing = true
  /// Whether what is kept of activations waits in the system's memory meanwhile.
  public var offloading = false
  /// Whether kernels are fused, as `torch.compile` does it: what they work out on the way isn't kept.
  public var isFused = false
  /// Bytes kept for a logit while the loss is worked out.
  public var logitBytes = 12
  /// Whether weights that change have a copy in f32 and moments in f32; else all is in 16 bits.
  public var masterCopy = true
  /// Whether full fine-tuning takes its step in the backward pass, as soon as a tensor's gradient is there.
  public var stepsInBackward = false
  /// Whether the scales of 4-bit weights are themselves in 8 bits.
  public var doubleQuantised = false
  /// Whether QLoRA keeps what isn't in 4 bits in f32, the residual stream with it: PEFT's
  /// `prepare_model_for_kbit_training`.
  public var upcasts = false
  /// Whether adapters drop inputs out: a masked copy and its mask are kept for each.
  public var dropout = false
  /// Which layers get adapters.
  public var targets = Targets.all

  /// The recipe of `trainer`, as it is without further options.
  public init(_ trainer: Trainer = .transformers) {
    self.trainer = trainer
    switch trainer {
    case .transformers: break
    case .torchtune:
      (isFused, masterCopy, stepsInBackward, doubleQuantised) = (true, false, true, true)
      logitBytes = 2
    case .litgpt:
      (checkpointing, masterCopy, dropout, targets) = (false, false, true, .queryValue)
      logitBytes = 8
    }
  }

  /// A program that trains, which fixes what is kept.
  public enum Trainer: String, Sendable, CaseIterable, Codable {
    /// Hugging Face's Trainer and TRL with PEFT: gradient checkpointing, f32 copies of what is trained.
    ///
    /// A logit is kept three times in f32: itself, shifted by a token, and as log-probability. That is what
    /// the peaks of Mistral-7B at two batches differ by, to 0.1 %, once layer inputs are taken off
    /// (fms-acceleration's refs/a100_80gb.csv).
    case transformers
    /// torchtune's single-device recipes, compiled: 16 bits throughout, the loss in chunks, so that a logit is
    /// kept once in 16 bits. Source: recipes/configs/llama3_1 and llama3_2.
    case torchtune
    /// LitGPT on one device: 16 bits throughout, activations kept, adapters with dropout on queries and
    /// values. A logit is kept twice in f32, itself and as log-probability. Source: finetune/lora.py.
    case litgpt
  }

  /// Which layers get adapters.
  public enum Targets: String, Sendable, CaseIterable, Codable {
    /// All linear layers but the output.
    case all
    /// Those of attention.
    case attention
    /// Those that make queries and values.
    case queryValue = "query-value"
  }
}
