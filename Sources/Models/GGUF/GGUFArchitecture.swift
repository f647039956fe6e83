/// What the files of an architecture leave unsaid: which layers see a window only, and how they mix.
///
/// Source: the model definitions of llama.cpp (src/llama-model.cpp).
struct GGUFArchitecture {
  /// Which layers see only a window of the last tokens.
  var window = Window.none
  /// Width of the window where the file names none.
  var defaultWindow: Int?
  /// Whether all layers but every `full_attention_interval`-th are recurrent.
  var hybrid = false
  /// Whether feed-forward networks have a gate (three matrices) or not (two).
  var gated = true

  /// Which layers see only a window.
  enum Window: Equatable {
    case none
    case all
    /// All but every `period`-th layer.
    case allBut(every: Int)
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
    window: Window = .none, defaultWindow: Int? = nil, hybrid: Bool = false, gated: Bool = true
  ) {
    self.window = window
    self.defaultWindow = defaultWindow
    self.hybrid = hybrid
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
    "gpt-oss": .init(window: .allBut(every: 2), defaultWindow: 128),
    "phi3": .init(window: .all),
    "cohere2": .init(window: .allBut(every: 4), defaultWindow: 4096),
    "olmo2": .init(window: .allBut(every: 4)),
    "exaone4": .init(window: .allBut(every: 4)),
    "qwen3next": .init(hybrid: true),
    "qwen35": .init(hybrid: true),
    "qwen35moe": .init(hybrid: true),
    "phi2": .init(gated: false),
    "falcon": .init(gated: false),
    "starcoder2": .init(gated: false),
    "gptneox": .init(gated: false),
    "nemotron": .init(gated: false),
  ]
}
