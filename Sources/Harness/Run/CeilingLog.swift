import Statistics

/// What is observed of the ceilings: beside the rows, and by themselves at both ends of a run.
struct CeilingLog {
  /// A ceiling with a number of threads.
  typealias Name = (name: CostCard.CeilingName, threads: Int)

  private var samples: [(name: CostCard.CeilingName, threads: Int, sample: Sample)] = []
  private let names: [Name]
  private let start: [Sample]
  private let probes: CeilingProbes

  /// Observes the ceilings of `rows` at the start.
  init(_ probes: CeilingProbes, of rows: [Row], threads: (Row) -> [Int]) {
    self.probes = probes
    var names: [Name] = []
    for row in rows {
      // A row that has no cost is skipped, with the reason, when its turn comes.
      guard let cost = try? row.workload.cost(row.parameters) else { continue }
      for limit in cost.limits {
        for threads in threads(row)
        where !names.contains(where: { $0 == (limit.ceiling, threads) }) {
          names.append((limit.ceiling, threads))
        }
      }
    }
    self.names = names
    // At first a worker may share its processor with the caller until the system moves one of them: what
    // is seen then is no ceiling.
    _ = probes.samples(names)
    start = probes.samples(names)
  }

  /// Adds what was observed beside a row.
  mutating func add(_ observed: (name: CostCard.CeilingName, threads: Int, sample: Sample)) {
    let known = samples.firstIndex { $0.name == observed.name && $0.threads == observed.threads }
    guard let known else { return samples.append(observed) }
    for value in observed.sample.values { samples[known].sample.append(value) }
  }

  /// The ceilings over all rows.
  var ceilings: [Ceiling] {
    samples.map {
      Ceiling(
        name: $0.name.rawValue, unit: $0.name.unit, threads: $0.threads, sample: $0.sample)
    }
  }

  /// Observes the ceilings again, at the end.
  func drift() -> [CeilingDrift] {
    zip(names, zip(start, probes.samples(names))).compactMap { name, ends in
      CeilingDrift(name.name, threads: name.threads, from: ends.0, to: ends.1)
    }
  }
}
