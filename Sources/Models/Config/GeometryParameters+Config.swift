extension GeometryParameters {
  /// Reads the keys of a `config.json`.
  init(config fields: JSONFields, architecture: String) throws(ModelError) {
    let hidden = try fields.integer("hidden_size")
    let heads = try fields.integer("num_attention_heads")
    let tiedByDefault =
      architecture.hasPrefix("gemma")
      || ["cohere2", "command-r", "falcon", "lfm2", "lfm2moe"].contains(architecture)
    let tied = try fields.firstBool("tie_word_embeddings", "tie_embedding")
    let expertCount =
      try fields.firstInteger("num_local_experts", "num_experts", "n_routed_experts") ?? 0
    let isNemotron = architecture == "nemotron_h"
    self.init(
      architecture: isNemotron && expertCount > 0 ? "nemotron_h_moe" : architecture,
      hidden: hidden, layers: try fields.layerCount(), heads: heads,
      kvHeads: try fields.optionalInteger("num_key_value_heads", in: 1...heads) ?? heads,
      headDim: try fields.firstInteger("head_dim", "attention_head_dim", in: 1...JSONFields.largest)
        ?? max(hidden / heads, 1),
      intermediate: fields.optionalIntegers("intermediate_size") != nil
        ? 0 : try fields.firstInteger("intermediate_size_mlp", "intermediate_size") ?? 0,
      vocabulary: try fields.integer("vocab_size"),
      context: try fields.optionalInteger(
        "max_position_embeddings", in: 0...JSONFields.longestContext),
      tied: tied ?? tiedByDefault)
    gated = !["falcon", "phi2", "starcoder2", "nemotron_h"].contains(architecture)
    normsPerLayer =
      switch architecture {
      case "gemma2", "gemma3", "gemma3n", "gemma4", "muse-glimmer": 4
      case "nemotron_h", "cohere2", "command-r", "phi2": 1
      case "olmo": 0
      default: 2
      }
    queryKeyNorm =
      switch architecture {
      case "olmo2", "olmoe": .full
      case "gemma3", "gemma3n", "gemma4", "lfm2", "lfm2moe": .head
      case "command-r": try fields.bool("use_qk_norm") ? .full : .none
      // Llama 4 has the key too, for a norm without weights.
      case "glm4moe": try fields.bool("use_qk_norm") ? .head : .none
      default: architecture.hasPrefix("qwen3") ? .head : .none
      }
    attentionBias =
      try fields.optionalBool("attention_bias") ?? architecture.hasPrefix("qwen2")
    outputBias = attentionBias && architecture == "gpt-oss"
    sinks = architecture == "gpt-oss"
    outputGate = ["qwen3next", "qwen35", "qwen35moe", "muse-glimmer"].contains(architecture)
    if try fields.optionalBool("use_sliding_window") ?? true,
      let tokens = try fields.firstInteger(
        "sliding_window", "attention_chunk_size", in: 0...JSONFields.longestContext), tokens > 0
    {
      window = Window(tokens: tokens, layers: layers)
    }
    if expertCount > 0 {
      experts = try Experts(config: fields, count: expertCount, architecture: architecture)
    }
    if try fields.optionalInteger("kv_lora_rank") != nil { latent = try Latent(config: fields) }
    if try fields.optionalInteger("linear_num_key_heads") != nil {
      linear = try Linear(config: fields)
    }
    if isNemotron || fields.has("mamba_n_heads") {
      mamba = try Mamba(config: fields, hidden: hidden)
    }
    switch architecture {
    case "falcon": try readFalcon(fields)
    case "falcon-h1": try readFalconH1(fields)
    case "gemma3n": try readGemma3n(fields)
    case "gemma4": try readGemma4(fields)
    case "granitehybrid": try readGraniteHybrid(fields)
    case "lfm2": try readLFM2(fields)
    case "lfm2moe": try readLFM2MoE(fields)
    case "phi2": try readPhi2(fields)
    case "phimoe": try readPhiMoE(fields)
    default: break
    }
    kinds = try LayerKind.list(fields, parameters: self)
  }
}

extension GeometryParameters.LayerKind {
  /// What the layers are, as the file lists them; empty where it has no list.
  ///
  /// Errors: `.malformed` for another number of layers than there are, for a word that is not known
  /// here, and for recurrent layers that the file doesn't describe.
  fileprivate static func list(
    _ fields: JSONFields, parameters: GeometryParameters
  ) throws(ModelError) -> [Self] {
    var kinds: [Self] = []
    var source = "layer_types"
    if let letters = try fields.optionalString("hybrid_override_pattern") {
      source = "hybrid_override_pattern"
      kinds = letters.compactMap(Self.init(rawValue:))
      guard kinds.count == letters.count, !kinds.contains(where: \.isWhole) else {
        throw fields.mismatch(source, "letters of M * E -")
      }
    } else if let indices = fields.optionalIntegers("full_attn_idxs") {
      source = "full_attn_idxs"
      let attending = Set(indices)
      kinds = (0..<parameters.layers).map { attending.contains($0) ? .full : .convolution }
    } else {
      if parameters.architecture.hasPrefix("nemotron_h") { source = "layers_block_type" }
      for word in try fields.optionalStrings(source) ?? [] {
        guard let kind = Self(word, architecture: parameters.architecture) else {
          throw fields.mismatch(
            source, "kinds of layers that are known here, not \(JSONError.quoted(word))")
        }
        kinds.append(kind)
      }
    }
    if kinds.isEmpty, let only = parameters.onlyKind {
      kinds = Array(repeating: only, count: parameters.layers)
    }
    guard kinds.count == parameters.layers || kinds.isEmpty && parameters.mamba == nil else {
      throw fields.mismatch(source, "\(parameters.layers) layers, found \(kinds.count)")
    }
    guard kinds.allSatisfy(parameters.describes) else {
      throw fields.mismatch(source, "kinds of layers that the file has the sizes of")
    }
    return kinds
  }

  /// The kind that `layer_types` or `layers_block_type` names `word`.
  private init?(_ word: String, architecture: String) {
    let isWhole = architecture == "granitehybrid"
    switch word {
    case "full_attention": self = .full
    case "sliding_attention", "chunked_attention": self = .window
    case "linear_attention": self = .linear
    case "conv": self = .convolution
    case "mamba": self = isWhole ? .stateSpace : .mamba
    case "attention": self = isWhole ? .full : .attention
    case "moe": self = .experts
    case "mlp": self = .network
    default: return nil
    }
  }
}

extension GeometryParameters {
  /// What every layer is where the file has no list: Falcon-H1's layers are all alike, and Granite 4's are
  /// Mamba unless they are said to be something else.
  fileprivate var onlyKind: LayerKind? {
    switch architecture {
    case "falcon-h1": .parallel
    case "granitehybrid": .stateSpace
    default: nil
    }
  }

  /// Whether the sizes of such a layer are known.
  fileprivate func describes(_ kind: LayerKind) -> Bool {
    switch kind {
    case .full, .window, .attention, .network: true
    case .linear: linear != nil
    case .convolution: convolution != nil
    case .mamba, .stateSpace, .parallel: mamba != nil
    case .experts: experts != nil
    }
  }
}

extension JSONFields {
  /// The number under the first of `keys` that is there and not null.
  func firstInteger(
    _ keys: String..., in range: ClosedRange<Int> = 0...largest
  ) throws(ModelError) -> Int? {
    for key in keys {
      if let value = try optionalInteger(key, in: range) { return value }
    }
    return nil
  }

  /// The flag under the first of `keys` that is there and not null.
  func firstBool(_ keys: String...) throws(ModelError) -> Bool? {
    for key in keys {
      if let value = try optionalBool(key) { return value }
    }
    return nil
  }

  /// The number of layers, which bounds everything that is built from it.
  fileprivate func layerCount() throws(ModelError) -> Int {
    try integer("num_hidden_layers", in: 1...10_000)
  }
}

extension GeometryParameters.Experts {
  fileprivate init(
    config fields: JSONFields, count: Int, architecture: String
  ) throws(ModelError) {
    let used = try fields.firstInteger("num_experts_per_tok", "top_k_experts", in: 1...count)
    // Llama 4 has one shared expert, which its configuration does not mention.
    let shared =
      try fields.optionalInteger("n_shared_experts") ?? (architecture == "llama4" ? 1 : 0)
    let gatedWidth = try fields.optionalInteger("shared_expert_intermediate_size") ?? 0
    let sharedWidth = try fields.firstInteger(
      "shared_expert_intermediate_size", "moe_shared_expert_intermediate_size",
      "shared_intermediate_size")
    let isLite = try fields.optionalString("model_type") == "glm4_moe_lite"
    self.init(
      count: count, used: used ?? 1,
      width: try fields.firstInteger("moe_intermediate_size", "intermediate_size") ?? 0,
      shared: sharedWidth ?? 0 > 0 ? max(shared, 1) : shared, sharedWidth: sharedWidth,
      sharedGate: gatedWidth > 0,
      firstDense: try fields.optionalInteger("first_k_dense_replace") ?? (isLite ? 1 : 0),
      interleave: try fields.optionalInteger("interleave_moe_layer_step", in: 1...1024) ?? 1,
      latent: try fields.optionalInteger("moe_latent_size"))
    // DeepSeek-V3 balances its experts by a bias on the router, and so do its descendants.
    routerBias =
      try fields.optionalString("topk_method") == "noaux_tc" || isLite
      || ["glm4moe", "gpt-oss", "nemotron_h"].contains(architecture)
    biases = architecture == "gpt-oss"
  }
}

extension GeometryParameters.Latent {
  fileprivate init(config fields: JSONFields) throws(ModelError) {
    self.init(
      queryRank: try fields.optionalInteger("q_lora_rank"),
      rank: try fields.integer("kv_lora_rank"), noRope: try fields.integer("qk_nope_head_dim"),
      rope: try fields.integer("qk_rope_head_dim"), value: try fields.integer("v_head_dim"))
  }
}

extension GeometryParameters.Linear {
  fileprivate init(config fields: JSONFields) throws(ModelError) {
    self.init(
      keyHeads: try fields.extent("linear_num_key_heads"),
      valueHeads: try fields.extent("linear_num_value_heads"),
      keyDim: try fields.extent("linear_key_head_dim"),
      valueDim: try fields.extent("linear_value_head_dim"),
      kernel: try fields.extent("linear_conv_kernel_dim"),
      interval: try fields.optionalInteger("full_attention_interval", in: 1...1024) ?? 4)
  }
}

extension JSONFields {
  /// A number of heads or a length in one, so small that products of four leave no 64 bits.
  func extent(_ key: String, or other: String? = nil) throws(ModelError) -> Int {
    let present = if let other, has(other) { other } else { key }
    return try integer(present, in: 1...1 << 15)
  }
}
