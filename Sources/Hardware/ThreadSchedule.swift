/// What the scheduler did with one thread since it started, in nanoseconds.
public struct ThreadSchedule: Sendable, Equatable {
  /// The kernel's number of the thread.
  public var thread: Int
  /// Time on a processor.
  public var running: Int
  /// Time ready to run and waiting for a processor.
  public var waiting: Int

  /// Reads `/proc/self/task/*/schedstat`; a thread that ends meanwhile is left out.
  static func read(from files: SystemFiles) -> Reading<[ThreadSchedule]> {
    let folder = "/proc/self/task"
    let threads = files.names(in: folder).compactMap { name -> ThreadSchedule? in
      let words = files.text("\(folder)/\(name)/schedstat").value?.split(separator: " ") ?? []
      let times = words.compactMap { Int($0) }
      guard let thread = Int(name), times.count >= 2 else { return nil }
      return ThreadSchedule(thread: thread, running: times[0], waiting: times[1])
    }
    guard threads.isEmpty else { return .value(threads) }
    return .unavailable("\(folder)/*/schedstat: none to be read")
  }
}
