import Models

/// Low-rank adapters on the linear layers that a recipe names, never on the output.
///
/// A matrix `[in, out]` gets `rank × (in + out)` parameters. The experts of a layer share the factor
/// on the side of the residual stream, so `[hidden, width, E]` gets `rank × (hidden + E × width)`.
/// Source: LoRA (Hu et al. 2021); the shared outer factor as in Tinker's parameter count.
struct AdapterSize: Sendable, Equatable {
  /// Trained parameters.
  private(set) var parameters = 0
  /// Frozen elements that a 4-bit format takes: all linear layers.
  private(set) var linearElements = 0

  init(_ model: Model, rank: Int, targets: TrainingRecipe.Targets = .all) {
    for tensor in model.tensors where Self.isLinear(tensor) {
      linearElements = linearElements.plusSaturated(tensor.elements)
      guard targets.contain(tensor) else { continue }
      let sides = Self.sides(of: tensor, hidden: model.geometry.hiddenSize)
      parameters = parameters.plusSaturated(rank.timesSaturated(sides))
    }
  }

  private static func isLinear(_ tensor: Tensor) -> Bool {
    [.attention, .feedForward, .routedExperts].contains(tensor.role) && tensor.shape.count >= 2
  }

  /// The summed lengths of both factors for rank one.
  private static func sides(of tensor: Tensor, hidden: Int) -> Int {
    let (row, column) = (tensor.shape[0], tensor.shape[1])
    let experts = tensor.shape.dropFirst(2).reduce(1) { $0.timesSaturated($1) }
    let (outer, inner) = row == hidden ? (row, column) : (column, row)
    return outer.plusSaturated(inner.timesSaturated(experts))
  }
}

extension TrainingRecipe.Targets {
  /// Whether the linear layer of `tensor` gets an adapter.
  fileprivate func contain(_ tensor: Tensor) -> Bool {
    switch self {
    case .all: true
    case .attention: tensor.role == .attention
    case .queryValue: tensor.name.contains("attn_q") || tensor.name.contains("attn_v")
    }
  }
}
