import Kernels
import Measurement
import Statistics
import Tensors

/// The box's ceilings as probes, to be observed in the same rounds as the kernels that are held
/// against them. They share nothing with those kernels but the pool.
struct CeilingProbes {
  private let table: KernelTable
  private let clock: any Clock
  private let pools: WorkerPools
  private let buffer: AlignedBuffer

  /// Probes over a working set of `bytes`.
  ///
  /// Errors: `.refused` memory.
  init(
    table: KernelTable, clock: any Clock, pools: WorkerPools, bytes: Int
  ) throws(WorkloadError) {
    self.table = table
    self.clock = clock
    self.pools = pools
    buffer = try memory(bytes: bytes)
    buffer.fill(seed: 1)
  }

  /// Leaves nothing in the caches but this working set, as far as they are smaller: every processor reads
  /// its share of it.
  func evict() {
    let pool = pools[WorkerPool.availableProcessors]
    _ = table.read(buffer.baseAddress, bytes: buffer.byteCount, on: pool)
  }

  /// Some observations of each ceiling by itself, after one that is thrown away.
  func samples(_ names: [(name: CostCard.CeilingName, threads: Int)]) -> [Sample] {
    names.map { name, threads in
      let probe = probe(name, threads: threads)
      _ = probe.observe()
      return Sample((0..<CeilingDrift.observations).map { _ in probe.observe() })
    }
  }

  /// The probe of a ceiling with so many threads.
  func probe(_ ceiling: CostCard.CeilingName, threads: Int) -> Probe {
    let pool = pools[threads]
    let memory = BandwidthProbes(table: table, pools: [pool], clock: clock, buffer: buffer)
    let compute = ComputeProbes(table: table, pools: [pool], clock: clock)
    return switch ceiling {
    case .fmaF32: compute.multiplyAdds(pool)
    case .dotI8: compute.byteDots(pool)
    case .readBandwidth: memory.read(pool)
    case .copyBandwidth: memory.copy(pool)
    case .triadBandwidth: memory.triad(pool)
    }
  }
}
