import Kernels
import Measurement
import Statistics
import Tensors

/// One row, measured: every provider and number of threads and the ceilings above them in the same
/// rounds.
struct RowMeasurement {
  private let row: Row
  private let cost: CostCard
  private let lanes: [Lane]
  private let ceilings: [(name: CostCard.CeilingName, threads: Int)]
  private let laneSamples: [Sample]
  private let ceilingSamples: [Sample]
  private let ended: StoppingRule.Reason
  private let walks: [RunDocument.Walk?]
  private let checks: [Check?]

  /// Measures `row` until `rule` says stop.
  init(
    _ row: Row, cost: CostCard, prepared: PreparedWorkload, lanes: [Lane],
    ceilings: CeilingProbes, clock: any Clock, rule: StoppingRule, seed: UInt64,
    isInterrupted: () -> Bool, progress: (Double) -> Void
  ) {
    self.row = row
    self.cost = cost
    self.lanes = lanes
    let running = lanes.filter(\.isRunning)
    let threads = Set(running.map(\.threads)).sorted()
    self.ceilings = threads.flatMap { threads in
      cost.limits.map { (name: $0.ceiling, threads: threads) }
    }
    let probes =
      running.map(\.probe) + self.ceilings.map { ceilings.probe($0.name, threads: $0.threads) }
    let (samples, reason) = Rounds(clock: clock, rule: rule, order: Self.shuffled(seed)).run(
      running.isEmpty ? [] : probes, isInterrupted: isInterrupted, progress: progress)
    ended = reason
    var taken = samples.prefix(running.count).makeIterator()
    laneSamples = lanes.map { lane in
      guard running.contains(where: { $0 === lane }) else { return Sample() }
      return taken.next() ?? Sample()
    }
    ceilingSamples = Array(samples.dropFirst(running.count))
    walks = zip(lanes, laneSamples).map { lane, sample in
      lane.isRunning ? prepared.walk(lane.threads, sample.count) : nil
    }
    checks = zip(lanes, laneSamples).map { lane, sample in
      guard lane.isRunning, sample.count > 0 else { return nil }
      return lane.outputs().map(prepared.check)
    }
  }

  var isInterrupted: Bool { ended == .interrupted }

  /// What was observed of the ceilings.
  var observed: [(name: CostCard.CeilingName, threads: Int, sample: Sample)] {
    zip(ceilings, ceilingSamples).map { ($0.name, $0.threads, $1) }
  }

  /// A result a lane.
  var results: [RunDocument.Result] { lanes.indices.map(result) }

  /// Each round in an order of its own, so that nobody always finds the caches as the same other one
  /// left them.
  private static func shuffled(_ seed: UInt64) -> (Int, Int) -> [Int] {
    { round, count in
      var generator = SplitMix64(seed: seed, position: UInt64(round * count))
      return Array(0..<count).shuffled(using: &generator)
    }
  }

  private func result(_ index: Int) -> RunDocument.Result {
    let (lane, sample) = (lanes[index], laneSamples[index])
    var result = RunDocument.Result(row, lane, cost)
    (result.walk, result.check) = (walks[index], checks[index])
    if let failure = lane.failure { return result.ended(by: failure) }
    guard let median = sample.medianInterval else {
      return result.skipped("interrupted before it was measured")
    }
    result.samplesSeconds = sample.values
    result.ended = ended.rawValue
    result.evidence = lane.evidence(ofLast: sample.count)
    result.medianSeconds = median.value
    result.ci95Seconds = [median.low, median.high]
    addEfficiency(to: &result, sample)
    result.ratio = ratio(index) {
      $0.threads == lane.threads
    } against: {
      $0.provider.name
    }
    result.scaling = ratio(index) {
      $0.provider === lane.provider
    } against: {
      "\($0.threads)"
    }
    if let complaint = result.check?.complaint {
      (result.status, result.reason) = (.failed, complaint)
    }
    return result
  }

  private func addEfficiency(to result: inout RunDocument.Result, _ sample: Sample) {
    let limits = observed.filter { $0.threads == result.threads }
    func bound(_ pick: (Sample) -> Double?) -> (limit: CostCard.Limit, seconds: Double)? {
      cost.bound { name in limits.first { $0.name == name }.flatMap { pick($0.sample) } }
    }
    guard let median = result.medianSeconds, median > 0 else { return }
    let binding = bound(\.median)?.limit
    let amount = binding?.amount ?? cost.bytes
    let output = cost.output ?? .init(count: amount, unit: binding?.ceiling.unit ?? "B/s")
    result.rate = .init(value: output.count / median, unit: output.unit)
    guard let binding else { return }
    result.ceiling = binding.ceiling.rawValue
    let shares = sample.values.enumerated().compactMap { round, seconds in
      bound { round < $0.count ? $0.values[round] : nil }.map { $0.seconds / seconds }
    }
    guard let efficiency = Sample(shares).medianInterval else { return }
    result.efficiencySamples = shares
    result.efficiency = efficiency.value
    result.efficiencyCi95 = [efficiency.low, efficiency.high]
  }

  /// Speed against the first lane that `isReference`; nil for that lane itself.
  private func ratio(
    _ index: Int, _ isReference: (Lane) -> Bool, against: (Lane) -> String
  ) -> RunDocument.Ratio? {
    guard let first = lanes.firstIndex(where: isReference), first != index,
      lanes[first].isRunning
    else { return nil }
    let ratios = zip(laneSamples[first].values, laneSamples[index].values).map { $0 / $1 }
    return Sample(ratios).medianInterval.map {
      RunDocument.Ratio(value: $0.value, ci95: [$0.low, $0.high], against: against(lanes[first]))
    }
  }
}

extension RunDocument.Result {
  /// A result without figures.
  init(_ row: Row, provider: String, threads: Int, work: RunDocument.Work) {
    self.init(
      id: row.id, cache: row.caches, workload: row.workload.name,
      parameters: row.parameters.dictionary,
      provider: provider, threads: threads, samplesSeconds: [], callsPerSample: 1, ended: nil,
      medianSeconds: nil, ci95Seconds: nil, work: work, rate: nil, efficiency: nil,
      efficiencyCi95: nil, ceiling: nil, ratio: nil, scaling: nil, check: nil, status: .ok,
      reason: nil)
  }

  fileprivate init(_ row: Row, _ lane: Lane, _ cost: CostCard) {
    self.init(
      row, provider: lane.provider.name, threads: lane.threads,
      work: .init(flop: cost.flop, bytes: cost.bytes))
    callsPerSample = lane.repetitions
    setupSeconds = lane.setupSeconds
  }

  /// The same, not measured for `reason`.
  func skipped(_ reason: String) -> Self {
    var result = self
    (result.status, result.reason) = (.skipped, reason)
    return result
  }

  fileprivate func ended(by failure: ProviderError) -> Self {
    var result = self
    result.status =
      failure.kind == .unsupported || failure.kind == .interrupted ? .skipped : .failed
    result.reason = failure.description
    return result
  }
}
