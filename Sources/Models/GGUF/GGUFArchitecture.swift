/// What the files of an architecture leave unsaid: which layers see a window only, and how they mix.
///
/// Source: the model definitions of llama.cpp (src/llama-model.cpp).
struct GGUFArchitecture {
  /// Which layers see only a window of the last tokens.
  var window = Window.none
  /// Width of the window where the file names none.
  var defaultWindow: Int?
  /// Which layers keep a recurrent state.
  var recurrence = Recurrence.none
  /// From which layer on layers read the cache of an earlier one, where the file doesn't tell.
  var cachingLayers: Int?
  /// Whether feed-forward networks have a gate (three matrices) or not (two).
  var gated = true

  /// Which layers see only a window.
  enum Window: Equatable {
    case none
    case all
    /// All but every `period`-th layer.
    case allBut(every: Int)
  }

  /// Which layers keep a recurrent state.
  enum Recurrence: Equatable {
    case none
    /// All but every `full_attention_interval`-th.
    case allButInterval
    /// Those without heads for keys and values.
    case withoutHeads
    /// Those without heads and without a network: a layer is one part only.
    case withoutHeadsOrNetwork
    /// All, beside their attention.
    case besideAttention
  }

  /// The architecture GGUF calls `name`, or nil when its cache is not known here.
  init?(_ name: String) {
    if let special = Self.special[name] {
      self = special
    } else if !Self.plain.contains(name) {
      return nil
    }
  }

  private init(
    window: Window = .none, defaultWindow: Int? = nil, recurrence: Recurrence = .none,
    cachingLayers: Int? = nil, gated: Bool = true
  ) {
    self.window = window
    self.defaultWindow = defaultWindow
    self.recurrence = recurrence
    self.cachingLayers = cachingLayers
    self.gated = gated
  }

  /// Full attention in every layer, gated feed-forward; multi-head latent attention by its keys.
  private static let plain: Set<String> = [
    "llama", "mistral3", "qwen2", "qwen2moe", "qwen2vl", "qwen3", "qwen3moe", "qwen3vl",
    "qwen3vlmoe", "deepseek", "deepseek2", "glm4", "glm4moe", "chatglm", "gemma", "smollm3",
    "granite", "granitemoe", "command-r", "stablelm", "internlm2", "olmo", "olmoe", "baichuan",
    "minicpm", "minicpm3", "dbrx", "grok", "ernie4_5", "ernie4_5-moe", "exaone", "bailingmoe",
    "dots1", "hunyuan-moe", "hunyuan-dense", "phimoe", "seed_oss",
  ]

  private static let special: [String: GGUFArchitecture] = [
    "llama4": .init(window: .allBut(every: 4), defaultWindow: 8192),
    "gemma2": .init(window: .allBut(every: 2), defaultWindow: 4096),
    "gemma3": .init(window: .allBut(every: 6)),
    "gemma3n": .init(window: .allBut(every: 5), cachingLayers: 20),
    "gemma4": .init(window: .allBut(every: 6)),
    "gpt-oss": .init(window: .allBut(every: 2), defaultWindow: 128),
    "phi3": .init(window: .all),
    "cohere2": .init(window: .allBut(every: 4), defaultWindow: 4096),
    "olmo2": .init(window: .allBut(every: 4)),
    "exaone4": .init(window: .allBut(every: 4)),
    "muse-glimmer": .init(window: .allBut(every: 4)),
    "qwen3next": .init(recurrence: .allButInterval),
    "qwen35": .init(recurrence: .allButInterval),
    "qwen35moe": .init(recurrence: .allButInterval),
    "lfm2": .init(recurrence: .withoutHeads),
    "lfm2moe": .init(recurrence: .withoutHeads),
    "granitehybrid": .init(recurrence: .withoutHeads),
    "falcon-h1": .init(recurrence: .besideAttention),
    "nemotron_h": .init(recurrence: .withoutHeadsOrNetwork, gated: false),
    "nemotron_h_moe": .init(recurrence: .withoutHeadsOrNetwork, gated: false),
    "phi2": .init(gated: false),
    "falcon": .init(gated: false),
    "starcoder2": .init(gated: false),
    "gptneox": .init(gated: false),
    "nemotron": .init(gated: false),
  ]
}
