/// The regression gate: a suite's rows, the pairs seen so far, and what is to be measured next.
///
/// Values only, neither clock nor files: whoever measures asks `next`, measures pairs, hands them to
/// `add`, and goes on until `next` is empty. A pair is one difference ln(new time) − ln(old time), of two
/// processes measured beside each other under names that a coin gave them; rounds within a pair share their
/// processes and are no samples of their own.
///
/// Why the verdicts hold:
/// - How long a screen is hangs on the magnitudes of its differences alone (`BlindDeviation`) and on the
///   environment, never on a sign, and the sign-flip test is exact given the magnitudes. How long a
///   confirmation is hangs on the screen, whose pairs it does not use.
/// - A row that the screen flags is told slower by the confirmation's fresh pairs alone, which the
///   luck that flagged it has not touched; so are its ratio and its interval.
/// - A skewed difference is the coin's business: old and new alike give a symmetric one. Where the
///   two scatter differently, the test is off a little, and the floor, two standard errors up, holds.
/// - Nothing is measured again for its value, and a row that ends without an answer is inconclusive.
///
/// Source: two independent stages as in Bauer and Köhne, "Evaluation of experiments with adaptive interim
/// analyses" (1994), here simply with one level each.
public struct Gate: Sendable {
  /// A stage of a row.
  public enum Stage: String, Sendable, Codable {
    /// All rows, once.
    case screen
    /// Rows that the screen flagged, again: fresh processes, later in time.
    case confirm
  }

  /// What is to be measured.
  public struct Request: Sendable, Equatable {
    /// The row.
    public let row: String
    /// For which stage.
    public let stage: Stage
    /// Pairs that are missing; more may be asked for when these are there.
    public let pairs: Int
  }

  /// The design.
  public let design: GateDesign
  private(set) var rows: [GateRow]
  private let indices: [String: Int]

  /// A gate over rows with these ids, each one once.
  ///
  /// - Parameter canary: a row that compares the old binary with itself at 21 calls for 20. When the
  ///   gate doesn't find it slower, it could not have found a slowdown elsewhere, and no row is `same`.
  public init(_ design: GateDesign, rows: [String], canary: String? = nil) {
    self.design = design
    let all = rows.map { GateRow($0) } + (canary.map { [GateRow($0, isCanary: true)] } ?? [])
    self.rows = all
    indices = Dictionary(all.indices.map { (all[$0].id, $0) }) { first, _ in first }
  }

  /// A gate of the usual design.
  public init(rows: [String], canary: String? = nil) {
    self.init(GateDesign(rows: rows.count), rows: rows, canary: canary)
  }

  /// What is to be measured next: all screens, and when they are over, all confirmations; nothing at the
  /// end.
  public var next: [Request] {
    let stages: [Stage] = [.screen, .confirm]
    guard let stage = stages.first(where: { stage in rows.contains { $0.stage == stage } }) else {
      return []
    }
    return rows.compactMap { row in
      row.stage == stage
        ? Request(row: row.id, stage: stage, pairs: row.missingPairs(design)) : nil
    }
  }

  /// Adds pairs of a row that were measured for a stage.
  ///
  /// What nobody asked for is ignored: an unknown row, a stage that the row isn't in, pairs beyond those
  /// requested. Otherwise whoever measures could stop at a moment of its liking.
  /// - Parameters:
  ///   - pairs: ln(new time) − ln(old time). One that is no finite number makes the row inconclusive.
  ///   - rejected: pairs that were left out for their environment, never for their value.
  public mutating func add(
    _ pairs: [Double], rejected: Int = 0, to row: String, stage: Stage
  ) {
    guard let index = indices[row], rows[index].stage == stage else { return }
    rows[index].add(pairs, rejected: rejected, design)
  }

  /// Adds differences of the old binary from itself, measured beside a row's pairs: the row's noise
  /// floor, which decides nothing.
  public mutating func addNoise(_ differences: [Double], to row: String) {
    guard let index = indices[row] else { return }
    rows[index].noise += differences
  }
}
