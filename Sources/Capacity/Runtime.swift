/// The program that is to run the model, which fixes how it keeps its cache and its scratch memory.
public enum Runtime: String, Sendable, CaseIterable, Codable {
  /// llama.cpp's tools: cells padded to 256, sliding windows honoured, one compute buffer.
  case llamaCpp = "llama.cpp"
  /// vLLM: cache in blocks of 16 tokens, 90 % of the accelerator's memory at its disposal.
  case vllm
  /// Plimsoll's own walk (`plimsoll simulate`): weights, cache, and one token's activations.
  case plimsoll
}
