import Models
import Units

/// Judges whether a box carries a model, how fast, and what would fit instead.
public enum Capacity {
  /// The whole answer of `plimsoll check`.
  ///
  /// - Parameters:
  ///   - model: shapes and sizes; one without layers gets a lower bound, not a guess.
  ///   - box: the machine; its own warnings are repeated in the answer.
  ///   - settings: what is asked; counts below one are taken as one.
  ///   - candidates: the same model in other quantisations, best first; a lazy sequence is walked
  ///     only until one of them fits.
  ///   - profiles: what runtimes make of datasheets; without them speeds are shares of the datasheet by
  ///     class of device.
  /// Cost: a pass over the tensors of the model and of each candidate that is looked at; about a
  /// millisecond for 94 layers and 15 candidates. Amounts beyond an `Int` read as `Int.max`.
  public static func assess(
    model: Model, box: Box, settings: CheckSettings = CheckSettings(),
    candidates: some Sequence<Model> = EmptyCollection<Model>(),
    profiles: SpeedProfiles = .none
  ) -> Assessment {
    let question = Question(model: model, box: box, settings: settings, profiles: profiles)
    let ledger = MemoryLedger(question)
    let verdict = question.verdict(ledger)
    let training = question.settings.training.map { TrainingPlan(question, $0) }
    var resolved = question.settings
    resolved.context = question.context
    var assessment = Assessment(
      model: ModelSummary(model, question.weights), box: box, settings: resolved,
      context: question.context, ledger: ledger,
      sharedMemory: SharedMemory(question, ledger: ledger), required: ledger.total,
      budget: question.budget,
      headroom: Bytes(question.budget.count.minusSaturated(ledger.total.count)), verdict: verdict,
      decode: .decode(question, ledger: ledger, verdict: verdict),
      prefill: .prefill(question, ledger: ledger, verdict: verdict), training: training,
      alternatives: question.alternatives(candidates), warnings: [])
    assessment.warnings = question.warnings(assessment)
    return assessment
  }
}

extension ModelSummary {
  init(_ model: Model, _ weights: WeightProfile) {
    self.init(
      name: model.name, architecture: model.geometry.architecture,
      parametersTotal: weights.parameters,
      parametersActive: Int(saturating: weights.activeParameters),
      layers: model.geometry.layers.count, weights: Bytes(weights.total),
      quantisation: model.quantisation, origin: model.origin)
  }
}
