import KernelAlgorithms
import Synchronization

/// Part `worker` of `count` things divided among `workers` in whole multiples of `unit`.
func share(_ count: Int, unit: Int, worker: Int, of workers: Int) -> Range<Int> {
  let units = (count + unit - 1) / unit
  let (each, extra) = (units / workers, units % workers)
  let first = worker * each + min(worker, extra)
  let last = first + each + (worker < extra ? 1 : 0)
  return min(first * unit, count)..<min(last * unit, count)
}

extension KernelTable {
  /// The sum, modulo 2⁶⁴, of the words of 64 bits in `bytes` bytes, the last filled up with zeros.
  ///
  /// Cost: `bytes` read once, each thread a part of its own in whole cache lines.
  public func read(_ source: UnsafeRawPointer, bytes: Int, on pool: WorkerPool) -> UInt64 {
    let total = Atomic<UInt64>(0)
    nonisolated(unsafe) let source = source
    pool.run { worker, count in
      let part = share(bytes, unit: 64, worker: worker, of: count)
      total.wrappingAdd(self.streams.read(source + part.lowerBound, part.count), ordering: .relaxed)
    }
    return total.load(ordering: .acquiring)
  }

  /// destination = source, `count` floats that do not overlap, with streaming stores.
  ///
  /// Cost: 4 · `count` bytes read and as many written.
  public func copy(
    _ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int,
    on pool: WorkerPool
  ) {
    nonisolated(unsafe) let (destination, source) = (destination, source)
    pool.run { worker, workers in
      let part = share(count, unit: 16, worker: worker, of: workers)
      self.streams.copy(destination + part.lowerBound, source + part.lowerBound, part.count)
    }
  }

  /// a = b + scale · c, `count` floats; `a` overlaps neither. Streaming stores.
  ///
  /// Cost: 8 · `count` bytes read, 4 · `count` written, 2 · `count` FLOP.
  public func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    scale: Float, count: Int, on pool: WorkerPool
  ) {
    nonisolated(unsafe) let (a, b, c) = (a, b, c)
    pool.run { worker, workers in
      let part = share(count, unit: 16, worker: worker, of: workers)
      self.streams.triad(
        a + part.lowerBound, b + part.lowerBound, c + part.lowerBound, scale, part.count)
    }
  }

  /// y = A · x for row-major A of `rows` × `columns` floats without gaps; y overlaps neither.
  ///
  /// NaN and infinity pass through as in sums of IEEE products. Errors: a negative extent.
  /// Cost: 2 · rows · columns FLOP, 4 · rows · columns bytes read.
  /// Accuracy: |error| ≤ γ(columns) · Σ|A||x| with γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴ (Higham, §3.1).
  public func matrixVector(
    _ a: UnsafePointer<Float>, _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, on pool: WorkerPool
  ) throws(KernelError) {
    guard rows >= 0, columns >= 0 else {
      throw KernelError(
        description: "matrix × vector needs extents of 0 and more, not \(rows) × \(columns)")
    }
    nonisolated(unsafe) let (a, x, y) = (a, x, y)
    pool.run { worker, workers in
      let part = share(rows, unit: 16, worker: worker, of: workers)
      self.matrices.vector(
        a + part.lowerBound * columns, columns, part.count, columns, x, y + part.lowerBound)
    }
  }
}

/// Follows `steps` pointers, each stored where the last one points, and returns the one it ends on.
///
/// Every load waits for the one before: the time of a step is the latency of memory.
@inline(never)
public func followPointers(from start: UnsafeRawPointer, steps: Int) -> UnsafeRawPointer {
  KernelAlgorithms.followPointers(from: start, steps: steps)
}
