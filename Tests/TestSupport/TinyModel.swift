import Tensors

/// A model small enough for the plainest loops, with every type of weights, always the same.
package struct TinyModel {
  package let architecture: String
  package let hidden = 256
  package let layers = 2
  package let heads = 4
  package let kvHeads = 2
  package let headDim = 64
  package let width = 256
  package let vocabulary = 96
  package let experts: (count: Int, used: Int)?
  /// The type of each tensor by the last part of its name.
  package let types: [String: ElementType]

  /// The tensors in file order: name, shape with the row length first, type.
  package var tensors: [(name: String, shape: [Int], type: ElementType)] {
    var list: [(String, [Int], ElementType)] = [
      ("token_embd", [hidden, vocabulary], types["token_embd"] ?? .f32),
      ("output_norm", [hidden], .f32),
      ("output", [hidden, vocabulary], types["output"] ?? .f32),
    ]
    for layer in 0..<layers {
      func add(_ name: String, _ shape: [Int]) {
        list.append(("blk.\(layer).\(name)", shape, types[name] ?? .f32))
      }
      add("attn_norm", [hidden])
      add("attn_q", [hidden, heads * headDim])
      add("attn_k", [hidden, kvHeads * headDim])
      add("attn_v", [hidden, kvHeads * headDim])
      add("attn_output", [heads * headDim, hidden])
      if architecture != "llama" {
        add("attn_q_norm", [headDim])
        add("attn_k_norm", [headDim])
      }
      add("ffn_norm", [hidden])
      if let experts {
        add("ffn_gate_inp", [hidden, experts.count])
        add("ffn_gate_exps", [hidden, width, experts.count])
        add("ffn_up_exps", [hidden, width, experts.count])
        add("ffn_down_exps", [width, hidden, experts.count])
      } else {
        add("ffn_gate", [hidden, width])
        add("ffn_up", [hidden, width])
        add("ffn_down", [width, hidden])
      }
    }
    return list.map { ($0.0 + ".weight", $0.1, $0.2) }
  }

  /// The stored bytes of a tensor: norms near one, the rest what a seeded generator fills it with.
  package func data(_ index: Int) throws -> [UInt8] {
    let (name, shape, type) = tensors[index]
    let buffer = try AlignedBuffer(byteCount: type.bytes(shape: shape) ?? 0, pages: .small)
    buffer.fill(seed: UInt64(index + 1), as: type)
    for element in 0..<(type == .f32 ? buffer.byteCount / 4 : 0) {
      let value = buffer.floats[element]
      // Small norms keep scores small: with large ones attention takes one cell only, and which one
      // is a matter of rounding.
      buffer.floats[element] = name.contains("norm") ? 0.06 + value / 32 : value / 16
    }
    return Array(UnsafeRawBufferPointer(start: buffer.baseAddress, count: buffer.byteCount))
  }

  /// The model as a GGUF file, with a tensor more where one is named.
  package func file(adding name: String? = nil) throws -> [UInt8] {
    var file = GGUFBuilder()
    file.set("general.architecture", architecture)
    func set(_ key: String, _ value: Int) { file.set("\(architecture).\(key)", UInt32(value)) }
    set("block_count", layers)
    set("context_length", 512)
    set("embedding_length", hidden)
    set("feed_forward_length", width)
    set("attention.head_count", heads)
    set("attention.head_count_kv", kvHeads)
    set("attention.key_length", headDim)
    set("attention.value_length", headDim)
    set("rope.dimension_count", headDim)
    set("vocab_size", vocabulary)
    file.set("\(architecture).attention.layer_norm_rms_epsilon", real: 1e-5)
    file.set("\(architecture).rope.freq_base", real: 10_000)
    if let experts {
      set("expert_count", experts.count)
      set("expert_used_count", experts.used)
      set("expert_feed_forward_length", width)
    }
    file.set("tokenizer.ggml.model", "no_vocab")
    for (index, tensor) in tensors.enumerated() {
      file.tensor(tensor.name, tensor.shape, type: tensor.type, data: try data(index))
    }
    if let name { file.tensor(name, [2], type: .f32, data: [UInt8](repeating: 0, count: 8)) }
    return file.bytes
  }

  /// Dense, every block format and 16-bit floats somewhere.
  package static let llama = TinyModel(
    architecture: "llama", experts: nil,
    types: [
      "token_embd": .q6K, "output": .q8_0, "attn_q": .q4K, "attn_k": .q6K, "attn_v": .q5K,
      "attn_output": .q4_0, "ffn_gate": .mxfp4, "ffn_up": .bf16, "ffn_down": .f16,
    ])
  /// Norms of heads, all in single precision.
  package static let qwen3 = TinyModel(architecture: "qwen3", experts: nil, types: [:])
  /// Experts.
  package static let qwen3moe = TinyModel(
    architecture: "qwen3moe", experts: (8, 2),
    types: [
      "token_embd": .bf16, "output": .q6K, "attn_q": .q8_0, "attn_k": .q8_0, "attn_v": .q8_0,
      "attn_output": .q8_0, "ffn_gate_exps": .q4K, "ffn_up_exps": .q8_0, "ffn_down_exps": .q5K,
    ])
  package static let all: [TinyModel] = [.llama, .qwen3, .qwen3moe]
}
