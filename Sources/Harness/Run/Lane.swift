import Hardware
import Kernels
import Measurement
import Statistics
import Tensors

/// One provider with one number of threads, in the rounds of one row.
final class Lane {
  let provider: any KernelProvider
  let threads: Int
  private var kernel: (any PreparedKernel)?
  /// Calls in one sample.
  private(set) var repetitions = 1
  /// What stopped it.
  private(set) var failure: ProviderError?
  private let conditions: SampleConditions
  /// What the system did during each observation so far, that of the warm-up round too.
  private var observed: [SampleEvidence] = []

  /// A sample lasts so long at least, in seconds, or as long as one call.
  static let sampleTime = 0.005

  /// Makes the provider's kernel ready and finds out how many calls a sample needs: one, if it is to
  /// find cold caches.
  init(
    _ provider: any KernelProvider, threads: Int, request: KernelRequest, clock: any Clock,
    conditions: SampleConditions
  ) {
    self.provider = provider
    self.threads = threads
    self.conditions = conditions
    attempt { () throws(ProviderError) in
      let kernel = try provider.prepare(request, threads: threads)
      self.kernel = kernel
      guard !conditions.isCold else { return }
      // Long enough for the clock, too: a thousand of its steps.
      repetitions = try callsLasting(max(Self.sampleTime, 1000 * clock.resolution)) {
        (calls) throws(ProviderError) in try kernel.time(repetitions: calls)
      }
    }
  }

  var isRunning: Bool { failure == nil }

  /// What making ready took, untimed, in seconds; nil where nobody knows.
  var setupSeconds: Double? { kernel?.setupSeconds }

  /// Seconds a call. Zero once the kernel has failed: nothing waits for its interval to narrow.
  var probe: Probe {
    Probe(name: provider.name, unit: "s", threads: threads) { [self] in observe() }
  }

  /// What the last timed call wrote; nil when that can't be had, and `failure` then says why.
  func outputs() -> [AlignedBuffer]? {
    guard let kernel else { return nil }
    var outputs: [AlignedBuffer]?
    attempt { () throws(ProviderError) in outputs = try kernel.outputs() }
    return outputs
  }

  /// What the system did during the last `count` samples.
  func evidence(ofLast count: Int) -> RunDocument.Evidence { .init(observed.suffix(count)) }

  private func observe() -> Double {
    guard isRunning, let kernel else { return 0 }
    var seconds = 0.0
    attempt { () throws(ProviderError) in
      switch conditions.preparation {
      case .warmUp(let always):
        // Its own caches, and threads that are awake.
        if always || repetitions > 1 { _ = try kernel.time(repetitions: 1) }
      case .evict(let evict): evict()
      }
      let before = conditions.counters(provider.process)
      seconds = try kernel.time(repetitions: repetitions) / Double(repetitions)
      observed.append(conditions.counters(provider.process).difference(since: before))
    }
    return seconds
  }

  private func attempt(_ work: () throws(ProviderError) -> Void) {
    do throws(ProviderError) { try work() } catch { failure = failure ?? error }
  }
}

/// How many calls last `wanted` seconds together, or one that lasts longer.
///
/// The first call touches pages and starts threads: only one that is long beyond doubt is believed.
/// - Parameter time: calls so many times and says how long that took.
public func callsLasting(
  _ wanted: Double, time: (_ calls: Int) throws(ProviderError) -> Double
) throws(ProviderError) -> Int {
  if try time(1) >= 20 * wanted { return 1 }
  var count = 1
  while true {
    let seconds = try time(count)
    if seconds >= wanted || count >= 1 << 24 { return count }
    if seconds >= wanted / 8 { return Int((Double(count) * wanted / seconds).rounded(.up)) }
    count *= 8
  }
}
