import Hardware
import Kernels
import Measurement
import Statistics
import Tensors
import Units

/// Measures a box: every ceiling in interleaved rounds, then the disk.
public struct Profiler {
  /// The kernels to measure with.
  public var table: KernelTable
  /// What the box is.
  public var machine: Machine
  /// Memory the probes may take in all.
  public var memoryBudget: Bytes
  /// What was found beside the processor.
  public var accelerators: [Accelerator]
  /// Where the disk is probed.
  public var folder: String
  /// When to stop; about ten seconds by default.
  public var rule: StoppingRule
  /// The source of time.
  public var clock: any Clock

  /// A profiler of `machine` with the usual rules.
  public init(
    table: KernelTable, machine: Machine, accelerators: [Accelerator] = [], memoryBudget: Bytes,
    folder: String,
    rule: StoppingRule = StoppingRule(
      minimumRounds: 9, maximumRounds: 60, timeLimit: 5, relativeWidth: 0.01),
    clock: any Clock = MonotonicClock()
  ) {
    self.table = table
    self.machine = machine
    self.accelerators = accelerators
    self.memoryBudget = memoryBudget
    self.folder = folder
    self.rule = rule
    self.clock = clock
  }

  /// How a run ended without a profile.
  public enum Failure: Error {
    /// Somebody asked for the end.
    case interrupted
    /// Kernels that left their tolerance, by name.
    case wrongAnswers([String])
    /// Memory that the box refused.
    case refused(String)
  }

  /// Runs everything once.
  ///
  /// - Parameters:
  ///   - isInterrupted: asked between observations.
  ///   - progress: the step under way, and the share of the whole that is done.
  public func run(
    measuredAt: Double, isInterrupted: () -> Bool = { false },
    progress: (String, Double) -> Void = { _, _ in }
  ) throws(Failure) -> Profile {
    let (start, before) = (clock.nanoseconds(), EnvironmentSnapshot.take())
    progress("preparing buffers", 0)
    let missing = FaultProbes.missing()
    let groups = try groups(hugePages: missing.isEmpty)
    let probes = groups.flatMap(\.probes)
    let (samples, reason) = Rounds(clock: clock, rule: rule).run(
      probes, isInterrupted: isInterrupted
    ) { progress("measuring memory, caches and cores", 0.1 + 0.7 * $0) }
    guard reason != .interrupted else { throw .interrupted }
    let wrong = groups.compactMap { $0.verify() }
    guard wrong.isEmpty else { throw .wrongAnswers(wrong) }
    progress("measuring the disk", 0.8)
    let disk = DiskMeasurement(folder: folder, clock: clock).ceilings {
      progress("measuring the disk", 0.8 + 0.2 * $0)
    }
    guard !isInterrupted() else { throw .interrupted }
    let environment = EnvironmentSnapshot.take().difference(since: before, facts: .read())
    return profile(
      measuredAt: measuredAt, duration: Double(clock.nanoseconds() - start) * 1e-9,
      observed: Array(zip(probes, samples)), reason: reason,
      others: disk + missing, environment: environment)
  }

  private var workingSet: Int { streamingWorkingSet(of: machine, budget: memoryBudget) }

  private func groups(hugePages: Bool) throws(Failure) -> [ProbeGroup] {
    let pools = threadCounts(upTo: WorkerPool.availableProcessors)
      .map { WorkerPool(threadCount: $0) }
    let compute = ComputeProbes(
      table: table, pools: pools, clock: clock, caches: CacheSizes(machine.caches.value ?? []))
    do {
      let buffer = try AlignedBuffer(byteCount: workingSet, pages: .huge)
      buffer.fill(seed: 1)
      let matrix = try AlignedBuffer(byteCount: workingSet, pages: .huge)
      matrix.fill(seed: 2)
      return [
        BandwidthProbes(table: table, pools: pools, clock: clock, buffer: buffer).group,
        compute.peaks, try compute.matmul(), compute.matrixVector(matrix),
        try LatencyProbes(largest: workingSet / 2, clock: clock).group,
        FaultProbes(clock: clock).group(hugePages: hugePages),
      ]
    } catch {
      throw .refused("\(error)")
    }
  }

  private func profile(
    measuredAt: Double, duration: Double, observed: [(probe: Probe, sample: Sample)],
    reason: StoppingRule.Reason, others: [Ceiling], environment: EnvironmentEvidence
  ) -> Profile {
    let ladder = LatencyLadder(
      rungs: observed.compactMap { probe, sample in
        guard let size = LatencyProbes.workingSet(of: probe.name),
          let latency = sample.medianInterval
        else { return nil }
        return .init(workingSet: size, latency: latency)
      })
    let figures = observed.filter { LatencyProbes.workingSet(of: $0.probe.name) == nil }.map {
      Ceiling(
        name: $0.probe.name, unit: $0.probe.unit, threads: $0.probe.threads, sample: $0.sample)
    }
    let rounds = observed.first?.sample.count ?? 0
    let ceilings =
      Self.bestFirst(figures.filter { !Self.isAchieved($0.name) })
      + Self.latencies(ladder.levels, observations: rounds) + others
    return Profile(
      schema: Profile.schema, measuredAt: measuredAt, duration: duration,
      fingerprint: MachineFingerprint(machine).description, machine: machine,
      instructionSet: table.instructionSet.rawValue, ceilings: ceilings,
      achieved: Self.bestFirst(figures.filter { Self.isAchieved($0.name) }), latency: ladder,
      levels: ladder.levels, rounds: .init(count: rounds, ended: reason.rawValue),
      accelerators: accelerators, environment: environment,
      warnings: Profile.doubts(figures) + environment.warnings(resident: false).map(\.description))
  }

  private static func isAchieved(_ name: String) -> Bool {
    name == "matmul_f32" || name == "gemv_f32"
  }

  /// The same ceilings, those of one name together, the highest of each name first.
  static func bestFirst(_ ceilings: [Ceiling]) -> [Ceiling] {
    var names: [String] = []
    for ceiling in ceilings where !names.contains(ceiling.name) { names.append(ceiling.name) }
    return names.flatMap { name in
      ceilings.filter { $0.name == name }.sorted { ($0.value ?? 0) > ($1.value ?? 0) }
    }
  }

  /// The ladder's levels under the names scripts know: `latency_l1` … `latency_memory`.
  static func latencies(_ levels: [LatencyLadder.Level], observations: Int) -> [Ceiling] {
    let caches = levels.dropLast()
    let found = zip(1..., caches).map { number, level in
      Ceiling(
        name: "latency_l\(number)", unit: "s", threads: 1, estimate: level.latency,
        observations: observations)
    }
    // Noise can show more steps than there are caches.
    let missing = (caches.count + 1..<max(4, caches.count + 1)).map {
      Ceiling.unavailable("latency_l\($0)", unit: "s", because: "the ladder shows no such cache")
    }
    let memory = levels.last.map {
      Ceiling(
        name: "latency_memory", unit: "s", threads: 1, estimate: $0.latency,
        observations: observations)
    }
    return found + missing
      + [memory ?? .unavailable("latency_memory", unit: "s", because: "no rung was observed")]
  }
}

/// The working set that no cache holds: four times the last-level cache, 256 MiB to 512 MiB, and an
/// eighth of the budget at most.
func streamingWorkingSet(of machine: Machine, budget: Bytes) -> Int {
  let last = machine.caches.value?.map(\.size.count).max() ?? 32 << 20
  let wanted = min(max(4 * last, 256 << 20), 512 << 20)
  let bounded = max(min(wanted, budget.count / 8), 1 << 20)
  return bounded - bounded % (1 << 20)
}
