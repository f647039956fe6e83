import KernelAlgorithms

/// One multiplication, packed and blocked.
///
/// B is packed once for all threads, a panel of kc × nc; each thread packs blocks of A of mc × kc for
/// itself. Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
struct BlockedMultiply {
  let product: MatrixProduct
  let kernels: BlockKernels
  let left: PackKernels
  let right: PackKernels
  let blocks: Blocks

  /// Block extents: a strip of B (kc × nr) fills three quarters of the first-level cache, a block of A
  /// (mc × kc) half of the second, a panel of B (kc × nc) a quarter of the third.
  struct Blocks {
    let mc: Int
    /// In words, as the tile counts k.
    let kc: Int
    let nc: Int

    init(kernels: BlockKernels, caches: CacheSizes) {
      kc = min(max(caches.l1 * 3 / 4 / (kernels.tileColumns * 4) / 8 * 8, 64), 384)
      mc = max(caches.l2 / 2 / (kc * 4) / kernels.tileRows, 1) * kernels.tileRows
      nc = max(caches.l3 / 4 / (kc * 4) / kernels.tileColumns, 16) * kernels.tileColumns
    }
  }

  init(
    product: MatrixProduct, kernels: BlockKernels, left: PackKernels, right: PackKernels,
    caches: CacheSizes
  ) {
    (self.product, self.kernels, self.left, self.right) = (product, kernels, left, right)
    blocks = Blocks(kernels: kernels, caches: caches)
  }

  /// Panels of B, the depth of k inside: C is read and written once a panel.
  func run(with scratch: PackingBuffers, on pool: WorkerPool) throws(KernelError) {
    let packed = try room(in: scratch, threads: pool.threadCount)
    let depthStep = blocks.kc * kernels.elementsInWord
    for column in stride(from: 0, to: product.n, by: blocks.nc) {
      for depth in stride(from: 0, to: product.k, by: depthStep) {
        let panel = Panel(
          column: column, columns: min(blocks.nc, product.n - column), depth: depth,
          length: min(depthStep, product.k - depth), packed: packed)
        pack(panel, on: pool)
        multiply(panel, on: pool)
      }
    }
  }

  /// Part of B, and where it and blocks of A are packed.
  private struct Panel {
    let column: Int
    let columns: Int
    let depth: Int
    let length: Int
    let packed: Packed
  }

  /// Room for packed A, a block a thread, and for the packed panel of B.
  private struct Packed: @unchecked Sendable {
    let left: UnsafeMutableRawPointer
    let leftStride: Int
    let right: UnsafeMutableRawPointer
  }

  private func words(_ depth: Int) -> Int {
    (depth + kernels.elementsInWord - 1) / kernels.elementsInWord
  }

  private func pack(_ panel: Panel, on pool: WorkerPool) {
    pool.run { worker, workers in
      let part = share(panel.columns, unit: kernels.tileColumns, worker: worker, of: workers)
      guard !part.isEmpty else { return }
      let source = product.elementOfB(panel.depth, panel.column + part.lowerBound)
      let target = panel.packed.right + part.lowerBound * words(panel.length) * 4
      if product.transposed {
        right.rows(
          source, product.ldb, part.count, panel.length, kernels.tileColumns, target)
      } else {
        right.columns(source, product.ldb, panel.length, part.count, target)
      }
    }
  }

  private func multiply(_ panel: Panel, on pool: WorkerPool) {
    // Few rows are divided by columns, so that no thread stands idle.
    let byRows = product.m >= 2 * kernels.tileRows * pool.threadCount
    pool.run { worker, workers in
      let rows =
        byRows
        ? share(product.m, unit: kernels.tileRows, worker: worker, of: workers) : 0..<product.m
      let columns =
        byRows
        ? 0..<panel.columns
        : share(panel.columns, unit: kernels.tileColumns, worker: worker, of: workers)
      guard !columns.isEmpty else { return }
      let own = panel.packed.left + worker * panel.packed.leftStride
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: blocks.mc) {
        let count = min(blocks.mc, rows.upperBound - row)
        left.rows(
          product.elementOfA(row, panel.depth), product.lda, count, panel.length,
          kernels.tileRows, own)
        kernels.multiply(
          own, panel.packed.right + columns.lowerBound * words(panel.length) * 4, count,
          columns.count, words(panel.length),
          product.memoryOfC(row, panel.column + columns.lowerBound), product.ldc,
          panel.depth > 0)
      }
    }
  }

  private func room(
    in scratch: PackingBuffers, threads: Int
  ) throws(KernelError) -> Packed {
    let depth = min(words(product.k), blocks.kc)
    let rows = min(rounded(product.m, to: kernels.tileRows), blocks.mc)
    let columns = min(rounded(product.n, to: kernels.tileColumns), blocks.nc)
    // Whole pages, so that two threads never share a line.
    let leftStride = rounded(rows * depth * 4, to: 4096)
    let room = try scratch.room(left: leftStride * threads, right: columns * depth * 4)
    return Packed(left: room.left, leftStride: leftStride, right: room.right)
  }
}
