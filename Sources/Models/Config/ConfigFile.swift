import Tensors

/// A Hugging Face `config.json`: the numbers that fix a decoder.
struct ConfigFile {
  /// The parameters, or nil for a `model_type` that is not known here.
  let parameters: GeometryParameters?
  /// `model_type` as the file spells it.
  let modelType: String
  /// The type weights are stored in by default.
  let storage: String

  /// `model_type` to the architecture's name in GGUF.
  private static let architectures: [String: String] = [
    "llama": "llama", "llama4_text": "llama4", "mistral": "llama", "mixtral": "llama",
    "qwen2": "qwen2", "qwen2_moe": "qwen2moe", "qwen3": "qwen3", "qwen3_moe": "qwen3moe",
    "qwen3_next": "qwen3next", "qwen3_5_text": "qwen35", "qwen3_5_moe_text": "qwen35moe",
    "deepseek_v2": "deepseek2", "deepseek_v3": "deepseek2", "kimi_k2": "deepseek2",
    "glm4": "glm4", "glm4_moe": "glm4moe", "gpt_oss": "gpt-oss", "gemma": "gemma",
    "gemma2": "gemma2", "gemma3_text": "gemma3", "phi3": "phi3", "olmo2": "olmo2",
    "smollm3": "smollm3", "granite": "granite", "cohere2": "cohere2", "falcon": "falcon",
    "starcoder2": "starcoder2", "stablelm": "stablelm",
  ]

  /// Reads the file; of a multimodal model the text part.
  ///
  /// Errors: `.malformed` names the key and what was expected.
  init(path: String) throws(ModelError) {
    let bytes = try InputFile(path: path).contents(limit: 16 << 20)
    var reader = JSONReader(bytes)
    let value: JSONValue
    do throws(JSONError) {
      value = try reader.value()
      try reader.finish()
    } catch {
      throw .malformed(path, at: error.offset, expected: error.expected, found: error.found)
    }
    let whole = try JSONFields(value, file: path)
    let text = try whole.optionalObject("text_config")
    let fields = text ?? whole
    let ownType = try fields.optionalString("model_type")
    modelType = if let ownType { ownType } else { try whole.string("model_type") }
    var storage: String?
    for part in [fields, whole] {
      for key in ["torch_dtype", "dtype"] where storage == nil {
        storage = try part.optionalString(key)
      }
    }
    self.storage = storage == "float16" ? "F16" : storage == "float32" ? "F32" : "BF16"
    parameters = try Self.architectures[modelType].read { (name) throws(ModelError) in
      try GeometryParameters(config: fields, architecture: name)
    }
  }

  /// A model of these parameters; sizes are computed.
  ///
  /// Errors: `.malformed` for a `model_type` that is not known, since nothing can be counted then.
  static func model(path: String, quantisation: Quantisation?) throws(ModelError) -> Model {
    let config = try ConfigFile(path: path)
    guard let parameters = config.parameters else {
      throw ModelError(
        .unsupported,
        "\(path): the model_type '\(config.modelType)' is not known here, so nothing can be counted; "
          + "name the weights' folder instead")
    }
    let stored = try Quantisation(parsing: config.storage)
    return Model(
      name: config.modelType, geometry: parameters.geometry,
      tensors: TensorLayout.tensors(of: parameters), quantisation: "F32",
      origin: .config(path: path)
    ).requantised(to: quantisation ?? stored)
  }
}

extension GeometryParameters {
  /// Reads the keys of a `config.json`.
  init(config fields: JSONFields, architecture: String) throws(ModelError) {
    let hidden = try fields.integer("hidden_size")
    let heads = try fields.integer("num_attention_heads")
    let tiedByDefault = architecture.hasPrefix("gemma") || architecture == "cohere2"
    let expertCount = try fields.firstInteger(
      "num_local_experts", "num_experts", "n_routed_experts")
    self.init(
      architecture: architecture, hidden: hidden,
      layers: try fields.layerCount(), heads: heads,
      kvHeads: try fields.optionalInteger("num_key_value_heads", in: 1...heads) ?? heads,
      headDim: try fields.optionalInteger("head_dim", in: 1...JSONFields.largest)
        ?? max(hidden / heads, 1),
      intermediate: try fields.firstInteger("intermediate_size_mlp", "intermediate_size") ?? 0,
      vocabulary: try fields.integer("vocab_size"),
      context: try fields.optionalInteger(
        "max_position_embeddings", in: 0...JSONFields.longestContext),
      tied: try fields.optionalBool("tie_word_embeddings") ?? tiedByDefault)
    gated = !["falcon", "starcoder2"].contains(architecture)
    normsPerLayer = ["gemma2", "gemma3"].contains(architecture) ? 4 : 2
    queryKeyNorm =
      switch architecture {
      case "olmo2": .full
      case "gemma3": .head
      // Llama 4 has the key too, for a norm without weights.
      case "glm4moe": try fields.optionalBool("use_qk_norm") ?? false ? .head : .none
      default: architecture.hasPrefix("qwen3") ? .head : .none
      }
    attentionBias =
      try fields.optionalBool("attention_bias") ?? architecture.hasPrefix("qwen2")
    outputBias = attentionBias && architecture == "gpt-oss"
    sinks = architecture == "gpt-oss"
    outputGate = ["qwen3next", "qwen35", "qwen35moe"].contains(architecture)
    if try fields.optionalBool("use_sliding_window") ?? true,
      let tokens = try fields.firstInteger(
        "sliding_window", "attention_chunk_size", in: 0...JSONFields.longestContext), tokens > 0
    {
      window = Window(tokens: tokens, layers: layers)
    }
    if let expertCount, expertCount > 0 {
      experts = try Experts(config: fields, count: expertCount, architecture: architecture)
    }
    if try fields.optionalInteger("kv_lora_rank") != nil { latent = try Latent(config: fields) }
    if try fields.optionalInteger("linear_num_key_heads") != nil {
      linear = try Linear(config: fields)
    }
  }
}

extension JSONFields {
  /// The number under the first of `keys` that is there and not null.
  fileprivate func firstInteger(
    _ keys: String..., in range: ClosedRange<Int> = 0...largest
  ) throws(ModelError) -> Int? {
    for key in keys {
      if let value = try optionalInteger(key, in: range) { return value }
    }
    return nil
  }

  /// The number of layers, which bounds everything that is built from it.
  fileprivate func layerCount() throws(ModelError) -> Int {
    _ = try integer("num_hidden_layers")
    return try optionalInteger("num_hidden_layers", in: 1...10_000) ?? 1
  }
}

extension GeometryParameters.Experts {
  fileprivate init(
    config fields: JSONFields, count: Int, architecture: String
  ) throws(ModelError) {
    let used = try fields.optionalInteger("num_experts_per_tok", in: 1...count)
    // Llama 4 has one shared expert, which its configuration does not mention.
    let shared =
      try fields.optionalInteger("n_shared_experts") ?? (architecture == "llama4" ? 1 : 0)
    let sharedWidth = try fields.optionalInteger("shared_expert_intermediate_size")
    self.init(
      count: count, used: used ?? 1,
      width: try fields.firstInteger("moe_intermediate_size", "intermediate_size") ?? 0,
      shared: sharedWidth ?? 0 > 0 ? max(shared, 1) : shared, sharedWidth: sharedWidth,
      sharedGate: sharedWidth ?? 0 > 0,
      firstDense: try fields.optionalInteger("first_k_dense_replace") ?? 0,
      interleave: try fields.optionalInteger("interleave_moe_layer_step", in: 1...1024) ?? 1)
    // DeepSeek-V3 balances its experts by a bias on the router, and so do its descendants.
    routerBias =
      try fields.optionalString("topk_method") == "noaux_tc"
      || ["glm4moe", "gpt-oss"].contains(architecture)
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
      keyHeads: try fields.integer("linear_num_key_heads"),
      valueHeads: try fields.integer("linear_num_value_heads"),
      keyDim: try fields.integer("linear_key_head_dim"),
      valueDim: try fields.integer("linear_value_head_dim"),
      kernel: try fields.integer("linear_conv_kernel_dim"),
      interval: try fields.optionalInteger("full_attention_interval", in: 1...1024) ?? 4)
  }
}
