import Models
import Tensors
import Units

/// A model's tensors added up by the part they play: all that capacity needs to know of them.
///
/// Cost: one pass over the tensors.
struct WeightProfile: Sendable {
  /// Tensors of one role, added up.
  struct Part: Sendable {
    /// Stored bytes.
    var bytes = 0
    /// Elements.
    var elements = 0
    /// Those of `bytes` that are stored in blocks which share scales.
    var blockedBytes = 0
    /// Elements by the type that they are stored in.
    var types: [ElementType: Int] = [:]
  }

  /// How weights become numbers that can be multiplied.
  enum Storage: CaseIterable, Sendable {
    /// Each for itself.
    case floats
    /// In blocks with one scale.
    case blocks
    /// In blocks of blocks, whose scales are stored in few bits themselves: Q4_K and its like.
    case superblocks

    init(_ type: ElementType) {
      self = type.block.elements == 1 ? .floats : type.block.elements < 256 ? .blocks : .superblocks
    }
  }

  private var parts: [Tensor.Role: Part] = [:]
  /// The mean share of a layer's routed experts that one token uses.
  private(set) var routedShare = 1.0

  init(_ model: Model) {
    for tensor in model.tensors { parts[tensor.role, default: Part()].add(tensor) }
    routedShare = model.geometry.routedShare
  }

  /// What was stored for one role.
  subscript(role: Tensor.Role) -> Part { parts[role] ?? Part() }

  /// Stored bytes of all tensors.
  var total: Int { parts.values.reduce(0) { $0.plusSaturated($1.bytes) } }

  /// All elements.
  var parameters: Int { parts.values.reduce(0) { $0.plusSaturated($1.elements) } }

  /// Whether most bytes are stored in blocks that share scales.
  var isQuantised: Bool {
    parts.values.reduce(0) { $0.plusSaturated($1.blockedBytes) } > total / 2
  }

  /// The role whose bytes make the output projection: the embedding table where no output is stored.
  var head: Tensor.Role { self[.output].bytes > 0 ? .output : .tokenEmbedding }

  /// Roles read for every token, whatever the experts.
  private var everyToken: [Tensor.Role] { [.attention, .feedForward, .small, head] }

  /// Bytes that tokens read, whichever experts they choose: without tables of which a token reads a row.
  var walkedBytes: Double {
    (everyToken + [.routedExperts]).reduce(0) { $0 + Double(self[$1].bytes) }
  }

  /// Parameters multiplied for one token.
  var activeParameters: Double {
    everyToken.reduce(0) { $0 + Double(self[$1].elements) }
      + Double(self[.routedExperts].elements) * routedShare
  }

  /// Parameters of one storage multiplied for one token; without the head for all tokens of a prompt but the
  /// last.
  func active(_ storage: Storage, withHead: Bool) -> Double {
    products(withHead: withHead).reduce(0) {
      $0 + (Storage($1.type) == storage ? $1.parameters : 0)
    }
  }

  /// Parameters multiplied for one token, by type, those of routed experts apart.
  struct Product {
    var type: ElementType
    var isRouted: Bool
    var parameters: Double
  }

  /// All that is multiplied for one token, in one order; without the head for all tokens of a prompt but the
  /// last.
  func products(withHead: Bool) -> [Product] {
    func parts(_ role: Tensor.Role, share: Double) -> [Product] {
      self[role].types.sorted { $0.key.rawValue < $1.key.rawValue }.map {
        Product(
          type: $0.key, isRouted: role == .routedExperts, parameters: Double($0.value) * share)
      }
    }
    return everyToken.filter { withHead || $0 != head }.flatMap { parts($0, share: 1) }
      + parts(.routedExperts, share: routedShare)
  }

  /// Bytes read when `tokens` tokens go through the model together.
  ///
  /// B tokens that choose k of E experts at random touch E(1 − (1 − k/E)^B) of them.
  func bytesRead(tokens: Int) -> Double {
    let touched = 1 - power(1 - routedShare, tokens)
    return everyToken.reduce(0) { $0 + Double(self[$1].bytes) } + Double(self[.routedExperts].bytes)
      * touched
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

extension WeightProfile.Part {
  fileprivate mutating func add(_ tensor: Tensor) {
    bytes = bytes.plusSaturated(tensor.bytes)
    elements = elements.plusSaturated(tensor.elements)
    types[tensor.type] = (types[tensor.type] ?? 0).plusSaturated(tensor.elements)
    if tensor.type.block.elements > 1 { blockedBytes = blockedBytes.plusSaturated(tensor.bytes) }
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
