import Models
import Units

/// Layers that keep the same of earlier tokens, counted together.
struct CacheGroup: Sendable, Equatable {
  /// How these layers look at earlier tokens.
  var mixer: ModelGeometry.Mixer
  /// How many layers do so; one with a recurrent part beside its attention is in two groups.
  var layers: Int

  /// The layers of `geometry` by what they keep under `runtime`, in order of first appearance.
  static func groups(of geometry: ModelGeometry, under runtime: Runtime) -> [CacheGroup] {
    let seesAll = runtime.ignoresWindow(of: geometry.architecture)
    let mixers = geometry.layers.flatMap { layer in
      [seesAll ? layer.mixer.withoutWindow : layer.mixer]
        + (layer.parallelState > 0 ? [.recurrent(stateElements: layer.parallelState)] : [])
    }
    var groups: [CacheGroup] = []
    for mixer in mixers {
      if let index = groups.firstIndex(where: { $0.mixer == mixer }) {
        groups[index].layers += 1
      } else {
        groups.append(CacheGroup(mixer: mixer, layers: 1))
      }
    }
    return groups
  }

  /// Which line of the ledger these layers belong to; nil when they keep nothing.
  var item: String? {
    switch mixer {
    case .attention(_, _, _, _, let window): window == nil ? "kv cache" : "kv cache: window"
    case .latentAttention: "kv cache"
    case .recurrent: "recurrent state"
    case .sharedCache, .none: nil
    }
  }

  /// The last tokens these layers see; nil is all of them.
  var window: Int? {
    switch mixer {
    case .attention(_, _, _, _, let window), .sharedCache(_, _, _, let window): window
    case .latentAttention, .recurrent, .none: nil
    }
  }

  /// Bytes one layer keeps of one token.
  ///
  /// Keys and values are stored by the row of a token over all heads, in whole blocks.
  func bytesPerCell(_ type: CacheType) -> Int {
    switch mixer {
    case .attention(_, let kvHeads, let keyLength, let valueLength, _):
      type.bytes(row: kvHeads.timesSaturated(keyLength))
        .plusSaturated(type.bytes(row: kvHeads.timesSaturated(valueLength)))
    case .latentAttention(_, let rank, let ropeLength, _, _):
      type.bytes(row: rank.plusSaturated(ropeLength))
    case .recurrent, .sharedCache, .none: 0
    }
  }

  /// Bytes of the fixed state one layer keeps of one sequence, in f32.
  var stateBytes: Int {
    guard case .recurrent(let elements) = mixer else { return 0 }
    return elements.timesSaturated(4)
  }

  /// Multiply-adds of attention between one token and one earlier one, over all heads of a layer.
  ///
  /// Latent attention is counted as runtimes run it, with the up-projections absorbed.
  var multiplyAddsPerPair: Double {
    switch mixer {
    case .attention(let heads, _, let keyLength, let valueLength, _),
      .sharedCache(let heads, let keyLength, let valueLength, _):
      Double(heads) * (Double(keyLength) + Double(valueLength))
    case .latentAttention(let heads, let rank, let ropeLength, _, _):
      Double(heads) * (2 * Double(rank) + Double(ropeLength))
    case .recurrent, .none: 0
    }
  }

  /// How many earlier tokens the next one looks at when `depth` are there.
  func seen(depth: Int) -> Double {
    switch mixer {
    case .recurrent, .none: 0
    default: Double(window.map { min($0, depth) } ?? depth)
    }
  }

  /// How many earlier tokens a token of a prompt of `length` looks at on average.
  func meanSeen(prompt length: Int) -> Double {
    let all = Double(length)
    guard let window, window < length else { return all / 2 }
    let most = Double(window)
    return most - most * most / (2 * all)
  }
}

extension ModelGeometry.Mixer {
  /// The same layer, looking at all earlier tokens.
  fileprivate var withoutWindow: ModelGeometry.Mixer {
    guard case .attention(let heads, let kvHeads, let keyLength, let valueLength, _) = self
    else { return self }
    return .attention(
      heads: heads, kvHeads: kvHeads, keyLength: keyLength, valueLength: valueLength, window: nil)
  }
}

extension CacheType {
  /// Bytes of one row of `elements`, in whole blocks.
  func bytes(row elements: Int) -> Int {
    let block = elementType.block
    return (elements.roundedUp(to: block.elements) / block.elements).timesSaturated(block.bytes)
  }
}
