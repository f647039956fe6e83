import Models
import Tensors

/// The geometry of a decoder whose layers are all alike, and the tensors that follow from it.
struct TestModel {
  var name: String
  var hidden: Int
  var layers: Int
  var heads: Int
  var kvHeads: Int
  var headLength: Int
  var width: Int
  var vocabulary: Int
  var tied = false
  var context = 131_072
  /// Experts of a layer and how many a token uses; nil is a dense model.
  var experts: (count: Int, used: Int)?
  var window: Int?

  static let llama2At7B = TestModel(
    name: "Llama-2-7B", hidden: 4096, layers: 32, heads: 32, kvHeads: 32, headLength: 128,
    width: 11008, vocabulary: 32000, context: 4096)
  static let llama3At8B = TestModel(
    name: "Llama-3.1-8B", hidden: 4096, layers: 32, heads: 32, kvHeads: 8, headLength: 128,
    width: 14336, vocabulary: 128_256)
  static let llama3At1B = TestModel(
    name: "Llama-3.2-1B", hidden: 2048, layers: 16, heads: 32, kvHeads: 8, headLength: 64,
    width: 8192, vocabulary: 128_256, tied: true)
  static let llama3At70B = TestModel(
    name: "Llama-3.1-70B", hidden: 8192, layers: 80, heads: 64, kvHeads: 8, headLength: 128,
    width: 28672, vocabulary: 128_256)
  static let qwen3At30B = TestModel(
    name: "Qwen3-30B-A3B", hidden: 2048, layers: 48, heads: 32, kvHeads: 4, headLength: 128,
    width: 768, vocabulary: 151_936, context: 40960, experts: (128, 8))
  static let qwen3At235B = TestModel(
    name: "Qwen3-235B-A22B", hidden: 4096, layers: 94, heads: 64, kvHeads: 4, headLength: 128,
    width: 1536, vocabulary: 151_936, context: 40960, experts: (128, 8))

  /// The model with every matrix stored as `type`; norms and routers are f32.
  func model(_ type: ElementType, quantisation: String? = nil) -> Model {
    Model(
      name: name, geometry: geometry, tensors: tensors(type),
      quantisation: quantisation ?? type.rawValue, origin: .catalogue(source: "the test"))
  }

  var geometry: ModelGeometry {
    let layer = ModelGeometry.Layer(
      mixer: .attention(
        heads: heads, kvHeads: kvHeads, keyLength: headLength, valueLength: headLength,
        window: window),
      feedForward: experts.map {
        .experts(count: $0.count, used: $0.used, width: width, sharedWidth: 0)
      } ?? .dense(width: width, gated: true))
    return ModelGeometry(
      architecture: experts == nil ? "llama" : "qwen3moe", hiddenSize: hidden,
      vocabularySize: vocabulary, contextLength: context, tiedEmbeddings: tied,
      layers: Array(repeating: layer, count: layers))
  }

  private func tensors(_ type: ElementType) -> [Tensor] {
    var all = [tensor("token_embd", [hidden, vocabulary], type, .tokenEmbedding)]
    if !tied { all.append(tensor("output", [hidden, vocabulary], type, .output)) }
    all.append(tensor("output_norm", [hidden], .f32, .small))
    for layer in 0..<layers { all += block("blk.\(layer)", type) }
    return all
  }

  private func block(_ prefix: String, _ type: ElementType) -> [Tensor] {
    let query = heads * headLength
    let key = kvHeads * headLength
    var parts = [
      tensor("\(prefix).attn_norm", [hidden], .f32, .small),
      tensor("\(prefix).attn_q", [hidden, query], type, .attention),
      tensor("\(prefix).attn_k", [hidden, key], type, .attention),
      tensor("\(prefix).attn_v", [hidden, key], type, .attention),
      tensor("\(prefix).attn_output", [query, hidden], type, .attention),
      tensor("\(prefix).ffn_norm", [hidden], .f32, .small),
    ]
    let tail = experts.map { [$0.count] } ?? []
    let role: Tensor.Role = experts == nil ? .feedForward : .routedExperts
    parts.append(tensor("\(prefix).ffn_gate", [hidden, width] + tail, type, role))
    parts.append(tensor("\(prefix).ffn_up", [hidden, width] + tail, type, role))
    parts.append(tensor("\(prefix).ffn_down", [width, hidden] + tail, type, role))
    if let experts {
      parts.append(tensor("\(prefix).ffn_gate_inp", [hidden, experts.count], .f32, .small))
    }
    return parts
  }

  private func tensor(_ name: String, _ shape: [Int], _ type: ElementType, _ role: Tensor.Role)
    -> Tensor
  {
    Tensor(
      name: "\(name).weight", shape: shape, type: type, bytes: type.bytes(shape: shape) ?? 0,
      role: role)
  }
}

extension ModelGeometry {
  /// DeepSeek-V3 as far as its cache goes.
  static let deepSeekV3 = ModelGeometry(
    architecture: "deepseek2", hiddenSize: 7168, vocabularySize: 129_280, contextLength: 163_840,
    tiedEmbeddings: false,
    layers: Array(
      repeating: Layer(
        mixer: .latentAttention(
          heads: 128, rank: 512, ropeLength: 64, keyLength: 192, valueLength: 128),
        feedForward: .experts(count: 256, used: 8, width: 2048, sharedWidth: 2048)),
      count: 61))
}
