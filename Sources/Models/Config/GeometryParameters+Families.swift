// What one family's configurations have and no other's.
extension GeometryParameters {
  /// Falcon, whose heads of the cache and norms follow from flags.
  /// Source: `FalconAttention` and `FalconDecoderLayer` of transformers.
  mutating func readFalcon(_ fields: JSONFields) throws(ModelError) {
    let isNew = try fields.bool("new_decoder_architecture")
    let sharesHeads = try fields.optionalBool("multi_query") ?? true
    let count = try fields.optionalInteger("num_kv_heads", in: 1...heads) ?? heads
    kvHeads = sharesHeads && !isNew ? 1 : count
    intermediate = try fields.optionalInteger("ffn_hidden_size") ?? 4 * hidden
    // Attention and network side by side may share their norm.
    let isParallel = try fields.optionalBool("parallel_attn") ?? true
    let norms = try fields.optionalInteger("num_ln_in_parallel_attn", in: 1...2) ?? (isNew ? 2 : 1)
    normsPerLayer = isParallel ? norms : 2
  }

  /// Gemma 4, whose layers without a window have a cache of their own shape.
  mutating func readGemma4(_ fields: JSONFields) throws(ModelError) {
    let keysAreValues = try fields.bool("attention_k_eq_v")
    let count = try fields.optionalInteger("num_global_key_value_heads", in: 1...heads)
    unwindowed = CacheHeads(
      count: keysAreValues ? count ?? kvHeads : kvHeads,
      dim: try fields.optionalInteger("global_head_dim", in: 1...JSONFields.largest) ?? 512,
      keysAreValues: keysAreValues)
    sharedCaches = try fields.optionalInteger("num_kv_shared_layers", in: 0...layers) ?? 0
    if try fields.bool("use_double_wide_mlp") { sharedCacheIntermediate = 2 * intermediate }
    layerInput = try fields.optionalInteger("hidden_size_per_layer_input") ?? 256
    experts?.shared = 1
    experts?.sharedWidth = intermediate
  }

  /// LFM2, whose networks are narrower than named. Source: `Lfm2MLP` of transformers.
  mutating func readLFM2(_ fields: JSONFields) throws(ModelError) {
    convolution = try fields.optionalInteger("conv_L_cache", in: 1...1 << 16) ?? 3
    let width = try fields.firstInteger("block_ff_dim", "intermediate_size") ?? 12_288
    let unit = try fields.optionalInteger("block_multiple_of", in: 1...1 << 16) ?? 256
    let factor = try fields.optionalInteger("block_ffn_dim_multiplier", in: 1...64) ?? 1
    let isAdjusted = try fields.optionalBool("block_auto_adjust_ff_dim") ?? true
    intermediate = isAdjusted ? (2 * width / 3 * factor + unit - 1) / unit * unit : width
  }

  /// LFM2 with experts, whose first layers are dense; widths are as named.
  /// Source: `Lfm2MoeConfig` and `Lfm2MoeSparseMoeBlock` of transformers.
  mutating func readLFM2MoE(_ fields: JSONFields) throws(ModelError) {
    convolution = try fields.optionalInteger("conv_L_cache", in: 1...1 << 16) ?? 3
    experts?.routerBias = try fields.optionalBool("use_expert_bias") ?? true
    experts?.firstDense = try fields.optionalInteger("num_dense_layers", in: 0...layers) ?? 2
  }

  /// Gemma 3n, whose residual stream has several copies. Source: `Gemma3nTextConfig` and
  /// `Gemma3nTextAltUp` of transformers; names as in llama.cpp (src/llama-arch.cpp).
  mutating func readGemma3n(_ fields: JSONFields) throws(ModelError) {
    if let widths = fields.optionalIntegers("intermediate_size") {
      guard widths.count == layers, widths.allSatisfy((1...JSONFields.largest).contains) else {
        throw fields.mismatch("intermediate_size", "a width for each of \(layers) layers")
      }
      layerWidths = widths
    }
    sharedCaches = try fields.integer("num_kv_shared_layers", in: 0...layers)
    layerInput = try fields.optionalInteger("hidden_size_per_layer_input") ?? 256
    layerInputVocabulary = try fields.integer("vocab_size_per_layer_input")
    altUp = AltUp(
      copies: try fields.optionalInteger("altup_num_inputs", in: 2...64) ?? 4,
      rank: try fields.optionalInteger("laurel_rank", in: 1...1 << 16) ?? 64)
  }

  /// Phi-2, whose attention and network stand side by side after one norm, all with biases.
  /// Source: `PhiDecoderLayer` of transformers. That only a part of a head is rotated costs no memory.
  mutating func readPhi2(_ fields: JSONFields) throws(ModelError) {
    guard try !fields.bool("qk_layernorm") else {
      throw fields.mismatch("qk_layernorm", "false, as in published configurations")
    }
    if intermediate == 0 { intermediate = 4 * hidden }
    (attentionBias, outputBias, networkBias, vocabularyBias) = (true, true, true, true)
  }

  /// Phi-3.5-MoE, whose norms have biases, and projections as it says. llama.cpp doesn't know its window,
  /// which is as long as its context. Source: `PhimoeDecoderLayer` of transformers.
  mutating func readPhiMoE(_ fields: JSONFields) throws(ModelError) {
    outputBias = attentionBias
    vocabularyBias = try fields.bool("lm_head_bias")
    if let seen = window?.tokens, seen >= context ?? .max { window = nil }
  }
}
