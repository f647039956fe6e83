import ArgumentParser
import Capacity

/// What verbs that judge or rehearse fine-tuning take.
struct TrainingOptions: ParsableArguments {
  @Option(help: "Fine-tuning instead of decoding: full, lora or qlora.")
  var train: String?

  @Option(help: "Rank of LoRA adapters.")
  var rank: String = "32"

  @Option(help: "Tokens of a training sequence.")
  var sequence: String = "2048"

  @Option(help: "adamw, adamw-8bit, paged-adamw-8bit or sgd.")
  var optimizer: String = "adamw"

  @Option(help: "Which program trains: transformers (TRL and PEFT), torchtune or litgpt.")
  var trainer: String = "transformers"

  @Option(help: "Layers with adapters: all, attention or query-value (default: the trainer's).")
  var targets: String?

  @Flag(help: "Keep activations instead of recomputing them: faster, much more memory.")
  var keepActivations = false

  /// What is asked, of steps of `batch` sequences; nil where no training is.
  func settings(batch: Int) throws(Failure) -> TrainingSettings? {
    try train.read { (method) throws(Failure) in
      TrainingSettings(
        method: try choice(method, "--train"), rank: try count(rank, "--rank"),
        sequence: try count(sequence, "--sequence"), batch: batch,
        optimizer: try choice(optimizer, "--optimizer"), recipe: try recipe())
    }
  }

  private func recipe() throws(Failure) -> TrainingRecipe {
    var recipe = TrainingRecipe(try choice(trainer, "--trainer"))
    if let targets { recipe.targets = try choice(targets, "--targets") }
    if keepActivations { recipe.checkpointing = false }
    return recipe
  }
}
