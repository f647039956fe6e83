import Hardware
import Kernels
import Measurement
import Statistics
import Units

/// What measuring itself costs on this box, measured before the rows.
public struct MeasuringCost: Sendable, Equatable, Codable {
  /// The smallest step of the clock.
  public var clockResolutionSeconds: Double
  /// What a reading of the clock takes.
  public var clockReadingSeconds: Double
  /// What a sample of a kernel that does nothing takes: this much of every sample is the harness.
  public var emptyKernelSeconds: Double
  /// What looking at the system before or after a sample takes, which is not timed.
  public var evidenceSeconds: Double

  /// Of a sample, no more than this may be the harness.
  static let allowed = 1e-6

  /// Measures the medians of some hundred samples each.
  ///
  /// Errors: `.refused` when the empty kernel can't be made ready.
  static func measure(
    table: KernelTable, pools: WorkerPools, clock: any Clock, counters: () -> SampleCounters
  ) throws(WorkloadError) -> MeasuringCost {
    let empty = KernelRequest(inputs: [], outputByteCounts: [], foreignCall: nil) { _, _, _ in {} }
    var samples = Sample()
    do throws(ProviderError) {
      let kernel = try OwnProvider(table: table, pools: pools, clock: clock)
        .prepare(empty, threads: 1)
      for _ in 0..<501 { samples.append(try kernel.time(repetitions: 1)) }
    } catch { throw WorkloadError(.refused, error.description) }
    let evidence = Sample((0..<25).map { _ in clock.time { _ = counters() } })
    return MeasuringCost(
      clockResolutionSeconds: clock.resolution, clockReadingSeconds: clock.overhead,
      emptyKernelSeconds: samples.median ?? 0, evidenceSeconds: evidence.median ?? 0)
  }

  /// What is doubtful about it; nil when all is well.
  var warning: String? {
    guard emptyKernelSeconds > Self.allowed else { return nil }
    return "a sample of an empty kernel takes \(Seconds(emptyKernelSeconds)), more than "
      + "\(Seconds(Self.allowed)): the clock is slow here, and short rows look slower than they are"
  }
}
