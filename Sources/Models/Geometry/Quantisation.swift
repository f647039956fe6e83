import Tensors

/// How the tensors of a model are stored: one type for all matrices, or a mix as llama-quantize makes
/// it (without an importance matrix).
///
/// Norms, biases and routers stay f32 in each. Source of the mixes: llama.cpp, `llama-quant.cpp`; the
/// sizes it makes of Llama-3.1-8B stand in its `tools/quantize/README.md` and are held to in tests.
public struct Quantisation: Sendable, Equatable {
  /// As people name it: `Q4_K_M`.
  public let name: String
  /// The type of most matrices.
  let base: ElementType
  /// Which matrices get another type than `base`.
  private let mix: Mix

  /// The recipes of llama-quantize that differ in more than their base type.
  private enum Mix {
    /// As the weights were trained, or one type throughout, but for the output projection.
    case none
    /// Routed experts have the base type, all else eight bits.
    case expertsOnly
    case iq4, q2K, q3KM, q4KS, q4KM, q5KM
  }

  private init(_ name: String, _ base: ElementType, _ mix: Mix = .none) {
    self.name = name
    self.base = base
    self.mix = mix
  }

  /// Every quantisation that has a name, best first.
  public static let all: [Quantisation] = [
    Quantisation("F32", .f32), Quantisation("BF16", .bf16), Quantisation("F16", .f16),
    Quantisation("F8_E4M3", .f8E4M3), Quantisation("Q8_0", .q8_0), Quantisation("Q6_K", .q6K),
    Quantisation("Q5_K_M", .q5K, .q5KM), Quantisation("Q5_K_S", .q5K),
    Quantisation("Q5_1", .q5_1), Quantisation("Q5_0", .q5_0),
    q4KM, Quantisation("Q4_K_S", .q4K, .q4KS),
    Quantisation("Q4_1", .q4_1), Quantisation("Q4_0", .q4_0),
    Quantisation("IQ4_NL", .iq4NL, .iq4), Quantisation("IQ4_XS", .iq4XS, .iq4),
    mxfp4, Quantisation("NVFP4", .nvfp4),
    Quantisation("Q3_K_M", .q3K, .q3KM), Quantisation("Q3_K_S", .q3K),
    Quantisation("Q2_K", .q2K, .q2K),
  ]

  /// What most people run.
  static let q4KM = Quantisation("Q4_K_M", .q4K, .q4KM)

  /// Routed experts in MXFP4, everything else in 8 bits, as gpt-oss is distributed.
  static let mxfp4 = Quantisation("MXFP4", .mxfp4, .expertsOnly)

  /// Whether only routed experts get the type that it is named after.
  fileprivate var isForExperts: Bool { mix == .expertsOnly }

  /// What alternatives are looked for in, best first.
  public static let ladder = ["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"]
    .compactMap { name in all.first { $0.name == name } }

  /// The quantisation called `text`, whatever its case.
  ///
  /// Errors: `.usage` with near names.
  public init(parsing text: String) throws(ModelError) {
    var folded = NearNames.fold(text)
    // llama-quantize's own short names.
    if ["q3k", "q4k", "q5k"].contains(folded) { folded += "m" }
    guard let match = Self.all.first(where: { NearNames.fold($0.name) == folded }) else {
      let names = Self.all.map(\.name)
      let near = NearNames.near(text, in: names)
      throw ModelError(
        .usage, "'\(text)' is no quantisation known here; try Q4_K_M, Q8_0 or BF16",
        suggestions: near)
    }
    self = match
  }

  /// The type that `tensor`, one of `model`'s, is stored in.
  func type(of tensor: Tensor, in model: ModelGeometry) -> ElementType {
    guard tensor.shape.count > 1, tensor.role != .small, !tensor.name.hasSuffix(".bias")
    else { return .f32 }
    return fitted(wanted(tensor, model), rowLength: tensor.shape[0])
  }

  private func wanted(_ tensor: Tensor, _ model: ModelGeometry) -> ElementType {
    let isQuantised = base.block.elements > 1
    let isTable = tensor.role == .tokenEmbedding || tensor.role == .lookup
    if tensor.role == .output || isTable && model.tiedEmbeddings {
      return isQuantised ? outputType(rowLength: tensor.shape[0], model) : base
    }
    if isQuantised, tensor.name.hasPrefix("per_layer_model_proj") { return .bf16 }
    if mix == .expertsOnly { return tensor.role == .routedExperts ? base : .q8_0 }
    guard isQuantised, let (layer, part) = tensor.place else { return base }
    switch part {
    case "attn_v", "attn_qkv", "attn_kv_b": return valueType(layer, model)
    case "attn_k": return model.expertCount == 8 ? .q8_0 : base
    case "ffn_down", "ffn_down_exps", "ffn_down_shexp": return downType(layer, model)
    case "attn_output": return attentionOutputType(model)
    default: return base
    }
  }

  /// The output projection.
  private func outputType(rowLength: Int, _ model: ModelGeometry) -> ElementType {
    if base == .nvfp4 { return base }
    let isEightBits = mix == .expertsOnly || base == .q8_0 || model.isFalcon
    return isEightBits || !rowLength.isMultiple(of: base.block.elements) ? .q8_0 : .q6K
  }

  /// Attention values, also where they are fused with queries and keys.
  private func valueType(_ layer: Int, _ model: ModelGeometry) -> ElementType {
    if model.expertCount == 8 { return .q8_0 }
    let isShared = model.headsPerCache >= 4
    let favours = favours(layer, of: model.layers.count)
    let type: ElementType =
      switch mix {
      case .q2K: isShared ? .q4K : .q3K
      case .q3KM: layer < 2 ? .q5K : .q4K
      case .q4KS: layer < 4 ? .q5K : base
      case .q4KM, .q5KM: favours ? .q6K : base
      case .iq4: isShared ? .q5K : base
      case .none, .expertsOnly: base
      }
    // 8 heads of a 70B share one attn_v: it costs little to keep it better.
    return model.isLarge && (type == .q3K || type == .q4K) ? .q5K : type
  }

  /// Feed-forward down projections.
  private func downType(_ layer: Int, _ model: ModelGeometry) -> ElementType {
    let count = model.layers.count
    let favours = favours(layer, of: count)
    switch mix {
    case .q2K: return .q3K
    case .q3KM:
      if layer < count / 16 { return .q5K }
      return !model.isFalcon || favours ? .q4K : .q3K
    case .q4KS: return !model.isFalcon && layer < count / 8 ? .q5K : base
    case .q4KM:
      guard model.isFalcon else { return favours ? .q6K : base }
      return layer < count / 16 ? .q6K : favours ? .q5K : base
    case .q5KM: return favours ? .q6K : base
    case .iq4: return layer < count / 8 ? .q5K : base
    case .none, .expertsOnly: return base
    }
  }

  private func attentionOutputType(_ model: ModelGeometry) -> ElementType {
    if model.isFalcon { return base }
    if model.expertCount == 8 {
      let isSmall = [.q2K, .q3K, .q4K, .iq4NL, .iq4XS].contains(base)
      return isSmall ? .q5K : base
    }
    return mix == .q2K ? .q3K : mix == .q3KM ? .q4K : base
  }

  /// The first and the last eighth of the layers, and every third between.
  private func favours(_ layer: Int, of count: Int) -> Bool {
    layer < count / 8 || layer >= 7 * count / 8 || (layer - count / 8) % 3 == 2
  }

  /// `type`, or the one that llama-quantize falls back to where rows aren't whole blocks.
  private func fitted(_ type: ElementType, rowLength: Int) -> ElementType {
    guard !rowLength.isMultiple(of: type.block.elements) else { return type }
    let fallback: ElementType =
      switch type {
      case .iq4XS: .iq4NL
      case .q2K, .q3K: .q4_0
      case .q4K: .q5_0
      case .q5K: .q5_1
      case .q6K: .q8_0
      default: .f16
      }
    return rowLength.isMultiple(of: fallback.block.elements) ? fallback : .f16
  }
}

extension Tensor {
  /// The layer and the part of a tensor called `blk.N.part.weight`.
  fileprivate var place: (layer: Int, part: Substring)? {
    let parts = name.split(separator: ".")
    guard parts.count >= 3, parts[0] == "blk", let layer = Int(parts[1]) else { return nil }
    return (layer, parts[2])
  }
}

extension ModelGeometry {
  fileprivate var expertCount: Int {
    for layer in layers {
      if case .experts(let count, _, _, _) = layer.feedForward { return count }
    }
    return 0
  }

  /// Query heads that share one head of the cache, in the first layer with such heads.
  fileprivate var headsPerCache: Int {
    for layer in layers {
      if case .attention(let heads, let kvHeads, _, _, _) = layer.mixer, kvHeads > 0 {
        return heads / kvHeads
      }
    }
    return 1
  }

  /// Llama's 70B shape, for which llama-quantize has a rule of its own.
  fileprivate var isLarge: Bool {
    layers.count == 80 && hiddenSize == 8192 && headsPerCache > 1
  }

  fileprivate var isFalcon: Bool { architecture == "falcon" }
}

extension Model {
  /// The code of the warning that a quantisation is for experts.
  private static let withoutExperts = "no-experts"

  /// The same model stored another way; what a file holds beside the decoder stays as it is. A warning says
  /// when a quantisation for experts finds none.
  public func requantised(to quantisation: Quantisation) -> Model {
    var model = self
    model.warnings.removeAll { $0.code == Self.withoutExperts }
    if quantisation.isForExperts, !tensors.contains(where: { $0.role == .routedExperts }) {
      model.warnings.append(
        ModelWarning(
          code: Self.withoutExperts,
          message: "\(quantisation.name) is for routed experts, of which this model has none: all "
            + "of it is counted in Q8_0, as llama-quantize stores it with MXFP4_MOE"))
    }
    model.quantisation = quantisation.name
    let isFile = if case .files = origin { true } else { false }
    model.tensors = tensors.map { tensor in
      guard !isFile || tensor.role != .auxiliary else { return tensor }
      var tensor = tensor
      tensor.type = quantisation.type(of: tensor, in: geometry)
      tensor.bytes = tensor.type.bytes(shape: tensor.shape) ?? tensor.bytes
      return tensor
    }
    return model
  }
}
