/// What the name of a tensor tells in Hugging Face's spelling: `model.layers.3.self_attn.q_proj.weight`.
enum HuggingFaceName {
  /// The part that the tensor `name` with so many `extents` plays in a decoder of `layers` layers
  /// (nil when their number is not known).
  ///
  /// A name that says nothing is `.small`: counted, and read for every token.
  static func role(of name: String, extents: Int, layers: Int?) -> Tensor.Role {
    let parts = name.split(separator: ".")
    if parts.contains(where: isAuxiliary) { return .auxiliary }
    if let layers, let layer = layer(parts), layer >= layers { return .auxiliary }
    if parts.contains(where: isSmall) { return .small }
    // Granite has each matrix of all experts in one, and no word for them.
    if parts.contains("experts") || extents > 2 && parts.contains("block_sparse_moe") {
      return .routedExperts
    }
    if extents <= 1 { return .small }
    if parts.contains("embed_tokens_per_layer") { return .lookup }
    if parts.contains(where: embeddings.contains) { return .tokenEmbedding }
    if parts.contains(where: outputs.contains) { return .output }
    if parts.contains(where: isMixer) { return .attention }
    if parts.contains(where: isFeedForward) { return .feedForward }
    return .small
  }

  /// The number of the layer that the tensor belongs to.
  private static func layer(_ parts: [Substring]) -> Int? {
    guard let position = parts.firstIndex(where: { $0 == "layers" || $0 == "h" }),
      position + 1 < parts.count
    else { return nil }
    return Int(parts[position + 1])
  }

  private static let embeddings: Set<Substring> = [
    "embed_tokens", "wte", "tok_embeddings", "word_embeddings", "embed_in", "embeddings",
  ]
  private static let outputs: Set<Substring> = ["lm_head", "embed_out", "output"]

  private static func isAuxiliary(_ part: Substring) -> Bool {
    part == "mtp" || part == "multi_modal_projector" || part.contains("vision")
      || part.contains("visual") || part.contains("audio")
  }

  private static func isSmall(_ part: Substring) -> Bool {
    part == "gate" || part == "router" || part == "shared_expert_gate" || part.contains("norm")
      || part.hasSuffix("bias")
  }

  private static func isMixer(_ part: Substring) -> Bool {
    part.contains("attn") || part.contains("attention") || part == "mixer" || part == "mamba"
      || part == "conv"
  }

  private static func isFeedForward(_ part: Substring) -> Bool {
    part.hasSuffix("mlp") || part == "feed_forward" || part == "ffn"
      || part.hasPrefix("shared_expert")
      || part == "block_sparse_moe"
  }
}
