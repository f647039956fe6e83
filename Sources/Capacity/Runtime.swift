import Statistics

/// The program that is to run the model, which fixes how it keeps its cache and its scratch memory.
public enum Runtime: String, Sendable, CaseIterable, Codable {
  /// llama.cpp's tools: cells padded to 256, sliding windows honoured, one compute buffer.
  case llamaCpp = "llama.cpp"
  /// vLLM: cache in blocks of 16 tokens, 90 % of the memory at its disposal.
  case vllm
  /// Plimsoll's own walk (`plimsoll simulate`): weights, cache, and one token's activations.
  case plimsoll
}

extension Runtime {
  /// Tokens of one cache block under vLLM. Source: vLLM, `CacheConfig.block_size`.
  static let vllmBlock = 16
  /// Prompt tokens vLLM works on at once. Source: vLLM, `max_num_batched_tokens` of its V1 engine.
  static let vllmBatchedTokens = 2048
  /// The share of the memory vLLM takes. Source: vLLM, `gpu_memory_utilization`.
  static let vllmMemoryShare = 0.9

  /// Whether weights are mapped from their file, so that they can be larger than the memory.
  var mapsWeights: Bool { self != .vllm }

  /// The share of a processor's measured read bandwidth that decoding reaches.
  ///
  /// Source: llama.cpp interleaved with a read loop on one AVX2 box reached 0.48–0.57, 0.73 in its
  /// best minute; this project's 8-row kernels 0.78–0.95 on the same box.
  var processorReadShare: Estimate {
    switch self {
    case .llamaCpp, .vllm: Estimate(value: 0.57, low: 0.45, high: 0.78)
    case .plimsoll: Estimate(value: 0.86, low: 0.75, high: 0.96)
    }
  }

  /// Whether an architecture's sliding window is not made use of: the cache keeps every token.
  ///
  /// Source: llama.cpp, pull request 13676, says so of Phi-3 whenever it loads one.
  func ignoresWindow(of architecture: String) -> Bool {
    self == .llamaCpp && architecture == "phi3"
  }

  /// Cells a sequence of `context` tokens takes in a layer that sees `window` tokens (nil: all).
  ///
  /// llama.cpp: `pad256(min(context, window + micro-batch))`, as its tools set it up (the library's
  /// own default keeps the full context). vLLM: whole blocks, and for a window
  /// `ceil(min(window − 1 + batched tokens, context) / 16) + 1` of them, under its hybrid manager.
  func cells(context: Int, window: Int?, microBatch: Int) -> Int {
    switch self {
    case .llamaCpp:
      let seen = window.map { min(context, $0.plusSaturated(microBatch)) } ?? context
      return seen.roundedUp(to: 256)
    case .vllm:
      let all = context.roundedUp(to: Self.vllmBlock)
      guard let window else { return all }
      let seen = min(max(0, window - 1).plusSaturated(Self.vllmBatchedTokens), context)
      return min(all, seen.roundedUp(to: Self.vllmBlock).plusSaturated(Self.vllmBlock))
    case .plimsoll:
      return window.map { min(context, $0) } ?? context
    }
  }
}
