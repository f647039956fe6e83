import Models

/// What a token leaves behind in the forward pass until the backward pass has used it, in elements of 16 bits.
///
/// Kept of a layer, with h the residual stream, q all query heads, f the feed-forward width:
/// - 2h of the residual stream before both norms, and 2h of it normalised where kernels aren't fused;
/// - 4q of flash attention: queries, keys and values copied for each query head, result;
/// - a gated feed-forward's 3f: gate, activated gate, up; 2f where kernels are fused; 1f where it isn't gated;
/// - inputs of linear layers, h before attention, h and f in the feed-forward part. A frozen 16-bit layer needs
///   none of them: its gradient takes the weight alone. One that has an adapter does, and bitsandbytes keeps
///   those of all 4-bit layers;
/// - 3/2 of each adapter's input where inputs are dropped out: the masked copy and a byte of mask.
///
/// Source: Korthikanti et al., "Reducing Activation Recomputation in Large Transformer Models" (2022), §4,
/// recounted for gated and grouped layers under flash attention from what PyTorch's autograd saves.
struct ActivationSize: Sendable, Equatable {
  /// Elements of all layers.
  private(set) var all = 0.0
  /// Elements of the largest layer.
  private(set) var widest = 0.0

  init(_ geometry: ModelGeometry, _ settings: TrainingSettings) {
    for layer in geometry.layers {
      let kept = settings.kept(of: layer, hidden: Double(geometry.hiddenSize))
      all += kept
      widest = max(widest, kept)
    }
  }
}

extension TrainingSettings {
  fileprivate func kept(of layer: ModelGeometry.Layer, hidden: Double) -> Double {
    var mixer = layer.mixer.keptElements(hidden: hidden)
    if layer.parallelState > 0 {
      mixer += ModelGeometry.Mixer.recurrent(stateElements: layer.parallelState)
        .keptElements(hidden: hidden)
    }
    let network = Network(layer.feedForward)
    var kept = (recipe.isFused ? 2 : 4) * hidden + mixer
    kept += network.width * (network.isGated ? (recipe.isFused ? 2 : 3) : 1)
    kept += hidden
    if method != .lora || recipe.targets == .all { kept += hidden + network.width }
    guard recipe.dropout, method != .full else { return kept }
    let matrices = network.isGated ? 2.0 : 1.0
    switch recipe.targets {
    case .queryValue: return kept + 1.5 * 2 * hidden
    case .attention: return kept + 1.5 * (3 * hidden + mixer / 4)
    case .all:
      return kept + 1.5 * (3 * hidden + mixer / 4 + matrices * hidden + network.width)
    }
  }

  /// A feed-forward part as one token sees it.
  private struct Network {
    var width = 0.0
    var isGated = true

    init(_ feedForward: ModelGeometry.FeedForward) {
      switch feedForward {
      case .dense(let width, let gated): (self.width, isGated) = (Double(width), gated)
      case .experts(_, let used, let width, let shared):
        self.width = Double(used) * Double(width) + Double(shared)
      case .none: break
      }
    }
  }
}

extension ModelGeometry.Mixer {
  /// Queries, keys, values and result, each as wide as all query heads. A recurrent layer is taken to keep eight
  /// vectors of the residual stream, a rule of this project.
  fileprivate func keptElements(hidden: Double) -> Double {
    switch self {
    case .attention(let heads, _, let keyLength, let valueLength, _),
      .latentAttention(let heads, _, _, let keyLength, let valueLength),
      .sharedCache(let heads, let keyLength, let valueLength, _):
      2 * Double(heads) * (Double(keyLength) + Double(valueLength))
    case .recurrent: 8 * hidden
    case .none: 0
    }
  }
}
