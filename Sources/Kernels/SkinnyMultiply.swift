import KernelAlgorithms
import Tensors

/// One multiplication with few rows of A: bound by reading B, once and unpacked.
struct SkinnyMultiply {
  let product: MatrixProduct
  let table: KernelTable
  let left: OperandKernels
  let right: OperandKernels
  let caches: CacheSizes

  func run(with scratch: PackingBuffers, on pool: WorkerPool) throws(KernelError) {
    if product.transposed {
      try multiplyTransposed(with: scratch, on: pool)
    } else {
      try multiplyRows(with: scratch, on: pool)
    }
  }

  /// Floats of memory that threads share.
  private struct Floats: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>
  }

  // MARK: B as k × n

  /// A is packed in strips of few rows; each thread then has columns of B and C of its own.
  private func multiplyRows(
    with scratch: PackingBuffers, on pool: WorkerPool
  ) throws(KernelError) {
    let room = try scratch.room(left: product.m * product.k * 4, right: 0)
    let packed = Floats(start: room.left.assumingMemoryBound(to: Float.self))
    let strips = self.strips
    pool.run { worker, workers in
      let part = share(product.k, unit: 16, worker: worker, of: workers)
      guard !part.isEmpty else { return }
      for strip in strips {
        left.pack.rows(
          product.elementOfA(strip.lowerBound, part.lowerBound), product.lda, strip.count,
          part.count, strip.count,
          packed.start + strip.lowerBound * product.k + part.lowerBound * strip.count)
      }
    }
    let (chunk, ahead) = (self.chunk, self.ahead)
    pool.run { worker, workers in
      let columns = share(product.n, unit: 64, worker: worker, of: workers)
      for column in stride(from: columns.lowerBound, to: columns.upperBound, by: chunk) {
        let count = min(chunk, columns.upperBound - column)
        right.skinny(
          packed.start, product.m, product.elementOfB(0, column), product.ldb, product.k, count,
          product.memoryOfC(0, column).assumingMemoryBound(to: Float.self), product.ldc, ahead)
      }
    }
  }

  /// Rows of A that are multiplied together.
  private var strips: [Range<Int>] {
    var strips: [Range<Int>] = []
    var row = 0
    while row < product.m {
      let next = row + table.matrices.skinnyRows(product.m - row)
      strips.append(row..<next)
      row = next
    }
    return strips
  }

  /// Columns that are multiplied together: the sums of one strip fill half of the first-level cache, of
  /// several a quarter of the second.
  private var chunk: Int {
    let room = strips.count == 1 ? caches.l1 / 2 : caches.l2 / 4
    return min(max(room / 4 / product.m / 64 * 64, 64), 4096)
  }

  /// Elements of a row of B that are asked for before their use: where memory is all there is to wait
  /// for, little, as the CPU's own prefetching follows four long rows.
  private var ahead: Int {
    let bytes = strips.count > 1 ? 1024 : product.m <= 2 ? 512 : 2048
    return bytes / product.bBytes
  }

  // MARK: B as n × k

  /// Each thread has rows of B, columns of C, of its own; A is widened first where it has to be.
  private func multiplyTransposed(
    with scratch: PackingBuffers, on pool: WorkerPool
  ) throws(KernelError) {
    let needsWide = product.aType != .f32
    let room = try scratch.room(
      left: needsWide ? product.m * product.k * 4 : 0,
      right: pool.threadCount * 4 * Self.depthStep * 4)
    let wide = Floats(start: room.left.assumingMemoryBound(to: Float.self))
    let own = Floats(start: room.right.assumingMemoryBound(to: Float.self))
    if needsWide {
      pool.run { worker, workers in
        for row in share(product.m, unit: 1, worker: worker, of: workers) {
          widen(
            product.elementOfA(row, 0), product.aType, to: wide.start + row * product.k, product.k)
        }
      }
    }
    let x = Floats(
      start: needsWide
        ? wide.start
        : UnsafeMutablePointer(mutating: product.a.assumingMemoryBound(to: Float.self)))
    let ldx = needsWide ? product.k : product.lda
    pool.run { worker, workers in
      let rows = share(product.n, unit: 16, worker: worker, of: workers)
      guard !rows.isEmpty else { return }
      if product.m == 1 {
        right.vector(
          product.elementOfB(0, rows.lowerBound), product.ldb, rows.count, product.k, x.start,
          product.memoryOfC(0, rows.lowerBound).assumingMemoryBound(to: Float.self))
      } else {
        multiplyDots(rows, x.start, ldx, own.start + worker * 4 * Self.depthStep)
      }
    }
  }

  /// k that four rows of B and two of A are read along, so that they stay in the first-level cache.
  private static let depthStep = 1024

  /// Columns `rows` of C, four at a time.
  private func multiplyDots(
    _ rows: Range<Int>, _ x: UnsafePointer<Float>, _ ldx: Int, _ own: UnsafeMutablePointer<Float>
  ) {
    for row in stride(from: rows.lowerBound, to: rows.upperBound, by: 4) {
      let count = min(4, rows.upperBound - row)
      for depth in stride(from: 0, to: product.k, by: Self.depthStep) {
        let length = min(Self.depthStep, product.k - depth)
        let (weights, ldw) = floats(row, count, depth, length, own)
        table.matrices.dots(
          x + depth, ldx, product.m, weights, ldw, count, length,
          product.memoryOfC(0, row).assumingMemoryBound(to: Float.self), product.ldc, depth > 0)
      }
    }
  }

  /// Part of `count` rows of B as floats: where they lie, or widened in `own`.
  private func floats(
    _ row: Int, _ count: Int, _ depth: Int, _ length: Int, _ own: UnsafeMutablePointer<Float>
  ) -> (UnsafePointer<Float>, Int) {
    guard product.bType != .f32 else {
      return (product.elementOfB(depth, row).assumingMemoryBound(to: Float.self), product.ldb)
    }
    for r in 0..<count {
      widen(product.elementOfB(depth, row + r), product.bType, to: own + r * length, length)
    }
    return (UnsafePointer(own), length)
  }

  /// `count` numbers of 16 bits in single precision.
  private func widen(
    _ from: UnsafeRawPointer, _ type: ElementType, to: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let shorts = from.assumingMemoryBound(to: UInt16.self)
    if type == .f16 {
      table.conversions.widenHalf(shorts, to, count)
    } else {
      table.conversions.widenBrain(shorts, to, count)
    }
  }
}
