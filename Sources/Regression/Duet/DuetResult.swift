import Harness

/// What a duet found, with everything that it measured.
public struct DuetResult: Sendable {
  /// What the pairs show.
  public internal(set) var outcome: GateOutcome
  /// The rows, in the order in which they were asked for.
  public internal(set) var rows: [Row]
  /// What was measured of the canary: base against itself, slowed down by 5 %.
  public internal(set) var canary: Row
  /// The row that the canary was played on; nil before the first pair.
  public internal(set) var canaryRow: String?
  /// Whether somebody asked for the end: rows may lack pairs.
  public internal(set) var interrupted = false
  /// Whether new was slowed down by 5 % in every row.
  public let isRehearsal: Bool
  /// Whether the time was used up: rows may lack pairs.
  public internal(set) var timedOut = false

  /// A row's raw figures.
  public struct Row: Sendable, Equatable {
    /// The row: `gemv/m=8192,k=8192,type=f32`.
    public let id: String
    /// What was measured, pair by pair, those that do not count too.
    public internal(set) var pairs: [DuetPair] = []
    /// What ended it before its time.
    public internal(set) var trouble: Trouble?

    /// Blocks that the environment spoiled for a part.
    public func rejections(of part: DuetPart) -> Int {
      pairs.reduce(0) { $0 + $1.rejections(of: part) }
    }
  }

  /// What ends a row before its time; each with a sentence.
  public enum Trouble: Sendable, Equatable {
    /// It can't be compared, or not here.
    case skipped(String)
    /// A worker crashed, hung or reported a failure.
    case failed(String)
    /// An answer was wrong.
    case wrong(String)
  }
}
