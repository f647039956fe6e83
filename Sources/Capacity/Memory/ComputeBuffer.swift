import Models
import Units

/// Scratch memory a runtime sets aside for one pass, and the arithmetic in words.
struct ComputeBuffer: Sendable, Equatable {
  /// How much.
  var bytes: Bytes
  /// The arithmetic with its numbers filled in.
  var formula: String
  /// Where the rule comes from.
  var source: String
}

extension ComputeBuffer {
  /// What `settings.runtime` needs for sequences of `context` tokens.
  init(_ geometry: ModelGeometry, context: Int, settings: CheckSettings) {
    let shape = WidestShape(geometry)
    switch settings.runtime {
    case .llamaCpp: self = .llamaCpp(shape, context: context, settings: settings)
    case .vllm: self = .vllm(shape, settings: settings)
    case .plimsoll: self = .plimsoll(shape, settings: settings)
    }
  }

  /// llama.cpp's buffer: the largest moment of the graph, not a sum.
  ///
  /// Source: fitted on what `llama-fit-params -v` and `llama-batched-bench -v` print for a 1B, an 8B
  /// and a 64-expert model on a CPU; within 0.02 MiB of every printed figure.
  private static func llamaCpp(
    _ shape: WidestShape, context: Int, settings: CheckSettings
  ) -> ComputeBuffer {
    let u = Double(min(settings.microBatch, context))
    let cells = Double(context.roundedUp(to: 256))
    let logits = 4 * u * (shape.vocabulary + 2 * shape.hidden)
    let dense = shape.denseWidth > 0 ? 12 * u * shape.denseWidth + 16 * 1_048_576 : 0
    let routed = 8 * u * shape.expertsUsed * (shape.hidden + shape.expertWidth)
    let mask = (settings.flashAttention ? 2 : 4) * cells * u
    let feedForward = max(dense, routed) + mask
    let scores =
      4 * cells * u * (shape.heads + 1)
      + 4 * u * (3 * shape.hidden + 2 * shape.queryWidth + 2 * shape.kvWidth)
    var moments = [
      (logits, "logits 4 × \(text(u)) × (\(text(shape.vocabulary)) + 2 × \(text(shape.hidden)))"),
      (feedForward, "feed-forward \(text(max(dense, routed))) B + mask \(text(mask)) B"),
    ]
    if !settings.flashAttention {
      moments.append(
        (scores, "scores 4 × \(text(cells)) × \(text(u)) × (\(text(shape.heads)) + 1) + …"))
    }
    let largest = moments.max { $0.0 < $1.0 } ?? (0, "0")
    let dequantised = settings.cacheType.elementType.block.elements > 1 ? 4.0 * 1_048_576 : 0
    return ComputeBuffer(
      bytes: Bytes(Int(saturating: largest.0 + dequantised)),
      formula: "max over the graph: \(largest.1)"
        + (dequantised > 0 ? " + 4 MiB for the quantised cache" : ""),
      source: "fitted on llama.cpp's own printouts")
  }

  /// A rule of this project for vLLM: 16-bit activations of the batched tokens through the widest
  /// layer, f32 logits of every sequence, and 1 GiB for captured graphs and workspaces.
  private static func vllm(_ shape: WidestShape, settings: CheckSettings) -> ComputeBuffer {
    let tokens = Double(Runtime.vllmBatchedTokens)
    let width = 4 * shape.hidden + 2 * shape.queryWidth + 2 * shape.widestFeedForward
    let logits = 4 * Double(settings.batch) * shape.vocabulary
    return ComputeBuffer(
      bytes: Bytes(Int(saturating: 2 * tokens * width + logits + 1_073_741_824)),
      formula: "2 × \(text(tokens)) × \(text(width)) + 4 × \(settings.batch) × "
        + "\(text(shape.vocabulary)) + 1 GiB",
      source: "rule of this project: activations, logits, graphs")
  }

  /// What `plimsoll simulate` holds: f32 activations of one token of every sequence.
  private static func plimsoll(_ shape: WidestShape, settings: CheckSettings) -> ComputeBuffer {
    let width =
      shape.vocabulary + 4 * shape.hidden + 2 * shape.queryWidth + 3 * shape.widestFeedForward
    return ComputeBuffer(
      bytes: Bytes(Int(saturating: 4 * Double(settings.batch) * width)),
      formula: "4 × \(settings.batch) × \(text(width))",
      source: "plimsoll simulate: f32 activations of one token a sequence")
  }
}

private func text(_ value: Double) -> String { Decimal.grouped(Int(saturating: value)) }

/// The widest of each thing over all layers, as `Double`s to multiply.
struct WidestShape: Sendable, Equatable {
  var hidden: Double
  var vocabulary: Double
  var heads = 0.0
  /// Query elements of a token.
  var queryWidth = 0.0
  /// Key elements of a token.
  var kvWidth = 0.0
  /// Width of a network that every token goes through, shared experts included.
  var denseWidth = 0.0
  var expertsUsed = 0.0
  var expertWidth = 0.0

  init(_ geometry: ModelGeometry) {
    hidden = Double(geometry.hiddenSize)
    vocabulary = Double(geometry.vocabularySize)
    for layer in geometry.layers {
      widen(layer.mixer)
      widen(layer.feedForward)
    }
  }

  /// The intermediate elements of a token in the widest feed-forward part.
  var widestFeedForward: Double { max(denseWidth, expertsUsed * expertWidth) }

  private mutating func widen(_ mixer: ModelGeometry.Mixer) {
    switch mixer {
    case .attention(let heads, let kvHeads, let keyLength, _, _):
      widen(heads: Double(heads), kvHeads: Double(kvHeads), length: Double(keyLength))
    case .latentAttention(let heads, let rank, let ropeLength, _, _):
      widen(heads: Double(heads), kvHeads: 1, length: Double(rank) + Double(ropeLength))
    case .sharedCache(let heads, let keyLength, _, _):
      widen(heads: Double(heads), kvHeads: 0, length: Double(keyLength))
    case .recurrent, .none: break
    }
  }

  private mutating func widen(heads: Double, kvHeads: Double, length: Double) {
    self.heads = max(self.heads, heads)
    queryWidth = max(queryWidth, heads * length)
    kvWidth = max(kvWidth, kvHeads * length)
  }

  private mutating func widen(_ feedForward: ModelGeometry.FeedForward) {
    switch feedForward {
    case .dense(let width, _): denseWidth = max(denseWidth, Double(width))
    case .experts(_, let used, let width, let shared):
      expertsUsed = max(expertsUsed, Double(used))
      expertWidth = max(expertWidth, Double(width))
      denseWidth = max(denseWidth, Double(shared))
    case .none: break
    }
  }
}
