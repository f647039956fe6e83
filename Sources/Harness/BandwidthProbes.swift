import KernelReference
import Kernels
import Measurement
import Tensors

/// Read, copy and triad over a working set that no cache holds, by number of threads.
struct BandwidthProbes {
  let table: KernelTable
  let pools: [WorkerPool]
  let clock: any Clock
  /// The whole working set; copy divides it in two, triad in three.
  let buffer: AlignedBuffer

  /// Scale of the triad: not a power of two, so that it has to be multiplied.
  static let scale: Float = 0.3

  var group: ProbeGroup {
    ProbeGroup(
      pools.map(read) + pools.map(copy) + pools.map(triad),
      verify: { verifyRead() ?? verifyTriad() ?? verifyCopy() })
  }

  private var floats: UnsafeMutablePointer<Float> {
    buffer.baseAddress.assumingMemoryBound(to: Float.self)
  }

  private func part(_ parts: Int) -> Int {
    // Whole cache lines, so that each part is aligned like the first.
    buffer.byteCount / MemoryLayout<Float>.stride / parts / 16 * 16
  }

  private func rate(_ bytes: Int, _ work: () -> Void) -> Double {
    Double(bytes) / clock.time(work)
  }

  func read(_ pool: WorkerPool) -> Probe {
    Probe(name: "read_bandwidth", unit: "B/s", threads: pool.threadCount) {
      rate(buffer.byteCount) {
        _ = table.read(buffer.baseAddress, bytes: buffer.byteCount, on: pool)
      }
    }
  }

  func copy(_ pool: WorkerPool) -> Probe {
    let count = part(2)
    return Probe(name: "copy_bandwidth", unit: "B/s", threads: pool.threadCount) {
      rate(2 * 4 * count) { table.copy(floats + count, floats, count: count, on: pool) }
    }
  }

  func triad(_ pool: WorkerPool) -> Probe {
    let count = part(3)
    return Probe(name: "triad_bandwidth", unit: "B/s", threads: pool.threadCount) {
      rate(3 * 4 * count) {
        table.triad(
          floats, floats + count, floats + 2 * count, scale: Self.scale, count: count, on: pool)
      }
    }
  }

  private func verifyRead() -> String? {
    let bytes = min(buffer.byteCount, 1 << 20) - 3
    let expected = Reference.readSum(buffer.baseAddress, bytes: bytes)
    return pools.allSatisfy { table.read(buffer.baseAddress, bytes: bytes, on: $0) == expected }
      ? nil : "read: the checksum of \(bytes) bytes is not the reference's"
  }

  private func verifyCopy() -> String? {
    let count = part(2)
    table.copy(floats + count, floats, count: count, on: pools[pools.count - 1])
    let wrong = stride(from: 0, to: count, by: 997).first { floats[$0] != floats[count + $0] }
    return wrong.map { "copy: element \($0) differs from its source" }
  }

  private func verifyTriad() -> String? {
    let count = part(3)
    table.triad(
      floats, floats + count, floats + 2 * count, scale: Self.scale, count: count,
      on: pools[pools.count - 1])
    let wrong = stride(from: 0, to: count, by: 997).first { index in
      let (b, c) = (Double(floats[count + index]), Double(floats[2 * count + index]))
      let exact = b + Double(Self.scale) * c
      return abs(Double(floats[index]) - exact) > 3e-7 * (abs(b) + abs(c))
    }
    return wrong.map { "triad: element \($0) is not b + \(Self.scale)·c" }
  }
}
