import Tensors

/// How the tensors of a model are stored: one type for all matrices, or a mix as llama-quantize makes
/// it.
///
/// Norms, biases and routers stay f32 in each. Source of the mixes: llama.cpp, `llama-quant.cpp`.
public struct Quantisation: Sendable, Equatable {
  /// As people name it: `Q4_K_M`.
  public let name: String
  /// The type of most matrices.
  let base: ElementType
  /// The type of the output projection, or of the token embedding where that is the output.
  let output: ElementType
  /// The type of attention values and feed-forward down projections in favoured layers.
  let favoured: ElementType
  /// Whether only routed experts have the base type, and the rest stays as it was trained.
  let expertsOnly: Bool

  private init(
    _ name: String, _ base: ElementType, output: ElementType? = nil,
    favoured: ElementType? = nil, expertsOnly: Bool = false
  ) {
    self.name = name
    self.base = base
    self.output = output ?? base
    self.favoured = favoured ?? base
    self.expertsOnly = expertsOnly
  }

  /// Every quantisation that has a name, best first.
  public static let all: [Quantisation] = [
    Quantisation("F32", .f32), Quantisation("BF16", .bf16), Quantisation("F16", .f16),
    Quantisation("F8_E4M3", .f8E4M3), Quantisation("Q8_0", .q8_0), Quantisation("Q6_K", .q6K),
    Quantisation("Q5_K_M", .q5K, output: .q6K, favoured: .q6K),
    Quantisation("Q5_K_S", .q5K, output: .q6K), Quantisation("Q5_K", .q5K, output: .q6K),
    Quantisation("Q5_1", .q5_1, output: .q6K), Quantisation("Q5_0", .q5_0, output: .q6K),
    q4KM,
    Quantisation("Q4_K_S", .q4K, output: .q6K), Quantisation("Q4_K", .q4K, output: .q6K),
    Quantisation("Q4_1", .q4_1, output: .q6K), Quantisation("Q4_0", .q4_0, output: .q6K),
    Quantisation("IQ4_NL", .iq4NL, output: .q6K), Quantisation("IQ4_XS", .iq4XS, output: .q6K),
    mxfp4, Quantisation("NVFP4", .nvfp4),
    Quantisation("Q3_K_M", .q3K, output: .q6K, favoured: .q5K),
    Quantisation("Q3_K_S", .q3K, output: .q6K),
    Quantisation("Q2_K", .q2K, output: .q6K, favoured: .q3K),
  ]

  /// What most people run.
  static let q4KM = Quantisation("Q4_K_M", .q4K, output: .q6K, favoured: .q6K)

  /// Routed experts in MXFP4, everything else in 8 bits, as gpt-oss is distributed.
  static let mxfp4 = Quantisation(
    "MXFP4", .mxfp4, output: .q8_0, favoured: .mxfp4, expertsOnly: true)

  /// What alternatives are looked for in, best first.
  public static let ladder = ["BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"]
    .compactMap { name in all.first { $0.name == name } }

  /// The quantisation called `text`, whatever its case.
  ///
  /// Errors: `.usage` with near names.
  public init(parsing text: String) throws(ModelError) {
    let folded = NearNames.fold(text)
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
    guard tensor.shape.count > 1, tensor.role != .small, tensor.role != .auxiliary,
      !tensor.name.hasSuffix(".bias")
    else { return .f32 }
    return fitted(wanted(tensor, model), rowLength: tensor.shape[0])
  }

  private func wanted(_ tensor: Tensor, _ model: ModelGeometry) -> ElementType {
    if tensor.role == .output || tensor.role == .tokenEmbedding && model.tiedEmbeddings {
      return output
    }
    if expertsOnly { return tensor.role == .routedExperts ? base : .q8_0 }
    guard let (layer, part) = tensor.place else { return base }
    let isMixed = favoured != base
    switch part {
    case "attn_v", "attn_k":
      if isMixed, model.expertCount == 8 { return .q8_0 }
      guard part == "attn_v", isMixed else { return base }
      let type = favours(layer, of: model.layers.count) ? favoured : base
      // 8 heads of a 70B share one attn_v: it costs little to keep it better.
      return type == .q4K && model.isLarge ? .q5K : type
    case "ffn_down", "ffn_down_exps", "ffn_down_shexp":
      guard isMixed else { return base }
      if base == .q3K || base == .q2K { return base == .q3K ? .q4K : favoured }
      return favours(layer, of: model.layers.count) ? favoured : base
    case "attn_output":
      return base == .q3K ? .q4K : base == .q2K ? .q3K : base
    default: return base
    }
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
      case .q2K, .q3K, .iq4XS: .iq4NL
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

  /// Llama's 70B shape, for which llama-quantize has a rule of its own.
  fileprivate var isLarge: Bool { layers.count == 80 && hiddenSize == 8192 }
}

extension Model {
  /// The same model stored another way; what is not a matrix of the decoder stays f32.
  public func requantised(to quantisation: Quantisation) -> Model {
    var model = self
    model.quantisation = quantisation.name
    model.tensors = tensors.map { tensor in
      guard tensor.role != .auxiliary else { return tensor }
      var tensor = tensor
      tensor.type = quantisation.type(of: tensor, in: geometry)
      tensor.bytes = tensor.type.bytes(shape: tensor.shape) ?? tensor.bytes
      return tensor
    }
    return model
  }
}
