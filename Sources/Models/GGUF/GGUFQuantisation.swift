import Tensors

/// The name of a file's mix of element types. Sizes never come from it.
enum GGUFQuantisation {
  /// The name `general.file_type` stands for when the tensors agree with it, else the type that holds
  /// most bytes of the layers.
  static func label(fileType: GGUFValue?, tensors: [Tensor]) -> String {
    guard let dominant = dominant(tensors) else { return "none" }
    guard case .integer(let id)? = fileType, let mix = mixes[id], mix.types.contains(dominant)
    else { return dominant.rawValue }
    return mix.name
  }

  /// The type of most bytes: of the layers, or of all tensors when there are none.
  private static func dominant(_ tensors: [Tensor]) -> ElementType? {
    let inLayers = tensors.filter { $0.name.hasPrefix("blk.") }
    var bytes: [ElementType: Double] = [:]
    for tensor in inLayers.isEmpty ? tensors : inLayers {
      bytes[tensor.type, default: 0] += Double(tensor.bytes)
    }
    return bytes.max { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }?.key
  }

  /// Names by `general.file_type`, with the types that can hold most bytes. Source: `llama_ftype` of
  /// llama.h.
  private static let mixes: [Int: (name: String, types: Set<ElementType>)] = [
    0: ("F32", [.f32]), 1: ("F16", [.f16]), 2: ("Q4_0", [.q4_0]), 3: ("Q4_1", [.q4_1]),
    7: ("Q8_0", [.q8_0]), 8: ("Q5_0", [.q5_0]), 9: ("Q5_1", [.q5_1]),
    10: ("Q2_K", [.q2K, .q3K]), 11: ("Q3_K_S", [.q3K]), 12: ("Q3_K_M", [.q3K]),
    13: ("Q3_K_L", [.q3K]), 14: ("Q4_K_S", [.q4K]), 15: ("Q4_K_M", [.q4K]),
    16: ("Q5_K_S", [.q5K]), 17: ("Q5_K_M", [.q5K]), 18: ("Q6_K", [.q6K]),
    19: ("IQ2_XXS", [.iq2XXS]), 20: ("IQ2_XS", [.iq2XS]), 21: ("Q2_K_S", [.q2K]),
    22: ("IQ3_XS", [.iq3XXS, .iq3S]), 23: ("IQ3_XXS", [.iq3XXS]), 24: ("IQ1_S", [.iq1S]),
    25: ("IQ4_NL", [.iq4NL]), 26: ("IQ3_S", [.iq3S]), 27: ("IQ3_M", [.iq3S]),
    28: ("IQ2_S", [.iq2XS, .iq2S]), 29: ("IQ2_M", [.iq2S]), 30: ("IQ4_XS", [.iq4XS]),
    31: ("IQ1_M", [.iq1M]), 32: ("BF16", [.bf16]), 36: ("TQ1_0", [.tq1_0]),
    37: ("TQ2_0", [.tq2_0]), 38: ("MXFP4_MOE", [.mxfp4]),
  ]
}
