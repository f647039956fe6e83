import Harness

/// A row as it is played: who calls how often.
struct DuetTask {
  let row: Row
  /// For which stage of the gate.
  let stage: Gate.Stage
  /// Which process plays which part.
  let players: [(part: DuetPart, process: DuetPart)]
  /// Whether new makes 21 calls where base makes 20.
  let isSlowed: Bool
  /// Whether it proves that the gate can fail.
  let isCanary: Bool

  /// A row like any other; `isRehearsed` slows new down by 5 %.
  init(_ row: Row, stage: Gate.Stage = .screen, isRehearsed: Bool = false) {
    (self.row, self.stage, isCanary) = (row, stage, false)
    players = DuetPart.allCases.map { ($0, $0) }
    isSlowed = isRehearsed
  }

  /// The proof that the gate can fail: base against itself, slowed down by 5 %.
  init(canaryOf row: Row, stage: Gate.Stage = .screen) {
    (self.row, self.stage, isCanary) = (row, stage, true)
    players = [(.base, .base), (.new, .again)]
    isSlowed = true
  }

  /// Seconds that 20 calls may take where they stand for a slowdown.
  static let longestSlowed = 0.4

  /// For people.
  var name: String { isCanary ? "canary on \(row.id)" : row.id }

  /// The process that plays `part`.
  func process(playing part: DuetPart) -> DuetPart {
    players.first { $0.part == part }?.process ?? part
  }

  /// Calls that base makes, given how many a segment needs.
  func baseCalls(for needed: Int) -> Int { isSlowed ? (needed + 19) / 20 * 20 : needed }

  /// Calls that `part` makes where base makes so many.
  func calls(of part: DuetPart, base: Int) -> Int {
    isSlowed && part == .new ? base / 20 * 21 : base
  }
}
