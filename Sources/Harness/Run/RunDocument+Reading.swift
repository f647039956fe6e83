extension RunDocument {
  /// Reads the run at `path`, which `plimsoll run --format json` wrote on any box.
  ///
  /// Errors: also where figures contradict themselves, so that whoever reads on need not look again.
  public static func read(path: String) throws(DocumentFile.ReadFailure) -> RunDocument {
    let document = try DocumentFile.read(
      RunDocument.self, schema: RunDocument.schema, path: path)
    var seen: Set<Result.Key> = []
    for (index, result) in document.results.enumerated() {
      if let contradiction = result.contradiction {
        throw .malformed("results.\(index) (\(result.id)): \(contradiction)")
      }
      guard seen.insert(result.key).inserted else {
        throw .malformed(
          "results.\(index) (\(result.id)): a second result of this row, provider and threads")
      }
    }
    return document
  }
}

extension RunDocument.Result {
  /// What tells a result from all others of its run.
  public struct Key: Hashable, Sendable {
    /// The row.
    public let id: String
    /// Whose kernel.
    public let provider: String
    /// Threads at work.
    public let threads: Int
  }

  /// What tells it from all others of its run.
  public var key: Key { Key(id: id, provider: provider, threads: threads) }

  /// What can't be, in one phrase, or nil.
  fileprivate var contradiction: String? {
    let samples = samplesSeconds + (efficiencySamples ?? [])
    if !samples.allSatisfy({ $0 > 0 && $0.isFinite }) { return "a sample is not positive" }
    if !Self.isInterval(ci95Seconds, around: medianSeconds) {
      return "ci95_seconds is no interval around median_seconds"
    }
    if !Self.isInterval(efficiencyCi95, around: efficiency) {
      return "efficiency_ci95 is no interval around efficiency"
    }
    for ratio in [ratio, scaling].compactMap(\.self)
    where !Self.isInterval(ratio.ci95, around: ratio.value) {
      return "ci95 is no interval around the ratio"
    }
    if medianSeconds == nil, status == .ok { return "status is ok without median_seconds" }
    if !id.hasPrefix(workload + "/") { return "the id does not begin with '\(workload)/'" }
    return threads > 0 ? nil : "threads is \(threads)"
  }

  private static func isInterval(_ ends: [Double]?, around value: Double?) -> Bool {
    guard let ends, let value else { return ends == nil && value == nil }
    return ends.count == 2 && ends[0] <= value && value <= ends[1] && value.isFinite
      && ends.allSatisfy(\.isFinite)
  }
}
