import Hardware
import Harness
import Kernels
import Measurement
import Tensors
import Units

/// Compares two programs or providers on rows, in pairs of fresh processes, until the gate knows or the
/// time is used up.
///
/// A pair is three processes: base, base again, and new. It runs through all rows that the gate asks for,
/// and gives each one difference of new from base, and one of base from itself.
public struct Duet {
  private let settings: DuetSettings
  private let maxTime: Double
  private let base: DuetArm
  private let new: DuetArm
  private let clock: any Clock
  private let memory: () -> Reading<Bytes>
  private let starter: Starter?

  /// Starts the worker of a part with so many bytes of environment more.
  typealias Starter = (DuetPart, _ padding: Int) throws(ProviderError) -> any DuetWorker

  /// A duet of two arms.
  ///
  /// - Parameter maxTime: seconds after which no further row begins.
  public init(
    base: DuetArm, new: DuetArm, settings: DuetSettings, maxTime: Double,
    clock: any Clock = MonotonicClock()
  ) {
    self.init(
      base: base, new: new, settings: settings, maxTime: maxTime, clock: clock,
      memory: { AvailableMemory.read().map(\.available) }, starter: nil)
  }

  init(
    base: DuetArm, new: DuetArm, settings: DuetSettings, maxTime: Double, clock: any Clock,
    memory: @escaping () -> Reading<Bytes>, starter: Starter?
  ) {
    self.base = base
    self.new = new
    self.settings = settings
    self.maxTime = maxTime
    self.clock = clock
    self.memory = memory
    self.starter = starter
  }

  /// Measures `rows` as the gate asks for them.
  ///
  /// - Parameters:
  ///   - isInterrupted: asked between segments and four times a second while a worker is waited for.
  ///   - progress: the pair and row under way and the share of the pairs that is done, never told inside
  ///     a timed region.
  /// Errors: those of starting an arm for the first time: `.notFound`, `.malformed`, `.usage`, `.refused`.
  public func run(
    _ rows: [Row], isInterrupted: @escaping () -> Bool = { false },
    progress: (_ pair: String, _ row: String, Double) -> Void = { _, _, _ in }
  ) throws(ProviderError) -> DuetResult {
    let start = clock.nanoseconds()
    let isOver = { Double(clock.nanoseconds() - start) * 1e-9 > maxTime }
    var ledger = DuetLedger(rows, isRehearsal: settings.isRehearsal)
    var generator = SplitMix64(seed: settings.seed)
    var pair = 0
    while !isInterrupted() {
      let tasks = ledger.tasks
      guard !tasks.isEmpty else { break }
      guard !isOver() else {
        ledger.timedOut = true
        break
      }
      pair += 1
      let session = DuetSession(
        settings: settings, company: company(&generator, isInterrupted), clock: clock,
        isInterrupted: isInterrupted)
      if pair == 1 { try session.company.startAll() }
      for (index, task) in tasks.enumerated() where !isInterrupted() && !isOver() {
        progress(
          "pair \(pair), \(task.stage.rawValue): \(tasks.count) rows",
          ", row \(index + 1): \(task.name)", ledger.shareDone)
        play(task, session, &ledger, &generator)
      }
      if let task = ledger.newCanary() { play(task, session, &ledger, &generator) }
    }
    ledger.interrupted = isInterrupted()
    return ledger.result
  }

  private func play(
    _ task: DuetTask, _ session: DuetSession, _ ledger: inout DuetLedger,
    _ generator: inout SplitMix64
  ) {
    if let reason = shortage(task.row) { return ledger.end(task, .skipped(reason)) }
    switch session.measure(
      task, &ledger.knowledge[task.row.id, default: .init()], using: &generator)
    {
    case .measured(let pair): ledger.add(pair, of: task)
    case .skipped(let reason): ledger.end(task, .skipped(reason))
    case .failed(let reason): ledger.end(task, .failed(reason))
    case .wrong(let reason): ledger.end(task, .wrong(reason))
    case .interrupted: break
    }
  }

  /// Why a row's inputs can't be in memory as often as there are processes; nil when they can.
  private func shortage(_ row: Row) -> String? {
    do throws(WorkloadError) {
      let footprint = try row.workload.cost(row.parameters).footprint
      let copies = 2 * base.copiesOfInputs + new.copiesOfInputs
      let (needed, overflow) = footprint.multipliedReportingOverflow(by: copies)
      guard let available = memory().value else { return nil }
      guard overflow || needed > available.count else { return nil }
      return
        "three processes need \(overflow ? "more than any box has" : "\(Bytes(needed))") for the "
        + "row, and \(available) can be had"
    } catch { return error.description }
  }

  /// The workers of a new pair.
  private func company(
    _ generator: inout SplitMix64, _ isInterrupted: @escaping () -> Bool
  ) -> DuetCompany {
    var paddings: [DuetPart: Int] = [:]
    for part in DuetPart.allCases { paddings[part] = Int.random(in: 0..<4096, using: &generator) }
    return DuetCompany(
      names: [.base: base.name, .again: base.name, .new: new.name],
      order: DuetPart.allCases.shuffled(using: &generator)
    ) { (part) throws(ProviderError) in
      let padding = paddings[part] ?? 0
      if let starter { return try starter(part, padding) }
      return try (part == .new ? new : base).start(
        as: part, padding: padding, patience: settings.patience, isInterrupted: isInterrupted)
    }
  }
}
