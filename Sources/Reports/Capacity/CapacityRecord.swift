import Capacity
import Harness
import Statistics
import Units

/// Everything that a capacity report says of one box, as values: what its pages are drawn from, and nothing else,
/// so that a stored record gives the same pages again.
///
/// Sizes are bytes, times seconds, rates per second, money US dollars unless the user counted in something else.
public struct CapacityRecord: Sendable, Equatable, Codable {
  /// The schema of the stored file.
  public static let schema = "plimsoll/report@1"

  /// Always `CapacityRecord.schema`.
  public var schema = CapacityRecord.schema
  /// When it was made, in seconds since 1970.
  public var createdAt: Double
  /// The box that was judged.
  public var box: Machine
  /// The models, in the order asked for.
  public var models: [ModelFacts]
  /// The answers: models by quantisations by contexts.
  public var rows: [Row]
  /// Fine-tuning: models by methods.
  public var training: [TrainingRow]
  /// Decoding as the cache fills.
  public var depths: [DepthCurve]
  /// What the host of a price list charges for these models; empty without a list.
  public var hosted: [Hosted]
  /// Where the price list came from; nil without one.
  @Null public var priceSource: String? = nil
  /// What the box reaches; nil for a box that was not measured.
  @Null public var profile: Profile? = nil
  /// A run of kernels on this box; nil without one.
  @Null public var run: KernelRun? = nil
  /// The stored baselines of this box, oldest first.
  public var baselines: [KernelRun]
  /// Walks over a model's file, by size.
  public var walks: [Walk]

  /// The box, as far as the report goes.
  public struct Machine: Sendable, Equatable, Codable {
    /// Short name, which the files are named after.
    public var id: String
    /// What people call it.
    public var name: String
    /// Whether its figures were measured on it; else they are a datasheet's.
    public var measured: Bool
    /// All of its memory.
    public var memoryTotalBytes: Bytes
    /// What a model can have of it.
    public var budgetBytes: Bytes
    /// Memory read bandwidth.
    public var readBandwidth: Estimate
    /// Arithmetic peaks by type.
    public var peaks: [String: Double]
    /// Sequential disk read; nil when unknown.
    @Null public var diskRead: Estimate? = nil
    /// Where the figures come from.
    public var source: String
    /// What it costs.
    public var ownership: Ownership
    /// Doubts about its figures, for people.
    public var warnings: [String]
  }

  /// A model, as far as the report goes.
  public struct ModelFacts: Sendable, Equatable, Codable {
    /// What people call it.
    public var name: String
    /// Stored parameters.
    public var parametersTotal: Int
    /// Parameters multiplied for one token.
    public var parametersActive: Int
    /// Where its geometry comes from.
    public var source: String
  }

  /// One line of where memory goes.
  public struct LedgerLine: Sendable, Equatable, Codable {
    /// What it is.
    public var item: String
    /// What kind of use: weights, cache, compute, system.
    public var kind: String
    /// How much.
    public var bytes: Bytes
    /// The arithmetic with its numbers filled in.
    public var formula: String
    /// Where the rule comes from.
    public var source: String
  }

  /// A model in one quantisation at one context.
  public struct Row: Sendable, Equatable, Codable {
    /// The model's name.
    public var model: String
    /// Mix of element types.
    public var quantisation: String
    /// Tokens of context.
    public var context: Int
    /// Whether it fits.
    public var verdict: Verdict
    /// What it needs.
    public var requiredBytes: Bytes
    /// `budget − required`.
    public var headroomBytes: Bytes
    /// Where the memory goes.
    public var ledger: [LedgerLine]
    /// Tokens a second with the whole context in the cache; nil where it can't be said.
    @Null public var decode: Estimate? = nil
    /// What no claim can exceed.
    @Null public var decodeLimit: Double? = nil
    /// What takes most of the time.
    @Null public var boundBy: String? = nil
    /// Prompt tokens a second, the prompt filling the context.
    @Null public var prefill: Estimate? = nil
    /// Seconds to the first token after a prompt of 8,192 tokens; nil also where the context holds no such prompt.
    @Null public var firstToken: Estimate? = nil
    /// What a million generated tokens cost at the middle of `decode`.
    @Null public var cost: TokenCost? = nil
    /// Against the host's price of generated tokens; nil without one.
    @Null public var breakEven: BreakEven? = nil
  }

  /// Fine-tuning of a model.
  public struct TrainingRow: Sendable, Equatable, Codable {
    /// The model's name.
    public var model: String
    /// full, lora or qlora.
    public var method: String
    /// Whether it fits.
    public var verdict: Verdict
    /// What it needs.
    public var requiredBytes: Bytes
    /// Training tokens a second; nil where it doesn't fit or can't be said.
    @Null public var tokensPerSecond: Estimate? = nil
    /// What a million tokens of training cost.
    @Null public var cost: TokenCost? = nil
    /// Against the host's price of training; nil without one.
    @Null public var breakEven: BreakEven? = nil
  }

  /// Decoding of one model as its cache fills.
  public struct DepthCurve: Sendable, Equatable, Codable {
    /// The model's name.
    public var model: String
    /// Mix of element types.
    public var quantisation: String
    /// Tokens in the cache, and tokens a second.
    public var points: [Point]

    /// One depth.
    public struct Point: Sendable, Equatable, Codable {
      /// Tokens in the cache.
      public var depth: Int
      /// Tokens a second.
      public var decode: Estimate
    }
  }

  /// What a host charges for a million tokens of one of the models.
  public struct Hosted: Sendable, Equatable, Codable {
    /// The model's name here.
    public var model: String
    /// The row of the price list.
    public var prices: PriceList.Row
  }
}
