import Models
import Units

/// Everything `plimsoll check` has to say about one model on one box.
public struct Assessment: Sendable, Equatable {
  /// What was judged.
  public var model: ModelSummary
  /// The machine it was judged on.
  public var box: Box
  /// What was asked, with the context filled in.
  public var settings: CheckSettings
  /// Context of one sequence that was judged.
  public var context: Int
  /// Where the memory goes, on each box.
  public var ledger: MemoryLedger
  /// Who holds the memory that processor and accelerator share; nil for other boxes, and where the file's own
  /// pages are the weights.
  public var sharedMemory: SharedMemory?
  /// All of it, on each box; a lower bound when the verdict is `unknown`.
  public var required: Bytes
  /// What it is held against.
  public var budget: Bytes
  /// `budget − required`; negative when it doesn't fit.
  public var headroom: Bytes
  /// Whether it fits.
  public var verdict: Verdict
  /// Generating tokens; nil when it can't run or can't be said.
  public var decode: RateEstimate?
  /// Reading a prompt that fills the context; nil when it can't run or can't be said.
  public var prefill: RateEstimate?
  /// Fine-tuning, if asked for.
  public var training: TrainingPlan?
  /// What would fit instead, or as well.
  public var alternatives: [Alternative]
  /// What a reader should know before trusting the figures.
  public var warnings: [Warning]

  /// Memberwise.
  public init(
    model: ModelSummary, box: Box, settings: CheckSettings, context: Int, ledger: MemoryLedger,
    sharedMemory: SharedMemory?, required: Bytes, budget: Bytes, headroom: Bytes, verdict: Verdict,
    decode: RateEstimate?,
    prefill: RateEstimate?, training: TrainingPlan?, alternatives: [Alternative],
    warnings: [Warning]
  ) {
    self.model = model
    self.box = box
    self.settings = settings
    self.context = context
    self.ledger = ledger
    self.sharedMemory = sharedMemory
    self.required = required
    self.budget = budget
    self.headroom = headroom
    self.verdict = verdict
    self.decode = decode
    self.prefill = prefill
    self.training = training
    self.alternatives = alternatives
    self.warnings = warnings
  }

  /// One other way to run the model on the same box.
  public struct Alternative: Sendable, Equatable {
    /// Mix of element types: `Q4_K_M`.
    public var quantisation: String
    /// Context of one sequence.
    public var context: Int
    /// Whether it fits.
    public var verdict: Verdict
    /// What it needs, on each box.
    public var required: Bytes
    /// Decoded tokens per second at that context; nil when it can't be said.
    public var decodeTokensPerSecond: Double?
    /// Why it is listed.
    public var reason: Reason

    /// Memberwise.
    public init(
      quantisation: String, context: Int, verdict: Verdict, required: Bytes,
      decodeTokensPerSecond: Double?, reason: Reason
    ) {
      self.quantisation = quantisation
      self.context = context
      self.verdict = verdict
      self.required = required
      self.decodeTokensPerSecond = decodeTokensPerSecond
      self.reason = reason
    }

    /// Why an alternative is listed.
    public enum Reason: String, Sendable, CaseIterable {
      /// The largest quantisation of the ladder that fits at the context asked for.
      case bestQuantisation = "best quantisation at this context"
      /// The smallest quantisation of the ladder, listed because not even it fits.
      case smallestQuantisation = "smallest quantisation at this context"
      /// The longest context that fits at the quantisation asked for.
      case longestContext = "longest context at this quantisation"
    }
  }

  /// Something doubtful, as a value beside the result.
  public struct Warning: Sendable, Equatable {
    /// A short fixed word for scripts: `datasheet-bandwidth`.
    public var code: String
    /// One sentence for people.
    public var message: String

    /// Memberwise.
    public init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }
}

/// The figures of a model that `check` prints, worked out from its tensors.
public struct ModelSummary: Sendable, Equatable {
  /// What people call it.
  public var name: String
  /// Architecture as GGUF spells it.
  public var architecture: String
  /// Stored parameters, auxiliary towers included.
  public var parametersTotal: Int
  /// Parameters multiplied for one token; the embedding table counts only when it is the output.
  public var parametersActive: Int
  /// Decoder layers; 0 when the architecture is unknown.
  public var layers: Int
  /// Bytes of all tensors.
  public var weights: Bytes
  /// Mix of element types.
  public var quantisation: String
  /// Where the facts come from.
  public var origin: Model.Origin

  /// Memberwise.
  public init(
    name: String, architecture: String, parametersTotal: Int, parametersActive: Int, layers: Int,
    weights: Bytes, quantisation: String, origin: Model.Origin
  ) {
    self.name = name
    self.architecture = architecture
    self.parametersTotal = parametersTotal
    self.parametersActive = parametersActive
    self.layers = layers
    self.weights = weights
    self.quantisation = quantisation
    self.origin = origin
  }
}
