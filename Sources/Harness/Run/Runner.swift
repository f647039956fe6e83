import Hardware
import Kernels
import Measurement
import Statistics
import Tensors
import Units

/// Measures rows: providers side by side, ceilings beside them, and every answer checked.
public struct Runner {
  /// How to measure.
  public struct Settings: Sendable {
    /// Numbers of threads of rows without any of their own, the first one the reference of the scaling curve.
    public var threads: [Int]
    /// The seed of all inputs and of the order within rounds.
    public var seed: UInt64
    /// When to stop repeating a row.
    public var rule: StoppingRule
    /// Memory that may be taken in all.
    public var memoryBudget: Bytes

    /// Memberwise.
    public init(threads: [Int], seed: UInt64, rule: StoppingRule, memoryBudget: Bytes) {
      self.threads = threads
      self.seed = seed
      self.rule = rule
      self.memoryBudget = memoryBudget
    }
  }

  private let table: KernelTable
  private let machine: Machine
  private let pools: WorkerPools
  private let providers: [any KernelProvider]
  private let settings: Settings
  private let clock: any Clock
  private let counters: (Int32?) -> SampleCounters

  /// A runner; `pools` serve the ceilings, and may serve the providers.
  ///
  /// - Parameter counters: what is read before and after each sample, of a process or of this one.
  public init(
    table: KernelTable, machine: Machine, pools: WorkerPools, providers: [any KernelProvider],
    settings: Settings, clock: any Clock = MonotonicClock(),
    counters: @escaping (Int32?) -> SampleCounters = { SampleCounters.take(process: $0) }
  ) {
    self.counters = counters
    self.table = table
    self.machine = machine
    self.pools = pools
    self.providers = providers
    self.settings = settings
    self.clock = clock
  }

  /// Measures `rows`, one after the other; after an interruption those that were begun.
  ///
  /// - Parameters:
  ///   - suite: the name that the rows have together.
  ///   - isInterrupted: asked between samples.
  ///   - progress: the row under way and the share of all that is done, never told inside a timed
  ///     region.
  /// Errors: `.refused` when there is no memory for the ceilings' working set.
  public func run(
    _ rows: [Row], suite: String? = nil, startedAt: Double,
    isInterrupted: @escaping () -> Bool = { false },
    progress: (String, Double) -> Void = { _, _ in }
  ) throws(WorkloadError) -> RunDocument {
    progress("measuring the ceilings", 0)
    let before = EnvironmentSnapshot.take()
    let ceilings = try CeilingProbes(
      table: table, clock: clock, pools: pools, bytes: workingSet)
    var log = CeilingLog(ceilings, of: rows, threads: threads)
    let cost = try MeasuringCost.measure(table: table, pools: pools, clock: clock) { counters(nil) }
    var (results, interrupted): ([RunDocument.Result], Bool) = ([], false)
    for (index, row) in rows.enumerated() where !interrupted {
      func report(_ share: Double) {
        progress(
          "row \(index + 1) of \(rows.count): \(row.id)",
          (Double(index) + share) / Double(rows.count))
      }
      report(0)
      let outcome = measure(row, ceilings, isInterrupted: isInterrupted, progress: report)
      results += outcome.results
      for ceiling in outcome.observed { log.add(ceiling) }
      interrupted = isInterrupted()
    }
    let drift = interrupted ? nil : log.drift()
    var environment = environment(startedAt, since: before)
    environment.measuring = cost
    environment.warnings += [cost.warning, evictionWarning(rows)].compactMap { $0 }
    environment.warnings += (drift ?? []).compactMap(\.warning)
    return RunDocument(
      suite: suite, interrupted: interrupted, environment: environment,
      providers: providers.map { .init(name: $0.name, details: $0.details) },
      ceilings: log.ceilings, ceilingDrift: drift, results: results)
  }

  private var workingSet: Int { streamingWorkingSet(of: machine, budget: settings.memoryBudget) }

  private var lastLevelCache: Int { machine.caches.value?.map(\.size.count).max() ?? 32 << 20 }

  /// A doubt about cold caches: reading what is hardly larger than a cache leaves something in it.
  private func evictionWarning(_ rows: [Row]) -> String? {
    guard rows.contains(where: { $0.caches == .cold }), workingSet < 2 * lastLevelCache else {
      return nil
    }
    return "caches were evicted by reading \(Bytes(workingSet)), and the largest holds "
      + "\(Bytes(lastLevelCache)): cold rows may have found something there; free memory"
  }

  private typealias Outcome = (
    results: [RunDocument.Result],
    observed: [(name: CostCard.CeilingName, threads: Int, sample: Sample)]
  )

  private func measure(
    _ row: Row, _ ceilings: CeilingProbes, isInterrupted: @escaping () -> Bool,
    progress: (Double) -> Void
  ) -> Outcome {
    do throws(WorkloadError) {
      let cost = try row.workload.cost(row.parameters)
      try checkMemory(cost)
      let prepared = try row.workload.prepared(
        row.parameters, seed: settings.seed, isInterrupted: isInterrupted)
      let lanes = providers.flatMap { provider in
        threads(row).map { threads in
          Lane(
            provider, threads: threads, request: prepared.request, clock: clock,
            conditions: conditions(row, cost, ceilings))
        }
      }
      let measurement = RowMeasurement(
        row, cost: prepared.cost ?? cost, prepared: prepared, lanes: lanes, ceilings: ceilings,
        clock: clock, rule: settings.rule, seed: settings.seed, isInterrupted: isInterrupted,
        progress: progress)
      return (measurement.results, measurement.observed)
    } catch {
      return (skipped(row, error.description), [])
    }
  }

  /// What fits into a cache is called once before each sample where it is to be found there.
  private func conditions(
    _ row: Row, _ cost: CostCard, _ ceilings: CeilingProbes
  ) -> SampleConditions {
    let preparation: SampleConditions.Preparation =
      switch row.caches {
      case .hot: .warmUp(always: cost.footprint <= lastLevelCache)
      case .cold: .evict(ceilings.evict)
      }
    return SampleConditions(preparation: preparation, counters: counters)
  }

  private func threads(_ row: Row) -> [Int] { row.threads ?? settings.threads }

  /// Inputs and outputs are there once, and for a plug-in twice more while they are handed over.
  private func checkMemory(_ cost: CostCard) throws(WorkloadError) {
    let copies = 1 + 2 * providers.count { $0 is PluginProvider }
    let (needed, overflow) = cost.footprint.multipliedReportingOverflow(by: copies)
    guard !overflow, needed <= settings.memoryBudget.count else {
      throw WorkloadError(
        .refused,
        "the row needs \(overflow ? "more than any box has" : "\(Bytes(needed))"), and "
          + "\(settings.memoryBudget) can be had")
    }
  }

  private func skipped(_ row: Row, _ reason: String) -> [RunDocument.Result] {
    providers.flatMap { provider in
      threads(row).map { threads in
        RunDocument.Result(
          row, provider: provider.name, threads: threads, work: .init(flop: 0, bytes: 0)
        ).skipped(reason)
      }
    }
  }

  private func environment(
    _ startedAt: Double, since before: EnvironmentSnapshot
  ) -> RunEnvironment {
    let evidence = EnvironmentSnapshot.take().difference(since: before, facts: .read())
    return RunEnvironment(
      fingerprint: MachineFingerprint(machine).description,
      instructionSet: table.instructionSet.rawValue, seed: settings.seed, startedAt: startedAt,
      evidence: evidence, warnings: evidence.warnings(resident: true).map(\.description))
  }
}
