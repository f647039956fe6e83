import Harness
import Statistics

/// What `plimsoll duet` found, as its JSON has it.
public struct DuetDocument: Sendable, Equatable, Codable {
  /// The schema, which stored comparisons have too.
  public static let schema = "plimsoll/compare@1"

  /// Always `DuetDocument.schema`.
  public var schema = DuetDocument.schema
  /// Always `duet`.
  public var kind = "duet"
  /// Over all rows that could be compared.
  public var verdict: Verdict
  /// Why the suite is inconclusive though no row is.
  @Null public var reason: String?
  /// What was compared with, as it was asked for.
  public var base: String
  /// What was judged.
  public var new: String
  /// The suite's name; nil for rows named one by one.
  @Null public var suite: String?
  /// The seed of inputs and orders.
  public var seed: UInt64
  /// Whether new was slowed down by 5 % in every row.
  public var isRehearsal: Bool
  /// Whether somebody asked for the end: rows may lack pairs.
  public var interrupted: Bool
  /// Whether the time was used up: rows may lack pairs.
  public var timedOut: Bool
  /// The rows, in the order in which they were asked for.
  public var rows: [Row]
  /// The proof that the gate could fail: base against itself at 21 calls for 20.
  @Null public var canary: Row?

  /// One row.
  public struct Row: Sendable, Equatable, Codable {
    /// The row: `gemv/m=8192,k=8192,type=f32`; the row it was played on for the canary.
    public var id: String
    /// How it ended.
    public var status: Status
    /// What was found.
    public var verdict: Verdict
    /// Why it is inconclusive, skipped or failed.
    @Null public var reason: String?
    /// New time over base's.
    @Null public var ratio: Double?
    /// Its 95 % interval.
    @Null public var ci95: [Double]?
    /// One-sided p, in the direction of the ratio.
    @Null public var p: Double?
    /// The stage that decided.
    public var stage: Gate.Stage
    /// The slowdown that would have been found with 95 %, as a share.
    @Null public var minimumDetectableEffect: Double?
    /// How far off 1 base's ratio to itself may lie, as a share.
    @Null public var noiseFloor: Double?
    /// Pairs that count.
    public var pairs: Int
    /// Pairs that the environment spoiled.
    public var rejected: Int
    /// Blocks that the environment spoiled, by part.
    public var rejectedBlocks: [String: Int]
    /// All that was measured, pair by pair.
    public var measurements: [DuetPair]
  }

  /// How a row ended.
  public enum Status: String, Sendable, Codable {
    /// Measured and right.
    case ok
    /// Not compared, for the reason given.
    case skipped
    /// A worker crashed, hung or reported a failure.
    case failed
    /// An answer was wrong.
    case wrong
  }
}

extension DuetDocument {
  /// The document of a result.
  public init(
    _ result: DuetResult, base: DuetArm, new: DuetArm, suite: String?, settings: DuetSettings
  ) {
    self.init(
      verdict: result.verdict, reason: result.outcome.reason, base: base.name, new: new.name,
      suite: suite, seed: settings.seed, isRehearsal: settings.isRehearsal,
      interrupted: result.interrupted, timedOut: result.timedOut,
      rows: zip(result.outcome.rows, result.rows).map { Row($0, $1, id: $1.id) },
      canary: result.outcome.canary.flatMap { outcome in
        result.canaryRow.map { Row(outcome, result.canary, id: $0) }
      })
  }
}

extension DuetDocument.Row {
  fileprivate init(_ outcome: GateOutcome.Row, _ raw: DuetResult.Row, id: String) {
    let (status, reason): (DuetDocument.Status, String?) =
      switch raw.trouble {
      case nil: (.ok, outcome.reason)
      case .skipped(let reason): (.skipped, reason)
      case .failed(let reason): (.failed, reason)
      case .wrong(let reason): (.wrong, reason)
      }
    self.init(
      id: id, status: status, verdict: outcome.verdict, reason: reason,
      ratio: outcome.ratio?.value, ci95: outcome.ratio.map { [$0.low, $0.high] }, p: outcome.p,
      stage: outcome.stage, minimumDetectableEffect: outcome.minimumDetectableEffect,
      noiseFloor: outcome.noiseFloor, pairs: outcome.pairs, rejected: outcome.rejected,
      rejectedBlocks: Dictionary(
        uniqueKeysWithValues: DuetPart.allCases.map { ($0.rawValue, raw.rejections(of: $0)) }),
      measurements: raw.pairs)
  }
}
