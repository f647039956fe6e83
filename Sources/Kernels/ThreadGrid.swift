import KernelAlgorithms

/// How C is divided among threads: a grid of rectangles of about equal size.
struct ThreadGrid {
  private let m: Int
  private let n: Int
  private let kernels: BlockKernels
  private let down: Int
  private let across: Int

  /// The grid of `threads` rectangles that is done first.
  init(m: Int, n: Int, kernels: BlockKernels, threads: Int) {
    (self.m, self.n, self.kernels) = (m, n, kernels)
    let divisors = (1...threads).filter { threads.isMultiple(of: $0) }
    let grids = divisors.map { down in
      (down, Self.cost(m: m, n: n, kernels, down: down, across: threads / down))
    }
    down = grids.min { $0.1 < $1.1 }?.0 ?? 1
    across = threads / down
  }

  /// Nanoseconds a step of k on the largest rectangle: a core does some 90 GFLOP/s and packs some
  /// 3 · 10⁹ numbers a second (measured on Zen 3; only their ratio matters).
  private static func cost(
    m: Int, n: Int, _ kernels: BlockKernels, down: Int, across: Int
  ) -> Double {
    let rows = Double(BlockExtents.even(m, limit: (m + down - 1) / down, unit: kernels.tileRows))
    let columns = Double(
      BlockExtents.even(n, limit: (n + across - 1) / across, unit: kernels.tileColumns))
    return rows * columns * 2 / 90 + (rows + columns) / 3
  }

  /// The extents of the largest rectangle.
  var largest: (rows: Int, columns: Int) {
    (
      share(m, unit: kernels.tileRows, worker: 0, of: down).count,
      share(n, unit: kernels.tileColumns, worker: 0, of: across).count
    )
  }

  /// The rectangle of a thread, which may be empty.
  func part(_ worker: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    (
      share(m, unit: kernels.tileRows, worker: worker / across, of: down),
      share(n, unit: kernels.tileColumns, worker: worker % across, of: across)
    )
  }
}
