#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How long the threads of this process have waited for a processor, read so fast that a stretch of a
/// millisecond can be looked at: the scheduler's files are kept open.
public final class WaitMeter {
  private var files: [Int32] = []

  /// More threads than these are not looked at.
  private static let largestCount = 128

  /// A meter of the threads that are there now.
  public init() { refresh() }

  deinit { closeAll() }

  /// Looks at the threads that are there now.
  ///
  /// Cost: a file opened for each.
  public func refresh() {
    closeAll()
    let folder = "/proc/self/task"
    files = SystemFiles.live.names(in: folder).prefix(Self.largestCount)
      .map { open("\(folder)/\($0)/schedstat", O_RDONLY | O_CLOEXEC) }.filter { $0 >= 0 }
  }

  /// Nanoseconds that each thread has waited since it began; empty where the system does not say.
  ///
  /// Cost: some microseconds a thread.
  public func read() -> [Int] { files.map(Self.waiting) }

  /// The longest wait of any thread since `earlier` was read, in seconds.
  public func longestWait(since earlier: [Int]) -> Double {
    let waits = zip(read(), earlier).map { $0 - $1 }
    return Double(max(waits.max() ?? 0, 0)) * 1e-9
  }

  /// The second number of a thread's file; 0 for a thread that has ended.
  private static func waiting(_ file: Int32) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { text in
      let count = max(pread(file, text.baseAddress, text.count, 0), 0)
      let words = text[..<count].split(separator: UInt8(ascii: " "))
      guard words.count > 1 else { return 0 }
      return words[1].reduce(0) { $0 &* 10 &+ Int($1 &- UInt8(ascii: "0")) }
    }
  }

  private func closeAll() {
    for file in files { close(file) }
    files = []
  }
}
