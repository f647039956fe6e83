import Statistics

/// How far predictions of fine-tuning lie from published runs. Nothing is fitted on these at run time; which of
/// them the formulas were made from is said in `docs/ACCURACY.md`.
public struct TrainingErrors: Sendable {
  /// One for each program that trained, in order of appearance, then all of them.
  public let groups: [Group]
  /// Runs that could not be judged, by reason, most first.
  public let unused: [(reason: String, count: Int)]

  /// Runs of one program, or of all.
  public struct Group: Sendable {
    /// The program; nil is all of them.
    public let trainer: TrainingRecipe.Trainer?
    /// Predicted over measured peak of memory, less one, of each run that tells it.
    public let memory: [Double]
    /// Runs of which is known whether they fitted, and of how many of them the verdict is right.
    public let outcomes: Int, right: Int
    /// Predicted over measured rate, less one, of each run that tells it.
    public let rates: [Double]
    /// How many of those rates lie in the predicted range.
    public let inside: Int
  }

  /// Holds the runs of kind `finetune` in `files` against predictions on the devices of `catalogue`.
  ///
  /// Cost: a model's tensors once for each run; some milliseconds for a hundred.
  public init(_ files: [MeasurementFile], catalogue: BoxCatalogue) {
    var runs: [MeasuredTraining] = []
    var reasons: [String] = []
    var models = MeasuredModels()
    for (_, measurement) in files.flatMap(\.lines) where measurement.kind == "finetune" {
      do throws(CapacityError) {
        runs.append(
          try MeasuredTraining(measurement, entries: catalogue.entries, models: &models))
      } catch { reasons.append(error.description) }
    }
    var groups: [Group] = []
    for run in runs where !groups.contains(where: { $0.trainer == run.trainer }) {
      groups.append(Group(run.trainer, runs.filter { $0.trainer == run.trainer }))
    }
    if groups.count > 1 { groups.append(Group(nil, runs)) }
    self.groups = groups
    unused = reasons.tallied
  }
}

extension TrainingErrors.Group {
  fileprivate init(_ trainer: TrainingRecipe.Trainer?, _ runs: [MeasuredTraining]) {
    let verdicts = runs.compactMap(\.isRight)
    self.init(
      trainer: trainer, memory: runs.compactMap(\.memory).map { $0 - 1 }, outcomes: verdicts.count,
      right: verdicts.count { $0 }, rates: runs.compactMap(\.rate).map { $0 - 1 },
      inside: runs.compactMap(\.isInside).count { $0 })
  }

  /// The median of |predicted / measured − 1| of memory, and what four of five are below.
  public var memoryError: (median: Double, upper: Double)? { Self.error(memory) }

  /// The same of rates.
  public var rateError: (median: Double, upper: Double)? { Self.error(rates) }

  private static func error(_ errors: [Double]) -> (median: Double, upper: Double)? {
    let sample = Sample(errors.map(abs))
    return sample.median.flatMap { median in sample.quantile(0.8).map { (median, $0) } }
  }
}
