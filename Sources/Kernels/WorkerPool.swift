import CShims
import Hardware
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that wait to do one thing together: the caller and `threadCount − 1` others.
///
/// Where there are as many CPUs as threads, whoever waits spins for some tens of microseconds, so that
/// the next job finds workers awake, and parks on a condition after that, so that an idle pool costs
/// nothing and a caller leaves its CPU to a worker that was displaced. Workers are then bound to CPUs
/// of the process's own affinity mask, never beyond it. With more threads than CPUs nobody spins:
/// that would take the CPU from the very thread that is waited for.
///
/// `@unchecked Sendable`: `job` is written by the one caller of `run` before `generation` is raised
/// (release) and read by workers after they saw it rise (acquire); all else is atomic or constant.
public final class WorkerPool: @unchecked Sendable {
  /// Work for one thread: its number from 0, and how many there are.
  public typealias Job = @Sendable (_ worker: Int, _ count: Int) -> Void

  /// Threads at work in `run`, the caller among them.
  public let threadCount: Int
  private let shared: Shared
  private let parts: WorkParts
  private var threads: [pthread_t] = []

  /// A pool of `threadCount` threads, 1 at least. Threads the system refuses are left out.
  public init(threadCount wanted: Int) {
    let count = max(wanted, 1)
    let isRoomy = count <= Self.availableProcessors
    shared = Shared(patience: isRoomy ? Shared.longestPatience : 0)
    for index in 1..<max(count, 1) {
      guard let thread = Self.start(Worker(index: index, shared: shared)) else { break }
      threads.append(thread)
    }
    threadCount = threads.count + 1
    parts = WorkParts(threads: threadCount)
    shared.threadCount = threadCount
    shared.isBound = isRoomy
  }

  deinit {
    shared.isEnding = true
    shared.announce()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs `job` once on each thread and returns when all are done.
  ///
  /// Not to be called from within a job, nor by two threads at a time. Cost: about a microsecond, with
  /// more threads than CPUs a change of threads for each.
  public func run(_ job: Job) {
    guard threadCount > 1 else { return job(0, 1) }
    withoutActuallyEscaping(job) { job in
      shared.job = job
      shared.remaining.store(threadCount - 1, ordering: .relaxed)
      shared.announce()
      job(0, threadCount)
      shared.waitForOthers()
      shared.job = nil
    }
  }

  /// Runs `job` on ranges that make up 0 ..< bounds.last: thread t takes what lies in
  /// bounds[t] ..< bounds[t + 1] bit by bit, and then what others have left.
  ///
  /// `bounds` are a thread more numbers, ascending from 0 and below 2³²; all else is as for `run(_:)`.
  func run(parts bounds: [Int], _ job: @Sendable (Range<Int>) -> Void) {
    parts.set(bounds)
    run { [parts] worker, _ in
      while let range = parts.take(worker) { job(range) }
    }
  }

  /// CPUs' worth of time this process may use: CPUs it may run on, or fewer where control groups set a
  /// quota; a part of one counts.
  public static var availableProcessors: Int {
    guard let quota = EnvironmentFacts.cpuQuota(.live).value, quota < Double(processors) else {
      return processors
    }
    return max(Int(quota.rounded(.up)), 1)
  }

  /// CPUs this process may run on.
  private static var processors: Int {
    #if os(Linux)
      var mask = pinning_mask()
      let count = pinning_process_mask(&mask)
      if count > 0 { return Int(count) }
    #endif
    return max(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 1)
  }

  private static func start(_ worker: Worker) -> pthread_t? {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let argument = Unmanaged.passRetained(worker)
    let status = pthread_create(&thread, nil, enterWorker, argument.toOpaque())
    guard status == 0 else {
      argument.release()
      return nil
    }
    return thread
  }
}

/// What caller and workers share. See `WorkerPool` for why this is safe.
private final class Shared: @unchecked Sendable {
  var job: WorkerPool.Job?
  var threadCount = 1
  var isBound = false
  var isEnding = false
  let remaining = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let isCallerParked = Atomic<Bool>(false)
  private let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Spins before parking.
  private let patience: Int
  /// Some tens of microseconds: a change of threads costs about as much.
  static let longestPatience = 1000

  init(patience: Int) {
    self.patience = patience
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    pthread_cond_init(done, nil)
  }

  deinit {
    pthread_cond_destroy(done)
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    done.deallocate()
    condition.deallocate()
    mutex.deallocate()
  }

  /// Starts a new generation and wakes whoever sleeps.
  func announce() {
    generation.add(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_broadcast(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Waits for a generation after `seen` and returns it.
  func waitForGeneration(after seen: Int) -> Int {
    for _ in 0..<patience {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      vector_spin_hint()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen {
      pthread_cond_wait(condition, mutex)
    }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }

  /// Says that a worker is done, and wakes the caller if it was the last one.
  func finish() {
    // Either this sees the caller parked or the caller, which looks again, sees the last one done.
    let (_, left) = remaining.subtract(1, ordering: .sequentiallyConsistent)
    guard left == 0, isCallerParked.load(ordering: .sequentiallyConsistent) else { return }
    pthread_mutex_lock(mutex)
    pthread_cond_signal(done)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until every worker is done.
  func waitForOthers() {
    for _ in 0..<patience {
      if remaining.load(ordering: .acquiring) == 0 { return }
      vector_spin_hint()
    }
    pthread_mutex_lock(mutex)
    isCallerParked.store(true, ordering: .sequentiallyConsistent)
    while remaining.load(ordering: .sequentiallyConsistent) > 0 { pthread_cond_wait(done, mutex) }
    isCallerParked.store(false, ordering: .sequentiallyConsistent)
    pthread_mutex_unlock(mutex)
  }
}

/// One thread of a pool.
private final class Worker: Sendable {
  let index: Int
  let shared: Shared

  init(index: Int, shared: Shared) {
    self.index = index
    self.shared = shared
  }

  func work() {
    var generation = 0
    var isBound = false
    while true {
      generation = shared.waitForGeneration(after: generation)
      if shared.isEnding { return }
      if shared.isBound, !isBound { bind() }
      isBound = true
      shared.job?(index, shared.threadCount)
      shared.finish()
    }
  }

  /// Best effort: a refusal costs some speed and nothing else.
  private func bind() {
    #if os(Linux)
      var mask = pinning_mask()
      if pinning_process_mask(&mask) > 0 { _ = pinning_bind(&mask, Int32(index)) }
    #endif
  }
}

#if canImport(Darwin)
  private func enterWorker(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Worker>.fromOpaque(argument).takeRetainedValue().work()
    return nil
  }
#else
  private func enterWorker(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    argument.map { Unmanaged<Worker>.fromOpaque($0).takeRetainedValue().work() }
    return nil
  }
#endif
