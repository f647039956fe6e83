import Hardware
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread that looks after the box while a walk runs, and says when the walk has to end.
///
/// It ends nothing by itself: whoever walks asks for `reason` between steps, and cleans up in order.
public final class Watchdog {
  private struct State {
    var reason: String?
    var isEnding = false
  }

  private let state: Monitor<State>
  private let thread: BackgroundThread

  /// Watches from now on, until the last reference goes. Cost: some small files each fifth of a second.
  ///
  /// - Parameters:
  ///   - floor: the walk has to end when less memory than that is available.
  ///   - stallShare: and when all tasks of the machine waited for memory for more than this share of some
  ///     five seconds. Reading a file larger than memory is no such wait by itself: the kernel counts pages
  ///     that were dropped and soon needed again, not first reads.
  /// Errors: `.refused` where the system gives no thread.
  ///
  /// Source: the kernel's documentation of pressure stall information, line `full`.
  public init(
    floor: Bytes, stallShare: Double = 0.8, from files: SystemFiles = .live
  ) throws(SimulationError) {
    let state = Monitor(State())
    let thread = BackgroundThread {
      var alarm = MemoryAlarm(floor: floor, stallShare: stallShare)
      let start = ContinuousClock.now
      while true {
        let reason = alarm.reason(
          available: Self.available(files),
          stalled: Pressure.memory(from: files).value?.full,
          at: (ContinuousClock.now - start) / .seconds(1))
        let isOver = state.change { state in
          state.reason = state.reason ?? reason
          return state.isEnding || state.reason != nil
        }
        guard !isOver else { return }
        usleep(200_000)
      }
    }
    guard let thread else {
      throw SimulationError(.refused, "the system refused a thread to watch over memory")
    }
    (self.state, self.thread) = (state, thread)
  }

  deinit {
    state.change { $0.isEnding = true }
    thread.join()
  }

  /// What the box can give. The budget's own group is left out: it is meant to be full, of pages that the
  /// kernel gives up for others.
  private static func available(_ files: SystemFiles) -> Bytes? {
    AvailableMemory.read(from: files).value?.limits
      .filter { !$0.source.contains("/\(BudgetGroup.prefix)") }.map(\.available).min()
  }

  /// Why the walk has to end, in one sentence; nil as long as all is well.
  public var reason: String? { state.change { $0.reason } }
}

/// When memory is too short to go on.
struct MemoryAlarm {
  let floor: Bytes
  let stallShare: Double
  private var earlier: [(seconds: Double, stalled: Int)] = []

  /// Stalls are a share of so many seconds, since one alone is soon over.
  static let window = 5.0

  init(floor: Bytes, stallShare: Double) {
    (self.floor, self.stallShare) = (floor, stallShare)
  }

  /// Why it is too short, if it is: from what is available and the microseconds of stalls so far (nil:
  /// unknown), at a time in seconds that only grows.
  mutating func reason(available: Bytes?, stalled: Int?, at seconds: Double) -> String? {
    if let available, available < floor {
      return "ended before the system runs out of memory: \(available) are available, and \(floor) "
        + "are to stay; ask for a smaller --budget"
    }
    guard let stalled else { return nil }
    earlier.append((seconds, stalled))
    // The newest of those that are old enough is what is compared with.
    while earlier.count > 2, seconds - earlier[1].seconds >= Self.window { earlier.removeFirst() }
    guard let first = earlier.first, seconds - first.seconds >= Self.window else { return nil }
    let share = Double(stalled - first.stalled) * 1e-6 / (seconds - first.seconds)
    guard share > stallShare else { return nil }
    return "ended since all programs of this machine waited for memory "
      + "\(Decimal.fixed(100 * share, 0)) % of the time; ask for a smaller --budget"
  }
}
