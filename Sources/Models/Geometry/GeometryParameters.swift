/// The numbers that fix a decoder, as catalogue entries and `config.json` files both give them.
struct GeometryParameters: Sendable, Equatable {
  var architecture: String
  var hidden: Int
  var layers: Int
  var heads: Int
  var kvHeads: Int
  var headDim: Int
  /// Width of dense feed-forward networks; 0 when every layer has experts.
  var intermediate: Int
  var vocabulary: Int
  var context: Int?
  var tied: Bool
  var gated = true
  var normsPerLayer = 2
  var queryKeyNorm = QueryKeyNorm.none
  var attentionBias = false
  var outputBias = false
  var sinks = false
  /// Whether queries carry a gate of their own size for the attention's output.
  var outputGate = false
  var window: Window?
  var experts: Experts?
  var latent: Latent?
  var linear: Linear?

  /// Norms on queries and keys.
  enum QueryKeyNorm: String, Sendable {
    case none
    /// One weight a head element, shared by all heads.
    case head
    /// One weight an element of all heads.
    case full
  }

  /// Layers that see only their last tokens.
  struct Window: Sendable, Equatable {
    var tokens: Int
    /// How many of the layers.
    var layers: Int
  }

  /// Routed and shared experts.
  struct Experts: Sendable, Equatable {
    var count: Int
    var used: Int
    var width: Int
    var shared = 0
    var sharedWidth: Int?
    var sharedGate = false
    var firstDense = 0
    /// Every so many layers has experts, the last of each group.
    var interleave = 1
    var routerBias = false
    /// Whether each expert's matrices have biases.
    var biases = false
  }

  /// Multi-head latent attention.
  struct Latent: Sendable, Equatable {
    var queryRank: Int?
    var rank: Int
    var noRope: Int
    var rope: Int
    var value: Int
  }

  /// Gated delta net layers between full-attention layers.
  struct Linear: Sendable, Equatable {
    var keyHeads: Int
    var valueHeads: Int
    var keyDim: Int
    var valueDim: Int
    var kernel: Int
    var interval: Int

    /// Float32 elements of a sequence's state in a layer: the convolution's tail, and a matrix a head.
    var stateElements: Int {
      let inner = valueHeads * valueDim
      return (kernel - 1) * (inner + 2 * keyHeads * keyDim) + keyDim * inner
    }
  }
}

extension GeometryParameters {
  /// The shape that these numbers describe.
  var geometry: ModelGeometry {
    ModelGeometry(
      architecture: architecture, hiddenSize: hidden, vocabularySize: vocabulary,
      contextLength: context, tiedEmbeddings: tied,
      layers: (0..<layers).map { .init(mixer: mixer($0), feedForward: feedForward($0)) })
  }

  /// Whether a layer attends, where others of the model keep a recurrent state instead.
  func attends(_ layer: Int) -> Bool {
    linear.map { (layer + 1).isMultiple(of: $0.interval) } ?? true
  }

  /// Whether a layer's feed-forward part is made of experts.
  func hasExperts(_ layer: Int) -> Bool {
    experts.map { layer >= $0.firstDense && (layer + 1).isMultiple(of: $0.interleave) } ?? false
  }

  private func mixer(_ layer: Int) -> ModelGeometry.Mixer {
    if let linear, !attends(layer) { return .recurrent(stateElements: linear.stateElements) }
    if let latent {
      return .latentAttention(
        heads: heads, rank: latent.rank, ropeLength: latent.rope,
        keyLength: latent.noRope + latent.rope, valueLength: latent.value)
    }
    return .attention(
      heads: heads, kvHeads: kvHeads, keyLength: headDim, valueLength: headDim,
      window: isLocal(layer) ? window?.tokens : nil)
  }

  /// Which layers have a window, by the published patterns: Gemma 2 and gpt-oss every other layer
  /// from the first, Gemma 3 all but every sixth, Llama 4 all but every fourth, others all.
  private func isLocal(_ layer: Int) -> Bool {
    guard let window else { return false }
    switch architecture {
    case "gemma2", "gpt-oss": return layer.isMultiple(of: 2)
    case "gemma3": return !(layer + 1).isMultiple(of: 6)
    case "llama4", "cohere2": return !(layer + 1).isMultiple(of: 4)
    default: return layer < window.layers
    }
  }

  private func feedForward(_ layer: Int) -> ModelGeometry.FeedForward {
    guard let experts, hasExperts(layer) else { return .dense(width: intermediate, gated: gated) }
    return .experts(
      count: experts.count, used: experts.used, width: experts.width,
      sharedWidth: experts.sharedWidth ?? experts.shared * experts.width)
  }
}

extension GeometryParameters {
  /// Reads a catalogue entry.
  init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      architecture: try fields.string("architecture"), hidden: try fields.integer("hidden_size"),
      layers: try fields.integer("num_layers"), heads: try fields.integer("num_heads"),
      kvHeads: try fields.integer("num_kv_heads"), headDim: try fields.integer("head_dim"),
      intermediate: try fields.optionalInteger("intermediate_size") ?? 0,
      vocabulary: try fields.integer("vocab_size"),
      context: try fields.optionalInteger("max_context", in: 0...JSONFields.longestContext),
      tied: try fields.bool("tie_word_embeddings"))
    gated = try fields.optionalBool("mlp_gated") ?? true
    normsPerLayer = try fields.optionalInteger("norms_per_layer") ?? 2
    queryKeyNorm = QueryKeyNorm(rawValue: try fields.optionalString("qk_norm") ?? "") ?? .none
    attentionBias = try fields.bool("qkv_bias")
    outputBias = try fields.bool("o_bias")
    sinks = try fields.bool("attn_sinks")
    outputGate = try fields.bool("attn_output_gate")
    if let tokens = try fields.optionalInteger("sliding_window") {
      window = Window(
        tokens: tokens, layers: try fields.optionalInteger("sliding_window_layers") ?? layers)
    }
    experts = try fields.optionalObject("moe").read(Experts.init(catalogue:))
    latent = try fields.optionalObject("mla").read(Latent.init(catalogue:))
    linear = try fields.optionalObject("linear_attention").read(Linear.init(catalogue:))
  }
}

extension Optional {
  /// `map` for a transform with typed errors.
  func read<Other>(
    _ transform: (Wrapped) throws(ModelError) -> Other
  ) throws(ModelError) -> Other? {
    if let self { try transform(self) } else { nil }
  }
}

extension GeometryParameters.Experts {
  fileprivate init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      count: try fields.integer("num_experts"), used: try fields.integer("experts_per_token"),
      width: try fields.integer("moe_intermediate_size"),
      shared: try fields.optionalInteger("num_shared_experts") ?? 0,
      sharedWidth: try fields.optionalInteger("shared_intermediate_size"),
      sharedGate: try fields.bool("shared_gate"),
      firstDense: try fields.optionalInteger("first_k_dense") ?? 0,
      interleave: try fields.optionalInteger("interleave_step", in: 1...1024) ?? 1,
      routerBias: try fields.bool("router_bias"), biases: try fields.bool("expert_bias"))
  }
}

extension GeometryParameters.Latent {
  fileprivate init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      queryRank: try fields.optionalInteger("q_lora_rank"),
      rank: try fields.integer("kv_lora_rank"), noRope: try fields.integer("qk_nope_head_dim"),
      rope: try fields.integer("qk_rope_head_dim"), value: try fields.integer("v_head_dim"))
  }
}

extension GeometryParameters.Linear {
  fileprivate init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      keyHeads: try fields.integer("num_key_heads"),
      valueHeads: try fields.integer("num_value_heads"),
      keyDim: try fields.integer("key_head_dim"), valueDim: try fields.integer("value_head_dim"),
      kernel: try fields.integer("conv_kernel"),
      interval: try fields.integer("full_attention_interval"))
  }
}
