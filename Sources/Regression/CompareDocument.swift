import Harness

/// What a comparison found, as its JSON has it: of two stored runs, or of pairs measured side by side.
public struct CompareDocument: Sendable, Equatable, Codable {
  /// The schema of today's documents.
  public static let schema = "plimsoll/compare@1"

  /// What was compared.
  public enum Kind: String, Sendable, Codable {
    /// Two runs, each measured by itself: advice, unless nothing but the code changed between them.
    case stored
    /// Two programs, measured in pairs beside each other.
    case duet
  }

  /// Always `CompareDocument.schema`.
  public var schema = CompareDocument.schema
  /// What was compared.
  public var kind: Kind
  /// The suite's name; nil for rows named one by one.
  @Null public var suite: String?
  /// Over all rows.
  public var verdict: Verdict
  /// Why the suite is inconclusive, where that is no row's doing.
  @Null public var reason: String?
  /// What is compared with.
  public var old: Side
  /// What is judged.
  public var new: Side
  /// A row each.
  public var rows: [Row]
  /// The row that shows that a slowdown would be found; nil where none was measured.
  @Null public var canary: Row?
  /// Rows that only the old side has.
  public var onlyOld: [String] = []
  /// Rows that only the new side has.
  public var onlyNew: [String] = []
  /// Doubts, for people.
  public var warnings: [String] = []
  /// Whether somebody asked for the end before it was reached: rows may lack pairs.
  public var interrupted = false

  /// One side of the comparison.
  public struct Side: Sendable, Equatable, Codable {
    /// A file, a baseline, a program or a provider.
    public var name: String
    /// The box.
    @Null public var fingerprint: String?
    /// When it was measured, in seconds since 1970.
    @Null public var startedAt: Double?

    /// Memberwise.
    public init(name: String, fingerprint: String? = nil, startedAt: Double? = nil) {
      self.name = name
      self.fingerprint = fingerprint
      self.startedAt = startedAt
    }
  }

  /// Whether a new kernel left its tolerance.
  public var hasWrongAnswers: Bool { rows.contains { $0.wrongAnswer != nil } }

  /// Whether a kernel failed.
  public var hasFailures: Bool { rows.contains { $0.status == .failed && $0.wrongAnswer == nil } }
}

extension CompareDocument {
  /// One row.
  public struct Row: Sendable, Equatable, Codable {
    /// The row: `matmul/m=512,n=4096,k=4096,type=f32`.
    public var id: String
    /// Whose kernel; nil where the sides are the providers.
    @Null public var provider: String? = nil
    /// Threads at work.
    @Null public var threads: Int? = nil
    /// What was found.
    public var verdict: Verdict
    /// Whether it could be compared; a row that was skipped has no part in the suite's verdict.
    public var status = RunDocument.Status.ok
    /// Why it is inconclusive, skipped or failed.
    @Null public var reason: String? = nil
    /// What the new kernel did wrong; nil when its answers are right or were not looked at.
    @Null public var wrongAnswer: String? = nil
    /// New time over old, above 1 slower; by efficiencies, old over new.
    @Null public var ratio: Double? = nil
    /// Its 95 % interval.
    @Null public var ci95: [Double]? = nil
    /// Of stored runs the two-sided p of Mann and Whitney; of pairs the one-sided p of the sign-flip test.
    @Null public var p: Double? = nil
    /// The slowdown that would have been found with 95 %, as a share.
    @Null public var minimumDetectableEffect: Double? = nil
    /// Pairs measured; 0 of stored runs.
    public var pairs = 0
    /// Pairs rejected for their environment.
    public var rejected = 0
    /// The stage that decided; nil of stored runs.
    @Null public var stage: Gate.Stage? = nil
    /// How far off 1 the old one's ratio to itself may lie, as a share; nil where not measured.
    @Null public var noiseFloor: Double? = nil
    /// How much longer the ceiling alone would make it take now, as a ratio; nil where not both have it.
    @Null public var ceilingRatio: Double? = nil
    /// The old figure.
    @Null public var old: Figure? = nil
    /// The new figure.
    @Null public var new: Figure? = nil
    /// Blocks of segments that the environment spoiled, by arm: `base`, `again`, `new`; nil of stored
    /// runs.
    @Null public var rejectedBlocks: [String: Int]? = nil
    /// All that a duet measured of the row, pair by pair.
    @Null public var measurements: [DuetPair]? = nil

    /// A row without figures.
    public init(id: String, verdict: Verdict, reason: String? = nil) {
      self.id = id
      self.verdict = verdict
      self.reason = reason
    }
  }

  /// A median and what stands behind it.
  public struct Figure: Sendable, Equatable, Codable {
    /// The median.
    public var median: Double
    /// Its 95 % interval.
    public var ci95: [Double]
    /// Samples behind it.
    public var samples: Int
    /// `s`, or `ceiling` for a share of it.
    public var unit: String

    /// Memberwise.
    public init(median: Double, ci95: [Double], samples: Int, unit: String) {
      self.median = median
      self.ci95 = ci95
      self.samples = samples
      self.unit = unit
    }
  }
}

extension CompareDocument {
  /// What a gate found.
  ///
  /// - Parameter wrongAnswers: by row, what the new kernel did wrong: such a row is inconclusive, however
  ///   fast it was.
  public init(
    _ outcome: GateOutcome, suite: String?, old: Side, new: Side,
    wrongAnswers: [String: String] = [:], warnings: [String] = []
  ) {
    let rows = outcome.rows.map { Row($0, wrongAnswer: wrongAnswers[$0.id]) }
    self.init(
      kind: .duet, suite: suite,
      verdict: outcome.reason == nil ? Verdict(of: rows.map(\.verdict)) : outcome.verdict,
      reason: outcome.reason, old: old, new: new, rows: rows,
      canary: outcome.canary.map { Row($0, wrongAnswer: nil) }, warnings: warnings)
  }
}

extension CompareDocument.Row {
  fileprivate init(_ row: GateOutcome.Row, wrongAnswer: String?) {
    self.init(
      id: row.id, verdict: wrongAnswer == nil ? row.verdict : .inconclusive,
      reason: wrongAnswer ?? row.reason)
    self.wrongAnswer = wrongAnswer
    ratio = row.ratio?.value
    ci95 = row.ratio.map { [$0.low, $0.high] }
    p = row.p
    minimumDetectableEffect = row.minimumDetectableEffect
    (pairs, rejected, stage) = (row.pairs, row.rejected, row.stage)
    noiseFloor = row.noiseFloor
  }
}
