#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What somebody published about a model on a device: a line of a file of measurements.
///
/// Rates are tokens per second, over all sequences of a batch where `decodeIs` says aggregate.
public struct PublishedMeasurement: Sendable, Equatable, Decodable {
  /// The line's name.
  public var id: String
  /// `inference`, `finetune`, `gemm` or another word.
  public var kind: String
  /// A device's id, as `plimsoll list boxes` has it, or whatever the source calls it.
  public var device: String
  /// How many of them.
  public var deviceCount: Int?
  /// The model.
  public var model: String?
  /// How its weights are stored.
  public var quant: String?
  /// How many of its layers there were, where it was cut short: a big model's layers on a small box.
  public var layers: Int?
  /// The program that ran it.
  public var runtime: String?
  /// Sequences side by side.
  public var batch: Int?
  /// Prompt tokens worked on at once.
  public var ubatch: Int?
  /// Whether attention ran without holding its scores.
  public var flashAttention: Bool?
  /// Tokens of the prompt.
  public var promptTokens: Int?
  /// Tokens in the cache before anything was timed.
  public var contextDepth: Int?
  /// Tokens read per second.
  public var prefillTokS: Double?
  /// Tokens written per second.
  public var decodeTokS: Double?
  /// How keys and values are stored.
  public var kvCache: String?
  /// How a model was fine-tuned.
  public var method: String?
  /// Tokens of a training sequence.
  public var seqLen: Int?
  /// Tokens trained on per second.
  public var trainTokS: Double?
  /// Training sequences worked on at once, where it isn't `batch`.
  public var microbatch: Int?
  /// In which points a training run differs from what its program does by default; nil where nobody says.
  public var recipe: PublishedRecipe?
  /// The most memory that was allocated, in 2³⁰ bytes.
  public var peakMemGib: Double?
  /// The same in 10⁹ bytes.
  public var peakMemGb: Double?
  /// `OOM` where memory didn't suffice.
  public var outcome: String?
  /// The type of a matrix product.
  public var dtype: String?
  /// Its rate in TFLOP/s.
  public var meanTflops: Double?
  /// Whether whoever collected the line doubts it.
  public var suspect: Bool?
  /// The same of the rate of reading alone.
  public var prefillSuspect: Bool?
  /// Whether the device is in doubt.
  public var deviceSuspect: Bool?
  /// What the box itself reached beside it, where that was measured.
  public var ceilings: Ceilings?
  /// Where it was published.
  public var source: String?

  /// A processor's ceilings, per second.
  public struct Ceilings: Sendable, Equatable, Decodable {
    /// Bytes read from memory.
    public var readBandwidth: Double
    /// FLOP in f32.
    public var fmaF32: Double
    /// Operations on 8-bit integers.
    public var dotI8: Double?
  }
}

/// A file of measurements: JSON lines, of which those without an `id` are notes.
public struct MeasurementFile: Sendable {
  /// The measurements with the numbers of their lines, from 1 on.
  public let lines: [(number: Int, measurement: PublishedMeasurement)]

  /// Reads the text of such a file.
  ///
  /// Errors: the number of a line that is not JSON or lacks a key, and a text without measurements.
  public init(_ text: [UInt8]) throws(CapacityError) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    var lines: [(number: Int, measurement: PublishedMeasurement)] = []
    let parts = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, part) in parts.enumerated() where part.contains(where: { $0 > 32 }) {
      do {
        let data = Data(part)
        guard try decoder.decode(Header.self, from: data).id != nil else { continue }
        lines.append((index + 1, try decoder.decode(PublishedMeasurement.self, from: data)))
      } catch {
        throw CapacityError(
          "line \(index + 1) is no measurement: expected a JSON object with id, kind and device")
      }
    }
    guard !lines.isEmpty else {
      throw CapacityError("there is no measurement: expected JSON objects, one a line, with an id")
    }
    self.lines = lines
  }

  private struct Header: Decodable { let id: String? }
}
