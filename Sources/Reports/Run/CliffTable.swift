import Harness
import Statistics
import Units

/// Walks over a model's weights by how much larger they are than their memory: what was reached, beside what
/// was predicted.
struct CliffTable {
  private let walks: [(result: RunDocument.Result, walk: RunDocument.Walk)]

  /// Those of `results` that are walks.
  init(_ results: [RunDocument.Result]) {
    walks = results.compactMap { result in result.walk.map { (result, $0) } }
  }

  /// For people, a row a walk; nil without one.
  var table: Table? {
    guard !walks.isEmpty else { return nil }
    return Table(
      title: "The cliff: weights over memory",
      columns: [
        .init("over", .right), .init("memory", .right), .init("policy"), .init("tok/s", .right),
        .init("interval", .right), .init("predicted", .right), .init("holds"),
        .init("first touch", .right), .init("from disk", .right), .init("major faults", .right),
        .init("in memory", .right),
      ], rows: walks.map(row), footnotes: footnotes)
  }

  private func row(_ result: RunDocument.Result, _ walk: RunDocument.Walk) -> [String] {
    let ends = result.ci95Seconds.map { seconds in
      Estimate(value: 0, low: 1 / seconds[1], high: 1 / seconds[0]).range
    }
    let predicted = walk.predictedTokensPerSecond.map {
      Estimate(value: 0, low: $0.low, high: $0.high).range
    }
    return [
      Decimal.fixed(walk.over, 2), "\(Bytes(walk.budgetBytes))",
      Self.policy(result), result.rate.map { Decimal.significant($0.value) } ?? "–", ends ?? "–",
      predicted ?? "–", result.predictionHolds.map { $0 ? "yes" : "NO" } ?? "–",
      "\(Seconds(walk.firstTouchSeconds))",
      walk.diskReadBytes.map { "\(Bytes(Int($0)))" } ?? "–",
      Decimal.grouped(Int(walk.majorFaults)),
      walk.residentShare.map { Decimal.fixed(100 * $0, 0) + " %" } ?? "–",
    ]
  }

  /// normal, direct, …; and whether anything was computed.
  private static func policy(_ result: RunDocument.Result) -> String {
    func word(_ name: String) -> String { result.parameters[name]?.description ?? "" }
    return word("policy") + (word("kind") == "touch" ? ", touch" : "")
  }

  /// How often predictions hold, and how wide they are: one that always holds may say nothing.
  private var footnotes: [String] {
    let judged = walks.compactMap { result, walk in
      result.predictionHolds.flatMap { holds in
        walk.predictedTokensPerSecond.map { (holds, $0.high / max($0.low, 1e-300)) }
      }
    }
    guard !judged.isEmpty else { return [] }
    let widths = Sample(judged.map(\.1))
    return [
      "the prediction holds \(judged.count(where: \.0)) of \(judged.count) rates; its upper end is "
        + "\(Decimal.significant(widths.median ?? 1, 2)) times the lower one in the middle, "
        + "\(Decimal.significant(judged.map(\.1).max() ?? 1, 2)) at most",
      "a token is that of the layers that were walked and the output; rates are those of steady state, the first "
        + "touch apart",
    ]
  }
}
