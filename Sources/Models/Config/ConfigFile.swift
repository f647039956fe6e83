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
    "ministral3": "mistral3",
    "qwen2": "qwen2", "qwen2_moe": "qwen2moe", "qwen2_5_vl": "qwen2vl",
    "qwen2_5_vl_text": "qwen2vl", "qwen3": "qwen3", "qwen3_moe": "qwen3moe",
    "qwen3_vl_text": "qwen3vl", "qwen3_vl_moe_text": "qwen3vlmoe", "qwen3_next": "qwen3next",
    "qwen3_5_text": "qwen35", "qwen3_5_moe_text": "qwen35moe",
    "deepseek_v2": "deepseek2", "deepseek_v3": "deepseek2", "kimi_k2": "deepseek2",
    "glm4": "glm4", "glm4_moe": "glm4moe", "glm4_moe_lite": "deepseek2", "gpt_oss": "gpt-oss",
    "gemma": "gemma", "gemma2": "gemma2", "gemma3_text": "gemma3", "gemma4_text": "gemma4",
    "gemma3n_text": "gemma3n", "phi": "phi2", "phi3": "phi3", "phimoe": "phimoe",
    "olmo": "olmo", "olmo2": "olmo2", "olmo3": "olmo2", "olmoe": "olmoe",
    "smollm3": "smollm3", "granite": "granite", "granitemoe": "granitemoe",
    "granitemoehybrid": "granitehybrid", "falcon_h1": "falcon-h1", "lfm2_moe": "lfm2moe",
    "cohere": "command-r", "cohere2": "cohere2", "falcon": "falcon", "starcoder2": "starcoder2",
    "stablelm": "stablelm", "lfm2": "lfm2", "nemotron_h": "nemotron_h",
    "muse_glimmer_text": "muse-glimmer",
  ]

  /// Numbers that published files leave out where they are the defaults of transformers' own
  /// configurations: `Gemma3TextConfig`, `FalconConfig` and so on.
  private static let defaults: [String: [String: Int]] = [
    "gemma3_text": [
      "num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 256,
      "vocab_size": 262_208, "max_position_embeddings": 131_072,
    ],
    "gemma3n_text": [
      "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 256,
      "vocab_size": 262_400, "vocab_size_per_layer_input": 262_144,
      "max_position_embeddings": 32_768, "sliding_window": 512, "num_kv_shared_layers": 15,
    ],
    "falcon": ["max_position_embeddings": 2048],
    "falcon_h1": [
      "mamba_n_heads": 128, "mamba_n_groups": 1, "mamba_d_state": 256, "mamba_d_conv": 4,
    ],
    "granitemoehybrid": [
      "mamba_n_heads": 128, "mamba_n_groups": 1, "mamba_d_state": 256, "mamba_d_conv": 4,
      "num_local_experts": 8, "num_experts_per_tok": 2, "shared_intermediate_size": 1024,
    ],
  ]

  /// Reads the file; of a multimodal model the text part.
  ///
  /// Errors: `.malformed` names the key and what was expected.
  init(path: String) throws(ModelError) {
    let bytes = try InputFile(path: path).contents(limit: 16 << 20)
    var reader = JSONReader(bytes, allowsNonFinite: true)
    let value: JSONValue
    do throws(JSONError) {
      value = try reader.value()
      try reader.finish()
    } catch {
      throw .malformed(path, at: error.offset, expected: error.expected, found: error.found)
    }
    let whole = try JSONFields(value, file: path)
    var text = try whole.optionalObject("text_config")
    if text == nil { text = try whole.optionalObject("llm_config") }
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
    let filled = fields.filled(with: Self.defaults[modelType] ?? [:])
    var parameters = try Self.architectures[modelType].read { (name) throws(ModelError) in
      try GeometryParameters(config: filled, architecture: name)
    }
    // Some multimodal configurations say this of the whole model only.
    let key = "tie_word_embeddings"
    if !fields.has(key), let tied = try whole.optionalBool(key) { parameters?.tied = tied }
    self.parameters = parameters
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
