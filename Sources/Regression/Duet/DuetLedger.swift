import Harness
import Statistics

/// The books of a duet: what was measured, what the gate has seen of it, and what is to be played next.
struct DuetLedger {
  /// What was learnt about rows, by id.
  var knowledge: [String: DuetSession.RowKnowledge] = [:]
  var interrupted = false
  var timedOut = false
  private let isRehearsal: Bool
  private var gate: Gate
  private let rows: [Row]
  private var records: [DuetResult.Row]
  private var canary = DuetResult.Row(id: "canary")
  private var canaryRow: Row?
  private var pairsDone = 0

  /// Books for `rows`, one of which will be the canary too.
  init(_ rows: [Row], isRehearsal: Bool) {
    var ids: Set<String> = []
    self.rows = rows.filter { ids.insert($0.id).inserted }
    self.isRehearsal = isRehearsal
    records = self.rows.map { DuetResult.Row(id: $0.id) }
    gate = Gate(rows: records.map(\.id), canary: canary.id)
  }

  /// What the next pair plays: every row that lacks pairs, once.
  var tasks: [DuetTask] {
    gate.next.compactMap { request in
      guard request.pairs > 0 else { return nil }
      if request.row == canary.id {
        return canaryRow.map { DuetTask(canaryOf: $0, stage: request.stage) }
      }
      return rows.first { $0.id == request.row }
        .map { DuetTask($0, stage: request.stage, isRehearsed: isRehearsal) }
    }
  }

  /// Pairs done as a share of those that the gate asks for now.
  var shareDone: Double {
    let missing = gate.next.reduce(0) { $0 + $1.pairs }
    return Double(pairsDone) / Double(max(pairsDone + missing, 1))
  }

  /// Enters a pair of a task.
  mutating func add(_ pair: DuetPair, of task: DuetTask) {
    pairsDone += 1
    change(task) { $0.pairs.append(pair) }
    gate.add(
      pair.difference.map { [$0] } ?? [], rejected: pair.isRejected ? 1 : 0, to: id(task),
      stage: task.stage)
    if let noise = pair.noise { gate.addNoise([noise], to: id(task)) }
  }

  /// Ends a task's row before its time.
  mutating func end(_ task: DuetTask, _ trouble: DuetResult.Trouble) {
    change(task) { $0.trouble = trouble }
    // What is no number ends the row in the gate, too.
    gate.add([.nan], to: id(task), stage: task.stage)
  }

  /// The canary's task once a pair has shown which row is the quietest: the one whose blocks agree best
  /// about base against itself, of those of which 20 calls take 25 ms at most, since long segments scatter
  /// more (`DuetSettings.segmentTime`); the shortest where there is none. Nil when there is one already, or
  /// no row yet.
  mutating func newCanary() -> DuetTask? {
    guard canaryRow == nil else { return nil }
    var candidates: [(row: Row, spread: Double, call: Double)] = []
    for (row, record) in zip(rows, records) {
      guard let pair = record.pairs.first(where: { !$0.isRejected }), let spread = pair.noiseSpread,
        let call = pair.secondsPerCall
      else { continue }
      candidates.append((row, spread, call))
    }
    let short = candidates.filter { 20 * $0.call <= 0.025 }
    canaryRow = (short.min { $0.spread < $1.spread } ?? candidates.min { $0.call < $1.call })?.row
    return canaryRow.map { DuetTask(canaryOf: $0, stage: .screen) }
  }

  /// What was found so far.
  var result: DuetResult {
    DuetResult(
      outcome: gate.outcome, rows: records, canary: canary, canaryRow: canaryRow?.id,
      interrupted: interrupted, isRehearsal: isRehearsal, timedOut: timedOut)
  }

  private func id(_ task: DuetTask) -> String { task.isCanary ? canary.id : task.row.id }

  private mutating func change(_ task: DuetTask, _ change: (inout DuetResult.Row) -> Void) {
    if task.isCanary {
      change(&canary)
    } else if let index = records.firstIndex(where: { $0.id == task.row.id }) {
      change(&records[index])
    }
  }
}
