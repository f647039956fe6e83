import Models
import Units

/// A published training run held against what is predicted of it.
struct MeasuredTraining {
  /// The program that trained.
  let trainer: TrainingRecipe.Trainer
  /// Predicted over measured peak of memory; nil where no peak is told.
  let memory: Double?
  /// Whether the verdict is what happened.
  let isRight: Bool?
  /// Predicted over measured rate; nil where no rate is told.
  let rate: Double?
  /// Whether the measured rate lies in the predicted range.
  let isInside: Bool?

  /// The run that `measurement` tells of.
  ///
  /// The peak is what PyTorch had allocated: its context and what it keeps in reserve come on top.
  /// Errors: a sentence that says why it isn't judged.
  init(
    _ measurement: PublishedMeasurement, entries: [DeviceEntry], models: inout MeasuredModels
  ) throws(CapacityError) {
    guard measurement.deviceCount ?? 1 == 1 else { throw CapacityError("several devices") }
    guard !measurement.isDoubted(.training) else {
      throw CapacityError("doubted by whoever collected it")
    }
    guard let settings = TrainingSettings(measurement) else {
      throw CapacityError("its recipe or length is not told")
    }
    guard let name = measurement.model else { throw CapacityError("no model is named") }
    guard let model = models.model(name, stored: nil) else {
      throw CapacityError("the model is not in the catalogue")
    }
    let box = try measurement.box(among: entries)
    let question = Question(
      model: model, box: box, settings: CheckSettings(training: settings))
    let plan = TrainingPlan(question, settings)
    let peak = measurement.peakMemory
    let fitted: Bool? = peak != nil ? true : measurement.outcome == "OOM" ? false : nil
    trainer = settings.recipe.trainer
    memory = peak.map { Double(plan.required.count) / $0 }
    isRight = fitted.flatMap { fitted in plan.verdict.isYes.map { $0 == fitted } }
    guard let measured = measurement.trainTokS, measured > 0, let predicted = plan.tokensPerSecond
    else {
      (rate, isInside) = (nil, nil)
      return
    }
    rate = predicted.value / measured
    isInside = predicted.low <= measured && measured <= predicted.high
  }
}

extension PublishedMeasurement {
  /// The most memory that was allocated, in bytes; nil where none is told.
  fileprivate var peakMemory: Double? {
    let bytes = peakMemGib.map { $0 * 1_073_741_824 } ?? peakMemGb.map { $0 * 1e9 }
    return bytes.flatMap { $0 > 0 ? $0 : nil }
  }
}

extension TrainingSettings {
  /// What a published run was asked to do; nil where its recipe or its length isn't told.
  fileprivate init?(_ measurement: PublishedMeasurement) {
    guard let published = measurement.recipe, let sequence = measurement.seqLen else { return nil }
    let runtime = measurement.runtime?.lowercased() ?? ""
    let trainer = TrainingRecipe.Trainer.allCases.first { runtime.contains($0.rawValue) }
    self.init(
      method: Method(published: measurement), rank: published.rank ?? 32, sequence: sequence,
      batch: measurement.batch ?? measurement.microbatch ?? 1,
      optimizer: published.optimizer ?? .adamw,
      recipe: published.applied(to: TrainingRecipe(trainer ?? .transformers)))
  }
}

extension TrainingSettings.Method {
  /// What a source names in its own way: LoRA over weights in `nf4` is QLoRA.
  init(published measurement: PublishedMeasurement) {
    let method = measurement.method?.lowercased() ?? ""
    let isPacked = method.contains("qlora") || measurement.quant?.contains("nf4") == true
    self = isPacked ? .qlora : method.contains("lora") ? .lora : .full
  }
}
