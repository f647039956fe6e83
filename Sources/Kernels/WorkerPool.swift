import CShims
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
/// Workers spin for some ten microseconds after a job, so that the next one finds them awake, and
/// park on a condition after that, so that an idle pool costs nothing. Where there are as many CPUs
/// as threads, workers are bound to CPUs of the process's own affinity mask, never beyond it.
///
/// `@unchecked Sendable`: `job` is written by the one caller of `run` before `generation` is raised
/// (release) and read by workers after they saw it rise (acquire); all else is atomic or constant.
public final class WorkerPool: @unchecked Sendable {
  /// Work for one thread: its number from 0, and how many there are.
  public typealias Job = @Sendable (_ worker: Int, _ count: Int) -> Void

  /// Threads at work in `run`, the caller among them.
  public let threadCount: Int
  private let shared: Shared
  private var threads: [pthread_t] = []

  /// A pool of `threadCount` threads, 1 at least. Threads the system refuses are left out.
  public init(threadCount wanted: Int) {
    let count = max(wanted, 1)
    shared = Shared()
    for index in 1..<max(count, 1) {
      guard let thread = Self.start(Worker(index: index, shared: shared)) else { break }
      threads.append(thread)
    }
    threadCount = threads.count + 1
    shared.threadCount = threadCount
    shared.isBound = threadCount <= Self.availableProcessors
  }

  deinit {
    shared.isEnding = true
    shared.announce()
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Runs `job` once on each thread and returns when all are done.
  ///
  /// Not to be called from within a job, nor by two threads at a time. Cost: some microseconds.
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

  /// CPUs this process may run on.
  public static var availableProcessors: Int {
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

  /// Spins before parking: some ten microseconds.
  private static let patience = 4000

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
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
    for _ in 0..<Self.patience {
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

  /// Waits until every worker is done; lets others run where CPUs are short.
  func waitForOthers() {
    var spins = 0
    while remaining.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < Self.patience { vector_spin_hint() } else { sched_yield() }
    }
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
      shared.remaining.subtract(1, ordering: .releasing)
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
