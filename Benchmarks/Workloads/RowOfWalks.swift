import Harness
import Kernels
import Simulation
import Statistics
import Synchronization
import Tensors
import Units

/// The walks of a row: one for each number of threads, in one control group, over one file.
///
/// When the last reference goes, the process is back in its own group.
final class RowOfWalks {
  private let row: WalkRow
  private let seed: UInt64
  private let isInterrupted: () -> Bool
  private var group: BudgetGroup?
  private var walks: [Int: TimedWalk] = [:]

  /// Nothing is laid out yet.
  init(_ row: WalkRow, seed: UInt64, isInterrupted: @escaping () -> Bool) {
    (self.row, self.seed, self.isInterrupted) = (row, seed, isInterrupted)
  }

  deinit {
    // Mapped pages go before their group does.
    walks.removeAll()
    group?.end()
  }

  /// Lays out a walk on the threads of `pool`, and decodes its first token.
  ///
  /// Errors: `.unsupported`, a skip, for what the system refuses: room, a control group, a policy;
  /// `.interrupted`; `.failed`.
  func begin(_ table: KernelTable, _ pool: WorkerPool) throws(ProviderError) {
    do throws(SimulationError) {
      let simulation = try prepared(table, pool)
      // What is written outside of the group is not charged to it; nor are its dirty pages in the way.
      let file = try WrittenWeights.shared.file(of: simulation, row, isInterrupted)
      if group == nil { group = try BudgetGroup(limit: simulation.settings.budget) }
      let session = try simulation.session(on: file, isInterrupted: isInterrupted)
      walks[pool.threadCount] = try TimedWalk(session, simulation, isInterrupted)
    } catch { throw ProviderError(error) }
  }

  private func prepared(
    _ table: KernelTable, _ pool: WorkerPool
  ) throws(SimulationError) -> Simulation {
    let simulation: Simulation
    do throws(WorkloadError) {
      simulation = try row.simulation(seed: seed, table: table, on: pool)
    } catch { throw SimulationError(.refused, error.description) }
    _ = try WalkBudget(asked: simulation.settings.budget)
    // The disk is looked at when the file is written.
    try simulation.checkRoom(isWritten: true)
    return simulation
  }

  /// Decodes a token on so many threads. Errors: what reading meets.
  func token(threads: Int) throws(SimulationError) { try walks[threads]?.token() }

  /// What the walk on so many threads met in its last `samples` tokens.
  func facts(threads: Int, samples: Int) -> RunDocument.Walk? {
    walks[threads]?.facts(samples: samples)
  }

  /// One token more, held against Double arithmetic.
  func check(threads: Int) -> Check {
    var check = Check()
    guard let walk = walks[threads] else {
      check.compare(.nan, with: 0, bound: 0, place: "the number of threads of a walk")
      return check
    }
    do throws(SimulationError) {
      let outcome = try walk.session.check(isInterrupted: isInterrupted)
      check.compare(
        outcome.worst, with: 0, bound: 1,
        place: outcome.failure ?? "an error as a share of what is allowed")
    } catch {
      check.compare(.nan, with: 0, bound: 0, place: "the results to compare with (\(error))")
    }
    return check
  }
}

/// A walk whose tokens are timed elsewhere, and what they met.
final class TimedWalk {
  let session: WalkSession
  private let simulation: Simulation
  private let first: TokenEvidence
  private var tokens: [TokenEvidence] = []

  /// Decodes the first token, which touches weights that nobody has touched.
  init(
    _ session: WalkSession, _ simulation: Simulation, _ isInterrupted: () -> Bool
  ) throws(SimulationError) {
    (self.session, self.simulation) = (session, simulation)
    first = try session.token(isInterrupted: isInterrupted).evidence
  }

  /// Decodes a token. Errors: what reading meets.
  func token() throws(SimulationError) { tokens.append(try session.token().evidence) }

  /// Medians over the last `samples` tokens.
  func facts(samples: Int) -> RunDocument.Walk {
    let steady = tokens.suffix(samples)
    func median(_ value: (TokenEvidence) -> Int?) -> Double? {
      let values = steady.compactMap(value).map(Double.init)
      return values.count == steady.count ? Sample(values).median : nil
    }
    let layout = simulation.layout
    return RunDocument.Walk(
      weightsBytes: layout.walkedBytes, budgetBytes: simulation.settings.budget.count,
      layersRun: layout.layers, layersTotal: layout.layersTotal, firstTouchSeconds: first.seconds,
      diskReadBytes: median(\.diskReadBytes), majorFaults: median(\.majorFaults) ?? 0,
      minorFaults: median(\.minorFaults) ?? 0, residentShare: session.residentShare)
  }
}

/// The file that the rows of a run share: the last one that was written, and no other, so that a run takes
/// the disk space of its largest model.
///
/// It has no name: it is gone with the process, however that ends.
final class WrittenWeights: Sendable {
  static let shared = WrittenWeights()

  private struct Key: Equatable {
    let model: String
    let quantisation: String
    let bytes: Int
    let seed: UInt64
    let instructionSet: String
  }

  private let written = Mutex<(key: Key, file: WalkFile)?>(nil)

  /// The file of what `simulation` walks: written, or as it was written for a row before.
  ///
  /// Errors: `.refused` without room on the disk, with what is missing; `.inputOutput`; `.interrupted`.
  func file(
    of simulation: Simulation, _ row: WalkRow, _ isInterrupted: () -> Bool
  ) throws(SimulationError) -> WalkFile {
    let key = Key(
      model: row.model.name, quantisation: row.model.quantisation,
      bytes: simulation.layout.byteCount, seed: simulation.settings.walk.seed,
      instructionSet: simulation.instructionSet)
    if let known = written.withLock({ $0?.key == key ? $0?.file : nil }) { return known }
    // The room of the last one is free before the next one is written.
    written.withLock { $0 = nil }
    let file = try simulation.weightsFile(isInterrupted: isInterrupted)
    written.withLock { $0 = (key, file) }
    return file
  }
}

extension ProviderError {
  /// What a walk that can't be made means for a row: what the system refuses is a skip.
  fileprivate init(_ error: SimulationError) {
    let kind: Kind =
      switch error.kind {
      case .refused: .unsupported
      case .interrupted: .interrupted
      default: .failed
      }
    self.init(kind, error.description)
  }
}
