import Measurement

/// Pools by their number of threads, made when first asked for.
public final class WorkerPools {
  private var pools: [Int: WorkerPool] = [:]

  /// No pools yet.
  public init() {}

  /// The pool of `threads` threads.
  public subscript(threads: Int) -> WorkerPool {
    if let pool = pools[threads] { return pool }
    let pool = WorkerPool(threadCount: threads)
    pools[threads] = pool
    return pool
  }
}

/// Plimsoll's own kernels.
public final class OwnProvider: KernelProvider {
  /// `plimsoll`.
  public let name = "plimsoll"
  private let table: KernelTable
  private let pools: WorkerPools
  private let clock: any Clock

  /// The kernels of `table` on `pools`, timed by `clock`.
  public init(table: KernelTable, pools: WorkerPools, clock: any Clock) {
    self.table = table
    self.pools = pools
    self.clock = clock
  }

  /// The instruction set.
  public var details: String { table.instructionSet.rawValue }

  /// The request's own kernel.
  public func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel {
    let outputs = try request.makeOutputs()
    let pool = pools[threads]
    let start = clock.nanoseconds()
    let work = try request.ownKernel(table, pool, outputs)
    let setup = Double(clock.nanoseconds() - start) * 1e-9
    return InProcessKernel(outputs: outputs, clock: clock, setupSeconds: setup) {
      () throws(ProviderError) in
      do throws(KernelError) { try work() } catch { throw ProviderError(error) }
    }
  }
}
