import Models
import Units

/// Bytes that training keeps for a parameter it changes.
struct TrainedBytes: Sendable, Equatable {
  /// The weight in 16 bits.
  let weight = 2
  /// Its gradient in 16 bits; recipes that add up in f32 keep 4.
  let gradient = 2
  /// Moments and the f32 master copy.
  let states: Int

  init(_ optimizer: TrainingSettings.Optimizer) {
    states =
      switch optimizer {
      case .adamw: 12
      case .adamw8bit: 6
      case .sgd: 4
      }
  }
}

extension MemoryLedger {
  /// What one training step of `model` holds at its peak, beside the system.
  static func training(_ model: Model, weights: WeightProfile, _ settings: TrainingSettings)
    -> (lines: [Line], trained: Int)
  {
    let parameters = max(0, weights.parameters - weights[.auxiliary].elements)
    let adapters = AdapterSize(model, rank: settings.rank)
    let trained = settings.method == .full ? parameters : adapters.parameters
    var lines: [Line] = []
    if settings.method != .full {
      lines.append(frozen(parameters: parameters, linear: adapters.linearElements, settings))
    }
    lines += changed(trained, settings)
    lines += activations(model.geometry, settings)
    return (lines, trained)
  }

  /// Frozen weights: 16 bits, or NF4 at 4 + 32/64 bits for linear layers under QLoRA.
  private static func frozen(parameters: Int, linear: Int, _ settings: TrainingSettings) -> Line {
    let other = max(0, parameters - linear)
    let isPacked = settings.method == .qlora
    let bytes = isPacked ? 0.5625 * Double(linear) + 2 * Double(other) : 2 * Double(parameters)
    return Line(
      item: "frozen weights", kind: .weights, bytes: Bytes(Int(saturating: bytes)),
      formula: isPacked
        ? "\(Decimal.grouped(linear)) × 4.5 bits + \(Decimal.grouped(other)) × 2 B"
        : "\(Decimal.grouped(parameters)) × 2 B",
      source: isPacked ? "QLoRA (Dettmers et al. 2023): NF4, a 32-bit scale for 64 weights" : "BF16"
    )
  }

  /// Weights that change, their gradients and the optimiser's states.
  private static func changed(_ trained: Int, _ settings: TrainingSettings) -> [Line] {
    let each = TrainedBytes(settings.optimizer)
    let what = settings.method == .full ? "weights" : "adapters of rank \(settings.rank)"
    let parts = [
      (what, each.weight, "BF16"), ("gradients", each.gradient, "BF16; f32 sums would need 4"),
      ("optimiser states", each.states, "\(settings.optimizer.rawValue): moments and master copy"),
    ]
    return parts.map { item, bytes, source in
      Line(
        item: item, kind: item == "weights" ? .weights : .training,
        bytes: .product(trained, bytes), formula: "\(Decimal.grouped(trained)) × \(bytes) B",
        source: source)
    }
  }

  /// Activations in 16 bits and the logits with their gradient in f32.
  ///
  /// With checkpointing a layer's input is kept for each layer, and everything of one layer while
  /// it is worked on, with its gradients; without, everything of every layer. A layer's own count:
  /// six vectors of the residual stream, queries and their result, keys and values, and four of the
  /// feed-forward width. Source: Korthikanti et al. 2022, recounted for gated and grouped layers
  /// under flash attention.
  private static func activations(_ geometry: ModelGeometry, _ settings: TrainingSettings)
    -> [Line]
  {
    let shape = WidestShape(geometry)
    let tokens = Double(settings.sequence) * Double(settings.batch)
    let layers = Double(geometry.layers.count)
    let width =
      6 * shape.hidden + 2 * shape.queryWidth + 2 * shape.kvWidth
      + 4 * (shape.denseWidth + shape.expertsUsed * shape.expertWidth)
    let elements =
      settings.checkpointing
      ? tokens * (shape.hidden * layers + 2 * width) : tokens * width * layers
    let formula =
      settings.checkpointing
      ? "2 B × \(grouped(tokens)) tokens × (\(grouped(layers)) × \(grouped(shape.hidden)) + 2 × "
        + "\(grouped(width)))"
      : "2 B × \(grouped(tokens)) tokens × \(grouped(layers)) × \(grouped(width))"
    return [
      Line(
        item: "activations", kind: .training, bytes: Bytes(Int(saturating: 2 * elements)),
        formula: formula,
        source: settings.checkpointing
          ? "layer inputs and one layer at work (activation checkpointing)"
          : "every layer at work (no checkpointing)"),
      Line(
        item: "logits and their gradient", kind: .training,
        bytes: Bytes(Int(saturating: 8 * tokens * shape.vocabulary)),
        formula: "2 × 4 B × \(grouped(tokens)) × \(grouped(shape.vocabulary))",
        source: "f32; recipes that cut the loss into chunks need less"),
    ]
  }
}

private func grouped(_ value: Double) -> String { Decimal.grouped(Int(saturating: value)) }
