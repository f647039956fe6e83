import KernelReference
import Kernels
import Measurement
import Tensors

/// What the cores can do at most, and what the project's own kernels make of it.
struct ComputeProbes {
  let table: KernelTable
  let pools: [WorkerPool]
  let clock: any Clock
  /// What matmul is blocked for.
  var caches = CacheSizes.ofThisMachine

  /// A millisecond or more of work for a core of any speed: starting the threads, some ten
  /// microseconds, must not count. With a tenth of it, two threads' matmul passed their "peak".
  private static let iterations = 1_000_000

  /// Multiply-adds and byte dot products by number of threads.
  var peaks: ProbeGroup {
    ProbeGroup(pools.map(multiplyAdds) + pools.map(byteDots))
  }

  func multiplyAdds(_ pool: WorkerPool) -> Probe {
    peak("fma_f32", "FLOP/s", table.peaks.fmaOperations, pool) {
      _ = table.peaks.fma(Self.iterations)
    }
  }

  func byteDots(_ pool: WorkerPool) -> Probe {
    peak("dot_i8", "op/s", table.peaks.dotOperations, pool) {
      _ = table.peaks.dot(Self.iterations)
    }
  }

  private func peak(
    _ name: String, _ unit: String, _ operations: Int, _ pool: WorkerPool,
    _ work: @escaping @Sendable () -> Void
  ) -> Probe {
    Probe(name: name, unit: unit, threads: pool.threadCount) {
      let time = clock.time { pool.run { _, _ in work() } }
      return Double(operations * Self.iterations * pool.threadCount) / time
    }
  }

  /// C = A · B, f32, 1024³: the size that published comparisons use.
  func matmul(extent: Int = 1024) throws -> ProbeGroup {
    let bytes = extent * extent * MemoryLayout<Float>.stride
    let (a, b, c) = (
      try AlignedBuffer(byteCount: bytes, pages: .huge),
      try AlignedBuffer(byteCount: bytes, pages: .huge),
      try AlignedBuffer(byteCount: bytes, pages: .huge)
    )
    a.fill(seed: 11)
    b.fill(seed: 12)
    let work = MatrixMultiply(table: table, caches: caches)
    let probes = pools.map { pool in
      Probe(name: "matmul_f32", unit: "FLOP/s", threads: pool.threadCount) {
        let time = clock.time {
          try? work.multiply(
            a.floats, b.floats, into: c.floats, m: extent, n: extent, k: extent, on: pool)
        }
        return 2 * Double(extent * extent * extent) / time
      }
    }
    return ProbeGroup(probes) {
      for index in 0..<64 {
        let (row, column) = (index * 397 % extent, index * 811 % extent)
        let exact = Reference.dot(
          a.floats + row * extent, b.floats + column, count: extent, stride: extent)
        guard abs(Double(c.floats[row * extent + column]) - exact.value) <= exact.bound else {
          return "matmul_f32: C[\(row), \(column)] is outside of its bound"
        }
      }
      return nil
    }
  }
}

extension ComputeProbes {
  /// y = A · x, f32, over an A of `bytes` that no cache holds: decoding's own pattern.
  func matrixVector(_ a: AlignedBuffer, columns: Int = 8192) -> ProbeGroup {
    let rows = a.byteCount / MemoryLayout<Float>.stride / columns
    let x = (0..<columns).map { 0.5 + Float($0 % 7) / 16 }
    let y = UnsafeMutablePointer<Float>.allocate(capacity: rows)
    let probes = pools.map { pool in
      Probe(name: "gemv_f32", unit: "B/s", threads: pool.threadCount) {
        let time = clock.time {
          x.withUnsafeBufferPointer { x in
            guard let x = x.baseAddress else { return }
            try? table.matrixVector(a.floats, x, into: y, rows: rows, columns: columns, on: pool)
          }
        }
        return Double(4 * rows * columns) / time
      }
    }
    return ProbeGroup(probes) {
      defer { y.deallocate() }
      for row in stride(from: 0, to: rows, by: max(rows / 16, 1)) {
        let exact = x.withUnsafeBufferPointer { x in
          x.baseAddress.map {
            Reference.dot(a.floats + row * columns, $0, count: columns, stride: 1)
          }
        }
        guard let exact, abs(Double(y[row]) - exact.value) <= exact.bound else {
          return "gemv_f32: y[\(row)] is outside of its bound"
        }
      }
      return nil
    }
  }
}
