/// What the scheduler did with one thread since it started, in nanoseconds.
public struct ThreadSchedule: Sendable, Equatable {
  /// The kernel's number of the thread.
  public var thread: Int
  /// Time on a processor.
  public var running: Int
  /// Time ready to run and waiting for a processor.
  public var waiting: Int

  /// Memberwise.
  public init(thread: Int, running: Int, waiting: Int) {
    (self.thread, self.running, self.waiting) = (thread, running, waiting)
  }

  /// Reads `/proc/self/task/*/schedstat`, or that of another process; a thread that ends meanwhile is
  /// left out.
  static func read(
    process: Int32? = nil, from files: SystemFiles
  ) -> Reading<[ThreadSchedule]> {
    let folder = "/proc/\(process.map { "\($0)" } ?? "self")/task"
    let threads = files.names(in: folder).compactMap { name -> ThreadSchedule? in
      let words = files.text("\(folder)/\(name)/schedstat").value?.split(separator: " ") ?? []
      let times = words.compactMap { Int($0) }
      guard let thread = Int(name), times.count >= 2 else { return nil }
      return ThreadSchedule(thread: thread, running: times[0], waiting: times[1])
    }
    guard threads.isEmpty else { return .value(threads) }
    return .unavailable("\(folder)/*/schedstat: none to be read")
  }

  /// How long each thread of `now` waited since `earlier`, in nanoseconds; one that is new counts in full.
  static func waits(
    _ now: [ThreadSchedule], since earlier: [ThreadSchedule]
  ) -> [Int] {
    let known = Dictionary(earlier.map { ($0.thread, $0.waiting) }) { first, _ in first }
    return now.map { schedule in
      let start = known[schedule.thread] ?? 0
      // Fewer nanoseconds than before: the number went to a new thread.
      return schedule.waiting < start ? schedule.waiting : schedule.waiting - start
    }
  }
}
