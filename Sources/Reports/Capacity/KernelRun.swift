import Harness
import Statistics

/// What a report draws of a run's document: work, time and efficiency of each row, without its samples.
public struct KernelRun: Sendable, Equatable, Codable {
  /// Its suite, or the baseline's name.
  public var name: String
  /// When it began, in seconds since 1970.
  public var startedAt: Double
  /// The box's ceilings in the same rounds.
  public var ceilings: [Ceiling]
  /// The rows that were measured.
  public var kernels: [Kernel]

  /// One row, provider and number of threads.
  public struct Kernel: Sendable, Equatable, Codable {
    /// The row.
    public var id: String
    /// The workload.
    public var workload: String
    /// Whose kernel.
    public var provider: String
    /// Threads at work.
    public var threads: Int
    /// Operations of one call.
    public var flop: Double
    /// Bytes of one call at least.
    public var bytes: Double
    /// Median of one call, with its 95 % interval.
    public var seconds: Estimate
    /// The share of its ceiling, with its interval; nil where none binds.
    @Null public var efficiency: Estimate?
    /// The ceiling that binds.
    @Null public var ceiling: String?

    /// Operations for each byte; nil where there are none of either.
    public var intensity: Double? { flop > 0 && bytes > 0 ? flop / bytes : nil }
    /// Operations a second.
    public var rate: Double { flop / seconds.value }
  }

  /// What `document` has of rows that were measured and right.
  public init(_ document: RunDocument, name: String? = nil) {
    self.name = name ?? document.suite ?? "run"
    startedAt = document.environment.startedAt
    ceilings = document.ceilings
    kernels = document.results.compactMap { result in
      guard result.status == .ok, let median = result.medianSeconds else { return nil }
      return Kernel(
        id: result.id, workload: result.workload, provider: result.provider,
        threads: result.threads, flop: result.work.flop, bytes: result.work.bytes,
        seconds: Estimate(median: median, ends: result.ci95Seconds),
        efficiency: result.efficiency.map { Estimate(median: $0, ends: result.efficiencyCi95) },
        ceiling: result.ceiling)
    }
  }
}

extension Estimate {
  /// A median with the ends of its interval, where there are two.
  fileprivate init(median: Double, ends: [Double]?) {
    guard let ends, ends.count == 2 else {
      self.init(exactly: median)
      return
    }
    self.init(value: median, low: ends[0], high: ends[1])
  }
}
