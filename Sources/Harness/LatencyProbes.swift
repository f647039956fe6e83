import Kernels
import Measurement
import Tensors
import Units

/// Dependent loads through rings of cache lines in random order, a ring for each working-set size.
struct LatencyProbes {
  /// A ring of pointers: `lines` cache lines from `start`, linked in one random cycle.
  private struct Ring {
    let start: UnsafeMutableRawPointer
    let workingSet: Int
  }

  private let rings: [Ring]
  private let buffer: AlignedBuffer
  private let clock: any Clock

  static let line = 64
  /// Loads in one observation: some hundred microseconds, even from memory.
  static let steps = 16384

  /// Rings from 4 KiB up to `largest` bytes, two sizes an octave, all in one buffer of huge pages so
  /// that address translation adds as little as it can.
  ///
  /// Errors: the system refuses the memory. Cost: about 3.5 × `largest` bytes.
  init(largest: Int, clock: any Clock) throws(StorageError) {
    self.clock = clock
    let sizes = Self.workingSets(upTo: largest)
    buffer = try AlignedBuffer(byteCount: sizes.reduce(0, +), pages: .huge)
    var offset = 0
    var rings: [Ring] = []
    for size in sizes {
      let ring = Ring(start: buffer.baseAddress + offset, workingSet: size)
      Self.link(ring.start, lines: size / Self.line, seed: UInt64(size))
      rings.append(ring)
      offset += size
    }
    self.rings = rings
  }

  /// 4 KiB, 6 KiB, 8 KiB, 12 KiB … up to `largest`.
  static func workingSets(upTo largest: Int) -> [Int] {
    (12..<48).flatMap { [1 << $0, 3 << ($0 - 1)] }.filter { $0 <= largest }
  }

  /// A probe a ring, named by its working set; the unit is seconds a load.
  var group: ProbeGroup {
    ProbeGroup(
      rings.map { ring in
        Probe(name: Self.name(ring.workingSet), unit: "s", threads: 1) {
          // Once round a small ring, or a fair part of a large one, to bring it where it belongs.
          let warm = followPointers(
            from: ring.start, steps: min(ring.workingSet / Self.line, Self.steps))
          var end = warm
          let time = clock.time { end = followPointers(from: warm, steps: Self.steps) }
          return end == UnsafeRawPointer(bitPattern: 1) ? 0 : time / Double(Self.steps)
        }
      },
      verify: { rings.lazy.compactMap(Self.verify).first })
  }

  /// The working set that a probe's name stands for, or nil for another probe's.
  static func workingSet(of name: String) -> Bytes? {
    name.hasPrefix(prefix) ? Int(name.dropFirst(prefix.count)).map { Bytes($0) } : nil
  }

  private static let prefix = "latency@"
  private static func name(_ workingSet: Int) -> String { prefix + String(workingSet) }

  /// Links `lines` lines into one random cycle. Source: Sattolo (1986).
  private static func link(_ start: UnsafeMutableRawPointer, lines: Int, seed: UInt64) {
    var order = Array(0..<UInt32(lines))
    var random = seed | 1
    for index in stride(from: lines - 1, to: 0, by: -1) {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      order.swapAt(index, Int(random % UInt64(index)))
    }
    for (from, to) in order.enumerated() {
      (start + from * line).storeBytes(
        of: UnsafeRawPointer(start + Int(to) * line), as: UnsafeRawPointer.self)
    }
  }

  /// The ring is one cycle: after as many steps as lines it is back, and not before.
  private static func verify(_ ring: Ring) -> String? {
    guard ring.workingSet <= 1 << 20 else { return nil }
    let start = UnsafeRawPointer(ring.start)
    let lines = ring.workingSet / line
    let back = followPointers(from: start, steps: lines)
    let half = followPointers(from: start, steps: lines / 2)
    return back == start && half != start
      ? nil : "pointer chase: the ring of \(ring.workingSet) bytes is not one cycle"
  }
}
