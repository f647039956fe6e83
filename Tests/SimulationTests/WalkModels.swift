import Kernels
import Models
import Tensors

@testable import Simulation

/// Small models for walks.
enum WalkModels {
  /// Two layers of attention and a dense network, each matrix stored as `type`; rows and columns are no
  /// whole multiples of vectors where the type allows it.
  static func dense(_ type: ElementType, tied: Bool = false) -> Model {
    let (hidden, width, heads, length) = (512, 768, 4, 64)
    var tensors = [tensor("token_embd.weight", [hidden, 77], type, .tokenEmbedding)]
    for layer in 0..<2 {
      let name = "blk.\(layer)."
      tensors += [
        tensor(name + "attn_norm.weight", [hidden], .f32, .small),
        tensor(name + "ffn_norm.weight", [hidden], .f32, .small),
        tensor(name + "attn_q.weight", [hidden, heads * length], type, .attention),
        tensor(name + "attn_k.weight", [hidden, 2 * length + 3], type, .attention),
        tensor(name + "attn_v.weight", [hidden, 2 * length], type, .attention),
        tensor(name + "attn_output.weight", [heads * length, hidden], type, .attention),
        tensor(name + "ffn_gate.weight", [hidden, width], type, .feedForward),
        tensor(name + "ffn_up.weight", [hidden, width], type, .feedForward),
        tensor(name + "ffn_down.weight", [width, hidden], type, .feedForward),
      ]
    }
    tensors.append(tensor("output_norm.weight", [hidden], .f32, .small))
    if !tied { tensors.append(tensor("output.weight", [hidden, 77], type, .output)) }
    return model(
      tensors, layers: 2,
      .init(
        mixer: .attention(
          heads: heads, kvHeads: 2, keyLength: length, valueLength: length, window: nil),
        feedForward: .dense(width: width, gated: true)))
  }

  /// One layer of `count` experts, of which a token uses `used`.
  static func experts(count: Int, used: Int) -> Model {
    let (hidden, width) = (256, 512)
    return model(
      [
        tensor("token_embd.weight", [hidden, 64], .q4_0, .tokenEmbedding),
        tensor("blk.0.attn_q.weight", [hidden, hidden], .q4_0, .attention),
        tensor("blk.0.attn_output.weight", [hidden, hidden], .q4_0, .attention),
        tensor("blk.0.ffn_gate_inp.weight", [hidden, count], .f32, .small),
        tensor("blk.0.ffn_up_exps.weight", [hidden, width, count], .q4_0, .routedExperts),
        tensor("blk.0.ffn_down_exps.weight", [width, hidden, count], .q4_0, .routedExperts),
        tensor("output.weight", [hidden, 64], .q6K, .output),
      ], layers: 1,
      .init(
        mixer: .attention(heads: 4, kvHeads: 4, keyLength: 64, valueLength: 64, window: nil),
        feedForward: .experts(count: count, used: used, width: width, sharedWidth: 0)))
  }

  private static func model(
    _ tensors: [Tensor], layers: Int, _ layer: ModelGeometry.Layer
  ) -> Model {
    Model(
      name: "small",
      geometry: ModelGeometry(
        architecture: "llama", hiddenSize: 512, vocabularySize: 77, contextLength: 128,
        tiedEmbeddings: false, layers: Array(repeating: layer, count: layers)),
      tensors: tensors, quantisation: "mixed", origin: .catalogue(source: "made up"))
  }

  private static func tensor(
    _ name: String, _ shape: [Int], _ type: ElementType, _ role: Tensor.Role
  ) -> Tensor {
    Tensor(name: name, shape: shape, type: type, bytes: type.bytes(shape: shape) ?? 0, role: role)
  }
}

/// Weights in memory.
final class MemorySource: WeightSource {
  let buffer: AlignedBuffer
  private var ranges: [Range<Int>] = []
  /// All that was asked for.
  private(set) var asked: [Range<Int>] = []

  init(_ buffer: AlignedBuffer) { self.buffer = buffer }

  var byteCount: Int { buffer.byteCount }
  func begin(_ ranges: [Range<Int>]) { self.ranges = ranges }
  func bytes(_ index: Int) -> UnsafeRawPointer {
    asked.append(ranges[index])
    return UnsafeRawPointer(buffer.baseAddress) + ranges[index].lowerBound
  }
  func end() {}
}
