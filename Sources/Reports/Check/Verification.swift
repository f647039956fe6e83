import Statistics
import Units

/// Predictions held against what a runtime really reached on this box.
public struct Verification: Sendable, Equatable {
  /// What was run, as a person types it.
  public var commands: [String]
  /// What was predicted and reached, phase by phase.
  public var rows: [Row]

  /// Memberwise.
  public init(commands: [String] = [], rows: [Row] = []) {
    (self.commands, self.rows) = (commands, rows)
  }

  /// One rate, in tokens per second.
  public struct Row: Sendable, Equatable {
    /// `decode` or `prefill`.
    public var phase: String
    /// Tokens that were in the cache beforehand.
    public var depth: Int
    /// What was predicted; nil where nothing could be said.
    public var predicted: Estimate?
    /// What was reached: the median of the repetitions, with the slowest and the fastest.
    public var measured: Estimate

    /// Memberwise.
    public init(phase: String, depth: Int, predicted: Estimate?, measured: Estimate) {
      self.phase = phase
      self.depth = depth
      self.predicted = predicted
      self.measured = measured
    }

    /// Predicted as a multiple of measured.
    public var ratio: Double? { predicted.map { $0.value / measured.value } }
  }
}

extension Verification {
  /// Prediction and truth side by side.
  var table: Table {
    Table(
      title: "Prediction and truth",
      columns: [
        .init(""), .init("after tokens", .right), .init("predicted", .right),
        .init("range", .right), .init("measured", .right), .init("off by", .right),
      ],
      rows: rows.map { row in
        [
          row.phase, Decimal.grouped(row.depth),
          row.predicted.map { "\(Decimal.significant($0.value)) tok/s" } ?? "–",
          row.predicted?.range ?? "–", "\(Decimal.significant(row.measured.value)) tok/s",
          row.ratio.map { ($0 < 1 ? "" : "+") + "\(Decimal.fixed(($0 - 1) * 100, 0)) %" } ?? "–",
        ]
      },
      footnotes: commands)
  }
}
