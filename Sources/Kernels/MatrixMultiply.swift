import KernelAlgorithms
import Tensors

/// f32 matrix multiplication, packed and blocked.
///
/// Holds the packing buffers, so one value serves one multiplication at a time. B is packed once for
/// all threads, a panel of kc × nc; each thread packs blocks of A of mc × kc for itself.
/// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
public final class MatrixMultiply {
  /// Block extents: a strip of B (kc × nr) fills three quarters of the first-level cache, a block of A (mc × kc) in
  /// half of the second, a panel of B (kc × nc) in the third.
  struct Blocks {
    let mc: Int
    let kc: Int
    let nc: Int

    init(kernels: MatrixKernels, caches: CacheSizes) {
      let float = MemoryLayout<Float>.stride
      kc = min(max(caches.l1 * 3 / 4 / (kernels.tileColumns * float) / 8 * 8, 64), 384)
      mc = max(caches.l2 / 2 / (kc * float) / kernels.tileRows, 1) * kernels.tileRows
      nc = max(caches.l3 / 4 / (kc * float) / kernels.tileColumns, 16) * kernels.tileColumns
    }
  }

  private let kernels: MatrixKernels
  private let blocks: Blocks
  private var left: AlignedBuffer?
  private var right: AlignedBuffer?

  /// Multiplication with the kernels of `table`, blocked for `caches`.
  public init(table: KernelTable, caches: CacheSizes = CacheSizes()) {
    kernels = table.matrices
    blocks = Blocks(kernels: kernels, caches: caches)
  }

  /// C = A · B, all row-major f32: A is m × k with rows `lda` floats apart, B k × n with `ldb`, C
  /// m × n with `ldc`; nil is without gaps. C is written and not read; it overlaps neither A nor B.
  ///
  /// NaN and infinity pass through as in sums of IEEE products. Errors: a negative extent, a row
  /// distance below the row's length, or no memory for packing.
  /// Cost: 2·m·n·k FLOP. Accuracy: |error| ≤ γ(k) · |A||B|, γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴.
  public func multiply(
    _ a: UnsafePointer<Float>, lda: Int? = nil, _ b: UnsafePointer<Float>, ldb: Int? = nil,
    into c: UnsafeMutablePointer<Float>, ldc: Int? = nil, m: Int, n: Int, k: Int,
    on pool: WorkerPool
  ) throws(KernelError) {
    let (lda, ldb, ldc) = (lda ?? k, ldb ?? n, ldc ?? n)
    guard m >= 0, n >= 0, k >= 0, lda >= k, ldb >= n, ldc >= n else {
      throw KernelError(
        description: "matmul needs extents of 0 and more and row distances of at least a row, not "
          + "m \(m), n \(n), k \(k), lda \(lda), ldb \(ldb), ldc \(ldc)")
    }
    guard m > 0, n > 0 else { return }
    guard k > 0 else {
      for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) }
      return
    }
    let packed = try buffers(m: m, n: n, k: k, threads: pool.threadCount)
    for column in stride(from: 0, to: n, by: blocks.nc) {
      for depth in stride(from: 0, to: k, by: blocks.kc) {
        multiplyPanel(
          Panel(
            a: a + depth, lda: lda, b: b + depth * ldb + column, ldb: ldb, c: c + column,
            ldc: ldc, m: m, columns: min(blocks.nc, n - column), depth: min(blocks.kc, k - depth),
            accumulate: depth > 0),
          packed, on: pool)
      }
    }
  }

  /// What one panel of B adds to C. The pointers lie inside of the caller's matrices.
  private struct Panel: @unchecked Sendable {
    let a: UnsafePointer<Float>
    let lda: Int
    let b: UnsafePointer<Float>
    let ldb: Int
    let c: UnsafeMutablePointer<Float>
    let ldc: Int
    let m: Int
    let columns: Int
    let depth: Int
    let accumulate: Bool
  }

  /// Room for packed A, a block a thread, and for the packed panel of B.
  private struct Packed: @unchecked Sendable {
    let left: UnsafeMutablePointer<Float>
    let leftStride: Int
    let right: UnsafeMutablePointer<Float>
  }

  private func multiplyPanel(_ panel: Panel, _ packed: Packed, on pool: WorkerPool) {
    let (kernels, mc) = (kernels, blocks.mc)
    pool.run { worker, workers in
      let part = share(panel.columns, unit: kernels.tileColumns, worker: worker, of: workers)
      guard !part.isEmpty else { return }
      kernels.packRight(
        panel.b + part.lowerBound, panel.ldb, panel.depth, part.count,
        packed.right + part.lowerBound * panel.depth)
    }
    // Few rows are divided by columns, so that no thread stands idle.
    let byRows = panel.m >= 2 * kernels.tileRows * pool.threadCount
    pool.run { worker, workers in
      let rows =
        byRows ? share(panel.m, unit: kernels.tileRows, worker: worker, of: workers) : 0..<panel.m
      let columns =
        byRows
        ? 0..<panel.columns
        : share(panel.columns, unit: kernels.tileColumns, worker: worker, of: workers)
      guard !columns.isEmpty else { return }
      let own = packed.left + worker * packed.leftStride
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: mc) {
        let count = min(mc, rows.upperBound - row)
        kernels.packLeft(panel.a + row * panel.lda, panel.lda, count, panel.depth, own)
        kernels.multiplyPacked(
          own, packed.right + columns.lowerBound * panel.depth, count, columns.count, panel.depth,
          panel.c + row * panel.ldc + columns.lowerBound, panel.ldc, panel.accumulate)
      }
    }
  }

  /// Buffers of at least the size needed, kept for the next call.
  private func buffers(m: Int, n: Int, k: Int, threads: Int) throws(KernelError) -> Packed {
    func rounded(_ extent: Int, to unit: Int) -> Int { (extent + unit - 1) / unit * unit }
    let depth = min(k, blocks.kc)
    // A page more a thread than it needs, so that two threads never share a line.
    let leftStride = rounded(min(rounded(m, to: kernels.tileRows), blocks.mc) * depth, to: 1024)
    let rightCount = min(rounded(n, to: kernels.tileColumns), blocks.nc) * depth
    do {
      let left = try Self.reuse(left, floats: leftStride * threads)
      let right = try Self.reuse(right, floats: rightCount)
      (self.left, self.right) = (left, right)
      return Packed(left: left.floats, leftStride: leftStride, right: right.floats)
    } catch {
      throw KernelError(description: "matmul has no memory for packing: \(error)")
    }
  }

  private static func reuse(
    _ buffer: AlignedBuffer?, floats: Int
  ) throws(StorageError) -> AlignedBuffer {
    let bytes = floats * MemoryLayout<Float>.stride
    if let buffer, buffer.byteCount >= bytes { return buffer }
    return try AlignedBuffer(byteCount: bytes, pages: .huge)
  }
}

/// Cache sizes that blocking goes by, in bytes.
public struct CacheSizes: Sendable, Equatable {
  /// First-level data cache of a core.
  public var l1: Int
  /// Second-level cache of a core.
  public var l2: Int
  /// Last-level cache, as much of it as one process may count on.
  public var l3: Int

  /// Memberwise; the defaults suit most cores of the last ten years.
  public init(l1: Int = 32 << 10, l2: Int = 512 << 10, l3: Int = 16 << 20) {
    self.l1 = l1
    self.l2 = l2
    self.l3 = l3
  }
}
