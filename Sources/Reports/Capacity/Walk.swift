import Harness

/// A walk over a model's file, `plimsoll simulate`'s document as far as a report draws it.
public struct Walk: Sendable, Equatable, Codable {
  /// The schema of the document it is read from.
  public static let schema = "plimsoll/simulate@1"

  /// Always `Walk.schema`.
  public var schema: String
  /// What was walked.
  public var model: String
  /// How much of it, where that is a part: `2 of 80 layers`.
  public var part: String?
  /// file, anonymous or sparse.
  public var backing: String
  /// How the mapping was advised.
  public var policy: String
  /// Bytes of the weights.
  public var weightsBytes: Double
  /// The weights as a multiple of the memory they could have, in a sweep over that; nil for a walk by itself.
  public var over: Double?
  /// Whether a part was run and the rest worked out.
  public var extrapolated: Bool
  /// Tokens a second reached.
  public var tokensPerSecond: Rate
  /// The bounds predicted beforehand; nil where nothing could be said.
  public var predictedTokensPerSecond: Bounds?

  /// A median with its interval.
  public struct Rate: Sendable, Equatable, Codable {
    /// The median.
    public var median: Double
    /// Lower end.
    public var low: Double
    /// Upper end.
    public var high: Double
  }

  /// Two ends.
  public struct Bounds: Sendable, Equatable, Codable {
    /// Lower end.
    public var low: Double
    /// Upper end.
    public var high: Double
  }

  /// The walks of the document at `path`: one that `plimsoll simulate --format json` wrote on any box, or all
  /// that `plimsoll run --format json` measured.
  ///
  /// Errors: also for figures that are no sizes and rates, and for a run without walks.
  public static func read(path: String) throws(DocumentFile.ReadFailure) -> [Walk] {
    if try DocumentFile.schema(path: path) == RunDocument.schema {
      let walks = try RunDocument.read(path: path).results.compactMap(Walk.init)
      guard !walks.isEmpty else { throw .malformed("the run has no row of the workload walk") }
      return walks
    }
    let simulated = try DocumentFile.read(Walk.self, schema: schema, path: path)
    let rate = simulated.tokensPerSecond
    guard simulated.weightsBytes > 0, rate.low > 0, rate.low <= rate.median,
      rate.median <= rate.high
    else {
      throw .malformed(
        "expected positive weights_bytes and 0 < low ≤ median ≤ high in tokens_per_second")
    }
    return [simulated]
  }
}

extension Walk {
  /// A walk that was a row of a run; nil for other rows and for those that were not measured.
  init?(_ result: RunDocument.Result) {
    guard result.status == .ok, let walk = result.walk, walk.weightsBytes > 0,
      walk.budgetBytes > 0, let median = result.medianSeconds, let ends = result.ci95Seconds
    else { return nil }
    func word(_ name: String) -> String { result.parameters[name]?.description ?? "" }
    let part: String? =
      walk.layersRun < walk.layersTotal
      ? "\(walk.layersRun) of \(walk.layersTotal) layers" : nil
    let predicted = walk.predictedTokensPerSecond.map { Bounds(low: $0.low, high: $0.high) }
    self.init(
      schema: Self.schema, model: word("model"), part: part, backing: "file",
      policy: word("policy"), weightsBytes: Double(walk.weightsBytes), over: walk.over,
      extrapolated: false,
      tokensPerSecond: Rate(median: 1 / median, low: 1 / ends[1], high: 1 / ends[0]),
      predictedTokensPerSecond: predicted)
  }
}
