import Models
import Tensors
import Units

/// A model's tensors added up by the part they play: all that capacity needs to know of them.
///
/// Cost: one pass over the tensors.
struct WeightProfile: Sendable {
  /// Stored bytes by role.
  private(set) var bytes: [Tensor.Role: Int] = [:]
  /// Elements by role.
  private(set) var elements: [Tensor.Role: Int] = [:]
  /// The mean share of a layer's routed experts that one token uses.
  private(set) var routedShare = 1.0
  /// Whether most weights are stored in blocks that share scales.
  private(set) var isQuantised = false

  init(_ model: Model) {
    var blocked = 0
    for tensor in model.tensors {
      bytes[tensor.role, default: 0] = self[tensor.role].plusSaturated(tensor.bytes)
      elements[tensor.role, default: 0] = (elements[tensor.role] ?? 0)
        .plusSaturated(tensor.elements)
      if tensor.type.block.elements > 1 { blocked = blocked.plusSaturated(tensor.bytes) }
    }
    isQuantised = blocked > total / 2
    routedShare = model.geometry.routedShare
  }

  /// Stored bytes of one role.
  subscript(role: Tensor.Role) -> Int { bytes[role] ?? 0 }

  /// Stored bytes of all tensors.
  var total: Int { bytes.values.reduce(0) { $0.plusSaturated($1) } }

  /// All elements.
  var parameters: Int { elements.values.reduce(0) { $0.plusSaturated($1) } }

  /// The role whose bytes make the output projection: the embedding table where no output is stored.
  var head: Tensor.Role { self[.output] > 0 ? .output : .tokenEmbedding }

  /// Roles read for every token, whatever the experts.
  private var everyToken: [Tensor.Role] { [.attention, .feedForward, .small, head] }

  /// Parameters multiplied for one token.
  var activeParameters: Double {
    everyToken.reduce(0) { $0 + Double(elements[$1] ?? 0) }
      + Double(elements[.routedExperts] ?? 0) * routedShare
  }

  /// Bytes read when `tokens` tokens go through the model together.
  ///
  /// B tokens that choose k of E experts at random touch E(1 − (1 − k/E)^B) of them.
  func bytesRead(tokens: Int) -> Double {
    let touched = 1 - power(1 - routedShare, tokens)
    return everyToken.reduce(0) { $0 + Double(self[$1]) } + Double(self[.routedExperts]) * touched
  }

  /// `base` to the `exponent`, by squaring.
  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = max(exponent, 0)
    while rest > 0, result > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}

extension ModelGeometry {
  /// The mean share of the routed experts that one token uses; 1 where there are none.
  var routedShare: Double {
    let shares = layers.compactMap { layer -> Double? in
      guard case .experts(let count, let used, _, _) = layer.feedForward, count > 0 else {
        return nil
      }
      return min(1, Double(used) / Double(count))
    }
    return shares.isEmpty ? 1 : shares.reduce(0, +) / Double(shares.count)
  }
}
