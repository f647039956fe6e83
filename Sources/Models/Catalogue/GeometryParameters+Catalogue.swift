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
    unwindowed = try fields.optionalObject("global_attention").read(CacheHeads.init(catalogue:))
    sharedCaches = try fields.optionalInteger("shared_cache_layers", in: 0...layers) ?? 0
    sharedCacheIntermediate = try fields.optionalInteger("shared_cache_intermediate_size")
    layerInput = try fields.optionalInteger("per_layer_input_size") ?? 0
    experts = try fields.optionalObject("moe").read(Experts.init(catalogue:))
    latent = try fields.optionalObject("mla").read(Latent.init(catalogue:))
    linear = try fields.optionalObject("linear_attention").read(Linear.init(catalogue:))
    mamba = try fields.optionalObject("mamba").read(Mamba.init(catalogue:))
    convolution = try fields.optionalInteger("short_conv_kernel")
    for letter in try fields.optionalString("layer_kinds") ?? "" {
      guard let kind = LayerKind(rawValue: letter) else {
        throw fields.mismatch("layer_kinds", "letters of F W L C S M * E -")
      }
      kinds.append(kind)
    }
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
      routerBias: try fields.bool("router_bias"), biases: try fields.bool("expert_bias"),
      latent: try fields.optionalInteger("latent_size"))
  }
}

extension GeometryParameters.CacheHeads {
  fileprivate init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      count: try fields.integer("num_kv_heads"), dim: try fields.integer("head_dim"),
      keysAreValues: try fields.bool("keys_are_values"))
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

extension GeometryParameters.Mamba {
  fileprivate init(catalogue fields: JSONFields) throws(ModelError) {
    self.init(
      heads: try fields.integer("num_heads"), headDim: try fields.integer("head_dim"),
      groups: try fields.integer("num_groups"), state: try fields.integer("state_size"),
      kernel: try fields.integer("conv_kernel"))
  }
}
