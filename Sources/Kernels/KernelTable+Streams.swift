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

  /// The sum, modulo 2⁶⁴, of every word of 64 bits that starts a multiple of `stride` bytes after
  /// `source` and lies whole in `bytes` bytes; any alignment.
  ///
  /// Errors: a stride below 1, or negative bytes.
  /// Cost: ⌊(bytes − 8) / stride⌋ + 1 loads, each of a line of its own above 64 bytes.
  public func readStrided(
    _ source: UnsafeRawPointer, bytes: Int, stride: Int, on pool: WorkerPool
  ) throws(KernelError) -> UInt64 {
    guard bytes >= 0, stride >= 1 else {
      throw KernelError(
        description: "strided reading needs a stride of 1 byte or more and bytes of 0 or more, not "
          + "\(stride) and \(bytes)")
    }
    let count = bytes < 8 ? 0 : (bytes - 8) / stride + 1
    let total = Atomic<UInt64>(0)
    nonisolated(unsafe) let source = source
    pool.run { worker, workers in
      let part = share(count, unit: 1, worker: worker, of: workers)
      let sum = self.streams.readStrided(source + part.lowerBound * stride, stride, part.count)
      total.wrappingAdd(sum, ordering: .relaxed)
    }
    return total.load(ordering: .acquiring)
  }

  /// The sum, modulo 2⁶⁴, of `count` of the `words` words of 64 bits at `source`, drawn at random with
  /// repetition; the same seed and number of threads draw the same words.
  ///
  /// Thread w of the pool draws its share of them from `seed` + 4 · w (`RandomWords`). Errors: a negative
  /// count, or no words to draw from. Cost: `count` loads that wait for nothing.
  public func readRandom(
    _ source: UnsafePointer<UInt64>, words: Int, count: Int, seed: UInt64, on pool: WorkerPool
  ) throws(KernelError) -> UInt64 {
    guard count >= 0, words > 0 || count == 0 else {
      throw KernelError(
        description:
          "random reading needs a count of 0 or more and a word to read, not \(count) and "
          + "\(words)")
    }
    let total = Atomic<UInt64>(0)
    nonisolated(unsafe) let source = source
    pool.run { worker, workers in
      let part = share(count, unit: 1, worker: worker, of: workers)
      let own = seed &+ 4 &* UInt64(worker)
      total.wrappingAdd(
        self.streams.readRandom(source, words, part.count, own), ordering: .relaxed)
    }
    return total.load(ordering: .acquiring)
  }
}

/// Follows `steps` pointers, each stored where the last one points, and returns the one it ends on.
///
/// Every load waits for the one before: the time of a step is the latency of memory.
@inline(never)
public func followPointers(from start: UnsafeRawPointer, steps: Int) -> UnsafeRawPointer {
  KernelAlgorithms.followPointers(from: start, steps: steps)
}
