import KernelAlgorithms

/// One multiplication, packed and blocked.
///
/// Each thread multiplies a rectangle of C of its own and waits for no other until the end: packing
/// some of A or B twice costs less than barriers between panels, most of all where CPUs are shared.
/// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
struct BlockedMultiply {
  let product: MatrixProduct
  let kernels: BlockKernels
  let left: PackKernels
  let right: PackKernels
  let caches: CacheSizes

  func run(with scratch: PackingBuffers, on pool: WorkerPool) throws(KernelError) {
    let grid = ThreadGrid(m: product.m, n: product.n, kernels: kernels, threads: pool.threadCount)
    let blocks = BlockExtents(
      m: grid.largest.rows, n: grid.largest.columns, words: words(product.k), kernels: kernels,
      caches: caches, threads: pool.threadCount)
    let room = try scratch.room(
      left: blocks.leftBytes * pool.threadCount, right: blocks.rightBytes * pool.threadCount)
    let packed = Packed(left: room.left, right: room.right)
    pool.run { worker, _ in
      let (rows, columns) = grid.part(worker)
      let own = Packed(
        left: packed.left + worker * blocks.leftBytes,
        right: packed.right + worker * blocks.rightBytes)
      multiply(rows, columns, blocks, own)
    }
  }

  /// Where operands are packed.
  private struct Packed: @unchecked Sendable {
    let left: UnsafeMutableRawPointer
    let right: UnsafeMutableRawPointer
  }

  /// Words of `depth` elements.
  private func words(_ depth: Int) -> Int {
    (depth + kernels.elementsInWord - 1) / kernels.elementsInWord
  }

  /// A rectangle of C: panels of B, the depth of k inside, blocks of A innermost.
  private func multiply(
    _ rows: Range<Int>, _ columns: Range<Int>, _ blocks: BlockExtents, _ packed: Packed
  ) {
    guard !rows.isEmpty, !columns.isEmpty else { return }
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: blocks.nc) {
      let panel = column..<min(column + blocks.nc, columns.upperBound)
      for depth in stride(from: 0, to: product.k, by: blocks.kc) {
        let length = depth..<min(depth + blocks.kc, product.k)
        for row in stride(from: rows.lowerBound, to: rows.upperBound, by: blocks.mc) {
          let block = row..<min(row + blocks.mc, rows.upperBound)
          left.rows(
            product.elementOfA(block.lowerBound, depth), product.lda, block.count, length.count,
            kernels.tileRows, packed.left)
          if row == rows.lowerBound {
            packAndMultiply(block, panel, length, blocks, packed)
          } else {
            multiply(
              block, panel, length, packed.right, packed,
              ahead: strips(after: packed.right, panel, length))
          }
        }
      }
    }
  }

  /// A block of A times a panel of B, of which a few strips at a time are packed, are still in the
  /// second cache when they are multiplied, and have the next few fetched from memory meanwhile.
  private func packAndMultiply(
    _ rows: Range<Int>, _ panel: Range<Int>, _ depth: Range<Int>, _ blocks: BlockExtents,
    _ packed: Packed
  ) {
    for column in stride(from: panel.lowerBound, to: panel.upperBound, by: blocks.nb) {
      let columns = column..<min(column + blocks.nb, panel.upperBound)
      let next = columns.upperBound..<min(columns.upperBound + blocks.nb, panel.upperBound)
      let target =
        blocks.keepsPanel
        ? packed.right + (column - panel.lowerBound) * words(depth.count) * 4 : packed.right
      pack(columns, depth, into: target)
      multiply(rows, columns, depth, target, packed, ahead: source(next, depth))
    }
  }

  private func pack(
    _ columns: Range<Int>, _ depth: Range<Int>, into target: UnsafeMutableRawPointer
  ) {
    let source = product.elementOfB(depth.lowerBound, columns.lowerBound)
    if product.transposed {
      right.rows(source, product.ldb, columns.count, depth.count, kernels.tileColumns, target)
    } else {
      right.columns(source, product.ldb, depth.count, columns.count, target)
    }
  }

  private func multiply(
    _ rows: Range<Int>, _ columns: Range<Int>, _ depth: Range<Int>,
    _ right: UnsafeMutableRawPointer, _ packed: Packed, ahead: LinesAhead
  ) {
    kernels.multiply(
      packed.left, right, rows.count, columns.count, words(depth.count),
      product.memoryOfC(rows.lowerBound, columns.lowerBound), product.ldc, depth.lowerBound > 0,
      ahead)
  }

  private var nothing: LinesAhead {
    LinesAhead(from: product.b, rows: 0, rowBytes: 0, distance: 0)
  }

  /// A packed panel from its second strip on: while one strip is multiplied, the next is on its way
  /// from the third cache.
  private func strips(
    after start: UnsafeMutableRawPointer, _ panel: Range<Int>, _ depth: Range<Int>
  ) -> LinesAhead {
    let strip = kernels.tileColumns * words(depth.count) * 4
    return LinesAhead(
      from: start + strip, rows: (panel.count - 1) / kernels.tileColumns, rowBytes: strip,
      distance: strip)
  }

  /// Where `columns` of B lie.
  private func source(_ columns: Range<Int>, _ depth: Range<Int>) -> LinesAhead {
    guard !columns.isEmpty else { return nothing }
    let (rows, row) =
      product.transposed ? (columns.count, depth.count) : (depth.count, columns.count)
    return LinesAhead(
      from: product.elementOfB(depth.lowerBound, columns.lowerBound), rows: rows,
      rowBytes: row * product.bBytes, distance: product.ldb * product.bBytes)
  }
}
