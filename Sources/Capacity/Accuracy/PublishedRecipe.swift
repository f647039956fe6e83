/// In which points a published training run differs from what its program does by default.
public struct PublishedRecipe: Sendable, Equatable, Decodable {
  /// Rank of the adapters.
  public var rank: Int?
  /// Which layers have adapters.
  public var targets: TrainingRecipe.Targets?
  /// What turns gradients into new weights.
  public var optimizer: TrainingSettings.Optimizer?
  /// Whether activations are recomputed.
  public var checkpointing: Bool?
  /// Whether those that are kept wait in the system's memory.
  public var offloading: Bool?
  /// Whether kernels are fused.
  public var fused: Bool?
  /// Bytes kept for a logit.
  public var logitBytes: Int?
  /// Whether weights that change have a copy in f32.
  public var masterCopy: Bool?
  /// Whether the step is taken in the backward pass.
  public var stepInBackward: Bool?
  /// Whether scales of 4-bit weights are in 8 bits.
  public var doubleQuantised: Bool?
  /// Whether what isn't in 4 bits is in f32.
  public var upcasts: Bool?

  /// `recipe` with these points changed.
  func applied(to recipe: TrainingRecipe) -> TrainingRecipe {
    var recipe = recipe
    recipe.targets = targets ?? recipe.targets
    recipe.checkpointing = checkpointing ?? recipe.checkpointing
    recipe.offloading = offloading ?? recipe.offloading
    recipe.isFused = fused ?? recipe.isFused
    recipe.logitBytes = logitBytes ?? recipe.logitBytes
    recipe.masterCopy = masterCopy ?? recipe.masterCopy
    recipe.stepsInBackward = stepInBackward ?? recipe.stepsInBackward
    recipe.doubleQuantised = doubleQuantised ?? recipe.doubleQuantised
    recipe.upcasts = upcasts ?? recipe.upcasts
    return recipe
  }
}
