import Models
import Units

/// Bytes that training keeps for a parameter it changes.
struct TrainedBytes: Sendable, Equatable {
  /// The weight in 16 bits.
  let weight = 2
  /// Its gradient in 16 bits; recipes that add up in f32 keep 4.
  let gradient = 2
  /// Moments, and the f32 master copy where there is one.
  let states: Int

  /// `pool` says whether states that are paged out leave the memory that is counted.
  init(_ settings: TrainingSettings, pool: Box.Pool) {
    let isMixed = settings.recipe.masterCopy
    let moments =
      switch settings.optimizer {
      case .adamw: isMixed ? 8 : 4
      case .adamw8bit: 2
      case .pagedAdamw8bit: pool == .discrete ? 0 : 2
      case .sgd: 0
      }
    states = moments + (isMixed ? 4 : 0)
  }
}

extension MemoryLedger {
  /// What one training step of `model` holds at its peak, beside the system.
  ///
  /// Gradients and activations add up, as they do while gradients of several steps are collected; a single step
  /// is at its peak either before the backward pass or after it, and needs up to a tenth less.
  static func training(
    _ model: Model, weights: WeightProfile, _ settings: TrainingSettings, pool: Box.Pool
  ) -> (lines: [Line], trained: Int) {
    let parameters = max(0, weights.parameters - weights[.auxiliary].elements)
    let adapters = AdapterSize(model, rank: settings.rank, targets: settings.recipe.targets)
    let trained = settings.method == .full ? parameters : adapters.parameters
    var lines: [Line] = []
    if settings.method != .full {
      lines.append(frozen(parameters: parameters, linear: adapters.linearElements, settings))
    }
    lines += changed(trained, of: model, settings, pool: pool)
    lines += activations(model.geometry, settings)
    return (lines, trained)
  }

  /// Frozen weights: 16 bits, or NF4 for linear layers under QLoRA.
  private static func frozen(parameters: Int, linear: Int, _ settings: TrainingSettings) -> Line {
    guard settings.method == .qlora else {
      return Line(
        item: "frozen weights", kind: .weights, bytes: .product(parameters, 2),
        formula: "\(Decimal.grouped(parameters)) × 2 B", source: "BF16")
    }
    let other = max(0, parameters - linear)
    let otherBytes = settings.recipe.upcasts ? 4 : 2
    let bytes = settings.packedBytes * Double(linear) + Double(otherBytes) * Double(other)
    return Line(
      item: "frozen weights", kind: .weights, bytes: Bytes(Int(saturating: bytes)),
      formula: "\(Decimal.grouped(linear)) × \(Decimal.significant(8 * settings.packedBytes)) bits"
        + " + \(Decimal.grouped(other)) × \(otherBytes) B",
      source: settings.recipe.doubleQuantised
        ? "QLoRA (Dettmers et al. 2023): NF4, an 8-bit scale for 64 weights, a 32-bit one for 256 of these"
        : "QLoRA (Dettmers et al. 2023): NF4, a 32-bit scale for 64 weights")
  }

  /// Weights that change, their gradients and the optimiser's states.
  private static func changed(
    _ trained: Int, of model: Model, _ settings: TrainingSettings, pool: Box.Pool
  ) -> [Line] {
    let isFull = settings.method == .full
    let each = TrainedBytes(settings, pool: pool)
    let copy = settings.recipe.masterCopy ? "moments and master copy" : "moments, no master copy"
    func line(_ item: String, _ bytes: Int, _ source: String) -> Line {
      Line(
        item: item, kind: item == "weights" ? .weights : .training,
        bytes: .product(trained, bytes), formula: "\(Decimal.grouped(trained)) × \(bytes) B",
        source: source)
    }
    return [
      line(isFull ? "weights" : "adapters of rank \(settings.rank)", each.weight, "BF16"),
      isFull && settings.recipe.stepsInBackward
        ? oneGradient(model)
        : line("gradients", each.gradient, "BF16; f32 sums would need 4"),
      line("optimiser states", each.states, "\(settings.optimizer.rawValue): \(copy)"),
    ]
  }

  /// The gradient of the largest tensor, where a step is taken as soon as it is there.
  private static func oneGradient(_ model: Model) -> Line {
    let most = model.tensors.reduce(0) { max($0, $1.elements) }
    return Line(
      item: "gradients", kind: .training, bytes: .product(most, 2),
      formula: "\(Decimal.grouped(most)) × 2 B, the largest tensor's",
      source: "each step is taken in the backward pass")
  }

  /// Activations in 16 bits, and what the loss is worked out from.
  ///
  /// With checkpointing the input of each layer is kept, and beside those either the logits or, later, everything
  /// of one layer with as much of gradients: whichever is more. Without, everything of every layer, and the logits.
  private static func activations(_ geometry: ModelGeometry, _ settings: TrainingSettings)
    -> [Line]
  {
    let recipe = settings.recipe
    let kept = ActivationSize(geometry, settings)
    let tokens = settings.tokens
    let logits = Double(recipe.logitBytes) * Double(geometry.vocabularySize)
    let loss = Line(
      item: "logits", kind: .training, bytes: Bytes(Int(saturating: tokens * logits)),
      formula: "\(grouped(tokens)) tokens × \(Decimal.grouped(geometry.vocabularySize)) × "
        + "\(recipe.logitBytes) B", source: "what \(recipe.trainer.rawValue) keeps for the loss")
    guard recipe.checkpointing else {
      return [
        Line(
          item: "activations", kind: .training,
          bytes: Bytes(Int(saturating: 2 * tokens * kept.all)),
          formula: "\(grouped(tokens)) tokens × \(grouped(kept.all)) × 2 B",
          source: "every layer's, none recomputed; counted as Korthikanti et al. 2022 do"),
        loss,
      ]
    }
    let width = settings.method == .qlora && recipe.upcasts ? 4.0 : 2
    let inputs = Double(geometry.hiddenSize) * Double(geometry.layers.count)
    let work = Line(
      item: "one layer at work", kind: .training,
      bytes: Bytes(Int(saturating: 4 * tokens * kept.widest)),
      formula: "2 × \(grouped(tokens)) tokens × \(grouped(kept.widest)) × 2 B",
      source: "recomputed, with its gradients; more than the logits, which are gone by then")
    let layers = Line(
      item: "activations", kind: .training, bytes: Bytes(Int(saturating: width * tokens * inputs)),
      formula: "\(grouped(tokens)) tokens × \(Decimal.grouped(geometry.layers.count)) layers × "
        + "\(Decimal.grouped(geometry.hiddenSize)) × \(grouped(width)) B",
      source: "layer inputs alone (activation checkpointing)")
    return (recipe.offloading ? [] : [layers]) + [work.bytes > loss.bytes ? work : loss]
  }
}

private func grouped(_ value: Double) -> String { Decimal.grouped(Int(saturating: value)) }
