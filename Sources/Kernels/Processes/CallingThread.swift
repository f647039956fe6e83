import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread that calls kernels and may be bound to a CPU, as the process's first one may not: its
/// mask is the one that pools read.
///
/// A caller that is woken from a sleep may be put on the CPU to which a worker of its pool is bound, and
/// for some milliseconds the two take turns until the system moves it away.
public enum CallingThread {
  /// Does `work` on a new thread and returns when it is done; on this one where the system refuses a
  /// thread.
  public static func run(_ work: () -> Void) {
    withoutActuallyEscaping(work) { work in
      let argument = Unmanaged.passRetained(Work(work))
      #if canImport(Darwin)
        var thread: pthread_t?
      #else
        var thread = pthread_t()
      #endif
      guard pthread_create(&thread, nil, doWork, argument.toOpaque()) == 0 else {
        argument.release()
        return work()
      }
      #if canImport(Darwin)
        if let thread { pthread_join(thread, nil) }
      #else
        pthread_join(thread, nil)
      #endif
    }
  }

  /// Binds the calling thread, which `run` has made, to the CPU that a pool of so many threads leaves to
  /// it; with one thread it may run on all, and the system finds it one that is idle.
  ///
  /// Best effort: a refusal costs some quiet and nothing else.
  public static func place(threads: Int) {
    #if os(Linux)
      var mask = pinning_mask()
      guard pinning_process_mask(&mask) > 0 else { return }
      let isBound = threads > 1 && threads <= WorkerPool.availableProcessors
      _ = isBound ? pinning_bind(&mask, 0) : pinning_free(&mask)
    #endif
  }
}

private final class Work {
  let work: () -> Void
  init(_ work: @escaping () -> Void) { self.work = work }
}

#if canImport(Darwin)
  private func doWork(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().work()
    return nil
  }
#else
  private func doWork(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    argument.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().work() }
    return nil
  }
#endif
