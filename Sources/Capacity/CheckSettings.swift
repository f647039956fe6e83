import Tensors
import Units

/// What is asked of a model on a box: how long a context, for how many, with which runtime.
public struct CheckSettings: Sendable, Equatable {
  /// Context of one sequence in tokens; nil is `defaultContext`, or the model's own if shorter.
  public var context: Int?
  /// Tokens already in the cache while the rate of decoding is judged; nil is the whole context.
  public var depth: Int?
  /// Sequences decoded side by side, each with a context of its own.
  public var batch: Int
  /// Prompt tokens worked on at once (llama.cpp's `--ubatch-size`).
  public var microBatch: Int
  /// How keys and values are stored.
  public var cacheType: CacheType
  /// The program that is to run the model.
  public var runtime: Runtime
  /// Whether attention runs without holding its score matrix (flash attention).
  public var flashAttention: Bool
  /// How weights that have no room in memory come from the disk.
  public var weightReading: WeightReading
  /// The budget to hold to; nil is what the box has available.
  public var memory: Bytes?
  /// Fine-tuning to judge as well; nil is none.
  public var training: TrainingSettings?
  /// Equal boxes the layers are split over.
  public var boxes: Int
  /// The link between neighbouring boxes; nil is `defaultLink`.
  public var link: BytesPerSecond?

  /// The context judged when nobody names one.
  public static let defaultContext = 8192
  /// The link assumed between boxes when nobody names one: 10 Gbit Ethernet.
  public static let defaultLink = BytesPerSecond(1.25e9)

  /// Memberwise; the defaults are what `check` does without options.
  public init(
    context: Int? = nil, depth: Int? = nil, batch: Int = 1, microBatch: Int = 512,
    cacheType: CacheType = .f16, runtime: Runtime = .llamaCpp, flashAttention: Bool = true,
    weightReading: WeightReading = .mapped, memory: Bytes? = nil,
    training: TrainingSettings? = nil, boxes: Int = 1, link: BytesPerSecond? = nil
  ) {
    self.context = context
    self.depth = depth
    self.batch = batch
    self.microBatch = microBatch
    self.cacheType = cacheType
    self.runtime = runtime
    self.flashAttention = flashAttention
    self.weightReading = weightReading
    self.memory = memory
    self.training = training
    self.boxes = boxes
    self.link = link
  }
}

/// How weights that have no room in memory come from the disk.
public enum WeightReading: Sendable, CaseIterable {
  /// Through a mapping of the file: the page cache keeps what it can, and page faults set the pace.
  case mapped
  /// Past the page cache, all of them for each token, while others are multiplied.
  case direct
}

/// How keys and values are stored in the cache, named as `--kv-type` spells it.
public enum CacheType: String, Sendable, CaseIterable, Codable {
  case f32
  case f16
  case bf16
  case q8 = "q8_0"
  case q4 = "q4_0"
  case fp8

  /// The storage of one element.
  public var elementType: ElementType {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8: .q8_0
    case .q4: .q4_0
    case .fp8: .f8E4M3
    }
  }
}
