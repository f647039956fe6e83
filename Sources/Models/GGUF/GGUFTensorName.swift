/// A tensor's name taken apart: `blk.3.ffn_gate_exps.weight`.
struct GGUFTensorName {
  /// The layer it belongs to, or nil for a tensor of the whole model.
  let layer: Int?
  /// What follows the layer, or all of it: `ffn_gate_exps.weight`.
  let part: Substring

  /// Takes `name` apart.
  init(_ name: String) {
    let fields = name.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    if fields.count == 3, fields[0] == "blk", let layer = Int(fields[1]), layer >= 0 {
      self.layer = layer
      part = fields[2]
    } else {
      layer = nil
      part = name[...]
    }
  }

  /// Whether it holds routed experts: all of a layer, or one, as in files of 2023
  /// (`ffn_gate.7.weight`).
  var isRoutedExpert: Bool {
    guard part.hasPrefix("ffn_"), !part.hasPrefix("ffn_gate_inp") else { return false }
    let fields = part.split(separator: ".")
    return fields[0].hasSuffix("_exps") || fields.count == 3 && Int(fields[1]) != nil
  }
}

extension Tensor.Role {
  /// The part of the tensor `name` of `rank` extents in a model of `decoderLayers` layers, of which the
  /// first `cachingLayers` have a use for keys and values of their own.
  static func ggufTensor(
    _ name: String, rank: Int, decoderLayers: Int, cachingLayers: Int
  ) -> Tensor.Role {
    let place = GGUFTensorName(name)
    let isSmall =
      rank < 2 || name.hasSuffix(".bias") || name.contains("norm") || name.contains("exp_probs")
      || name.contains("_inp") || name.contains("rope_")
    guard let layer = place.layer else {
      switch name {
      case "token_embd.weight": return .tokenEmbedding
      case "output.weight": return .output
      case "per_layer_token_embd.weight": return .lookup
      case "per_layer_model_proj.weight": return .attention
      default: return Self.auxiliaryPrefixes.contains(where: name.hasPrefix) ? .auxiliary : .small
      }
    }
    let isCache = place.part.hasPrefix("attn_k") || place.part.hasPrefix("attn_v")
    if layer >= decoderLayers || layer >= cachingLayers && isCache { return .auxiliary }
    if isSmall { return .small }
    if place.isRoutedExpert { return .routedExperts }
    return place.part.hasPrefix("ffn_") ? .feedForward : .attention
  }

  /// Vision and audio towers and their projector.
  private static let auxiliaryPrefixes = ["v.", "a.", "mm."]
}
