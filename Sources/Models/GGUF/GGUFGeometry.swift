/// From a file's metadata to the shape of its decoder.
struct GGUFGeometry {
  let metadata: GGUFMetadata
  let tensors: [GGUFHeader.TensorInfo]
  private(set) var warnings: [ModelWarning] = []

  /// Architectures whose layers are attention or gated delta nets as this reader counts them.
  /// Source: llama.cpp, `llama-arch.cpp` and `llama-hparams.cpp`.
  static let known: Set<String> = [
    "llama", "llama4", "mistral3", "qwen2", "qwen2moe", "qwen3", "qwen3moe", "qwen3next", "qwen35",
    "qwen35moe", "qwen2vl", "qwen3vl", "qwen3vlmoe", "deepseek2", "glm4", "glm4moe", "gpt-oss",
    "gemma", "gemma2", "gemma3", "phi2", "phi3", "phimoe", "falcon", "olmo", "olmo2", "olmoe",
    "smollm3", "granite", "granitemoe", "command-r", "cohere2", "starcoder2", "stablelm",
    "internlm2", "exaone", "nemotron", "ernie4_5", "ernie4_5-moe", "hunyuan-moe", "hunyuan-dense",
    "bailingmoe", "seed_oss", "dots1", "minicpm", "baichuan", "gpt2", "gptneox", "bloom", "mpt",
    "orion", "xverse", "arcee", "dbrx", "grok",
  ]

  static let mostLayers = 10_000

  /// The shape, without layers for an architecture that is not known.
  mutating func read() throws(ModelError) -> ModelGeometry {
    let names = Dictionary(tensors.map { ($0.name, $0.shape) }) { first, _ in first }
    let embedding = names["token_embd.weight"]
    var geometry = ModelGeometry(
      architecture: metadata.architecture,
      hiddenSize: try metadata.positive("embedding_length") ?? embedding?.first ?? 0,
      vocabularySize: try metadata.positive("vocab_size")
        ?? metadata.arrayLength("tokenizer.ggml.tokens") ?? embedding?.dropFirst().first ?? 0,
      contextLength: try metadata.positive("context_length"),
      tiedEmbeddings: names["output.weight"] == nil && embedding != nil, layers: [])
    guard Self.known.contains(metadata.architecture) else {
      warnings.append(
        ModelWarning(
          code: "unknown-architecture",
          message: "the architecture '\(metadata.architecture)' is not known here: its weights are "
            + "counted, its cache is not"))
      return geometry
    }
    geometry.layers = try layers()
    return geometry
  }

  private mutating func layers() throws(ModelError) -> [ModelGeometry.Layer] {
    let blocks = try metadata.required("block_count")
    let count = blocks - (try metadata.count("nextn_predict_layers"))
    guard count > 0, blocks <= Self.mostLayers, blocks <= tensors.count else {
      throw ModelError(
        .malformed,
        "expected the metadata key '\(metadata.architecture).block_count' to be from 1 to "
          + "\(min(Self.mostLayers, tensors.count)), the number of tensors, found \(blocks)")
    }
    let mixers = try mixers(count)
    let feedForwards = try feedForwards(count)
    return zip(mixers, feedForwards).map { .init(mixer: $0, feedForward: $1) }
  }

  private mutating func mixers(_ count: Int) throws(ModelError) -> [ModelGeometry.Mixer] {
    let heads = try metadata.perLayer("attention.head_count", layers: count)
    guard let heads, heads.contains(where: { $0 > 0 }) else {
      throw ModelError(
        .malformed,
        "expected the metadata key '\(metadata.architecture).attention.head_count' to be positive, "
          + "found \(heads == nil ? "none" : "0")")
    }
    let kvHeads = try metadata.perLayer("attention.head_count_kv", layers: count) ?? heads
    let (key, value) = try lengths(heads: heads.max() ?? 1)
    let latentRank = try latentRank()
    let rope = try metadata.count("rope.dimension_count")
    let window = try metadata.positive("attention.sliding_window")
    let state = try recurrentState()
    var mixers: [ModelGeometry.Mixer] = []
    for layer in 0..<count {
      if let state, !(try attends(layer)) || kvHeads[layer] == 0 {
        mixers.append(.recurrent(stateElements: state))
      } else if let latentRank {
        mixers.append(
          .latentAttention(
            heads: heads[layer], rank: latentRank, ropeLength: rope,
            keyLength: try metadata.required("attention.key_length_mla"),
            valueLength: try metadata.required("attention.value_length_mla")))
      } else {
        mixers.append(
          .attention(
            heads: heads[layer], kvHeads: kvHeads[layer], keyLength: key, valueLength: value,
            window: try isLocal(layer) ? window : nil))
      }
    }
    return mixers
  }

  /// The lengths of a key and a value; where the file doesn't say, the hidden size over the heads.
  private mutating func lengths(heads: Int) throws(ModelError) -> (key: Int, value: Int) {
    let key = try metadata.positive("attention.key_length")
    let value = try metadata.positive("attention.value_length")
    if let key { return (key, value ?? key) }
    let assumed = try metadata.required("embedding_length") / heads
    if !["llama", "gpt2", "phi2", "falcon", "qwen2", "starcoder2", "stablelm"]
      .contains(metadata.architecture)
    {
      warnings.append(
        ModelWarning(
          code: "key-length-assumed",
          message: "the file names no key length: \(assumed), the hidden size over the heads, is "
            + "assumed"))
    }
    return (assumed, value ?? assumed)
  }

  /// The rank of latent attention where its compressed cache is used: files that have the `_mla`
  /// keys. Older ones keep full keys and values.
  private func latentRank() throws(ModelError) -> Int? {
    guard try metadata.positive("attention.key_length_mla") != nil else { return nil }
    return try metadata.positive("attention.kv_lora_rank")
  }

  /// Float32 elements of a recurrent layer's state: a convolution's tail and a state matrix.
  private func recurrentState() throws(ModelError) -> Int? {
    guard let inner = try metadata.positive("ssm.inner_size"),
      let state = try metadata.positive("ssm.state_size"),
      let kernel = try metadata.positive("ssm.conv_kernel")
    else { return nil }
    let groups = max(try metadata.count("ssm.group_count"), 1)
    guard inner < 1 << 24, state < 1 << 20, kernel < 1 << 12, groups < 1 << 16 else {
      throw ModelError(
        .malformed,
        "expected the metadata keys '\(metadata.architecture).ssm.*' to be sizes of a layer, found "
          + "\(inner), \(state), \(kernel), \(groups)")
    }
    return (kernel - 1) * (inner + 2 * groups * state) + state * inner
  }

  private func attends(_ layer: Int) throws(ModelError) -> Bool {
    let interval = try metadata.positive("full_attention_interval") ?? 4
    return (layer + 1).isMultiple(of: interval)
  }

  /// Which layers see only their window. Source: llama.cpp, `set_swa_pattern` of each architecture.
  private func isLocal(_ layer: Int) throws(ModelError) -> Bool {
    let period: Int
    switch metadata.architecture {
    case "gemma2", "gpt-oss": return layer.isMultiple(of: 2)
    case "gemma3": period = try metadata.positive("attention.sliding_window_pattern") ?? 6
    case "llama4", "cohere2": period = 4
    default: return true
    }
    return !(layer + 1).isMultiple(of: period)
  }

  private func feedForwards(_ count: Int) throws(ModelError) -> [ModelGeometry.FeedForward] {
    let widths = try metadata.perLayer("feed_forward_length", layers: count)
    let names = Set(tensors.map(\.name))
    let experts = try metadata.count("expert_count")
    let used = try metadata.count("expert_used_count")
    guard used <= experts else {
      throw ModelError(
        .malformed,
        "expected the metadata key '\(metadata.architecture).expert_used_count' to be at most "
          + "expert_count, \(experts), found \(used)")
    }
    let expertWidth = try metadata.positive("expert_feed_forward_length")
    let sharedWidth = try sharedWidth(expertWidth: expertWidth ?? 0)
    var result: [ModelGeometry.FeedForward] = []
    for layer in 0..<count {
      let width = widths?[layer] ?? 0
      if experts > 0, names.contains("blk.\(layer).ffn_down_exps.weight") {
        result.append(
          .experts(
            count: experts, used: used, width: expertWidth ?? width,
            sharedWidth: names.contains("blk.\(layer).ffn_down_shexp.weight") ? sharedWidth : 0))
      } else {
        let gated = names.contains("blk.\(layer).ffn_gate.weight")
        result.append(width > 0 ? .dense(width: width, gated: gated) : .none)
      }
    }
    return result
  }

  /// The width of all shared experts of a layer together.
  private func sharedWidth(expertWidth: Int) throws(ModelError) -> Int {
    if let width = try metadata.positive("expert_shared_feed_forward_length") { return width }
    let (width, overflow) = try metadata.count("expert_shared_count")
      .multipliedReportingOverflow(by: expertWidth)
    return overflow ? .max : width
  }
}
