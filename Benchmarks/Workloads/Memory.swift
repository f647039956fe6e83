import Harness
import KernelReference
import Kernels
import Tensors

/// Moving memory without computing on it: what decoding can't be faster than.
public struct Memory: Workload {
  /// Cost, for a working set of `bytes`:
  ///
  /// | kind | streams | read | written | FLOP | ceiling |
  /// | --- | --- | --- | --- | --- | --- |
  /// | read | 1 | all | – | – | read bandwidth |
  /// | copy | 2 | half | half | – | copy bandwidth |
  /// | triad | 3 | two thirds | a third | 2 an element | triad bandwidth |
  /// | strided | 1 | words of 64 bits, `stride` bytes apart: a line each from 64 on | – | – | read bandwidth |
  /// | random | 1 | as many words as there are lines, anywhere: a line each | – | – | none: luck |
  /// | chase | 1 | a line a step, each step waits for the one before | – | – | none: latency |
  ///
  /// The ceilings are taken over a working set that no cache holds: smaller ones may be faster.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let bytes = parameters.count("bytes")
    switch Kind(rawValue: parameters.word("kind")) ?? .read {
    case .read:
      return card(moved: bytes, bytes: bytes, .readBandwidth)
    case .copy:
      return card(moved: 8 * (bytes / 8), bytes: bytes, .copyBandwidth)
    case .triad:
      let count = bytes / 12
      return card(moved: 12 * count, bytes: bytes, flop: 2 * count, .triadBandwidth)
    case .strided:
      let words = Self.words(bytes, stride: parameters.count("stride"))
      return card(moved: min(bytes, words * Ring.line), bytes: bytes, .readBandwidth)
    case .random:
      return CostCard(
        flop: 0, bytes: Double(Ring.lines(bytes) * Ring.line), footprint: bytes, limits: [])
    case .chase:
      return CostCard(
        flop: 0, bytes: Double(Ring.lines(bytes) * Ring.line), footprint: bytes, limits: [])
    }
  }

  private func card(
    moved: Int, bytes: Int, flop: Int = 0, _ ceiling: CostCard.CeilingName
  ) -> CostCard {
    CostCard(
      flop: Double(flop), bytes: Double(moved), footprint: bytes,
      limits: [(ceiling, Double(moved))])
  }

  /// What is done with the memory.
  enum Kind: String, CaseIterable {
    case read
    case copy
    case triad
    case strided
    case random
    case chase
  }

  /// Words of 64 bits that lie whole in `bytes` bytes, one every `stride`.
  private static func words(_ bytes: Int, stride: Int) -> Int {
    bytes < 8 ? 0 : (bytes - 8) / stride + 1
  }

  /// `memory`
  public let name = "memory"
  /// What it is.
  public let summary =
    "reading in order, in strides and at random, copying, a = b + s · c, following pointers"
  /// The kind, the working set and the stride.
  public let axes: [Axis] = [
    Axis(
      "kind", "what is done", .choice(Kind.allCases.map(\.rawValue)),
      usual: Kind.allCases.map { .word($0.rawValue) }),
    Axis("bytes", "the working set, all streams together", .bytes, usual: [.count(256 << 20)]),
    Axis(
      "stride", "bytes from word to word, of kind strided", .count(1...1 << 30),
      usual: [.count(256)]),
  ]

  /// The workload.
  public init() {}

  /// Scale of the triad: not a power of two, so that it has to be multiplied.
  private static let scale: Float = 0.3

  /// The working set, filled; outputs are held against plain loops.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let bytes = parameters.count("bytes")
    switch Kind(rawValue: parameters.word("kind")) ?? .read {
    case .read: return read(try filled(bytes, seed: seed), bytes: bytes)
    case .copy: return copy(try filled(4 * (bytes / 8), seed: seed), count: bytes / 8)
    case .triad:
      let count = bytes / 12
      return triad(
        try filled(4 * count, seed: seed), try filled(4 * count, seed: seed &+ 1), count: count)
    case .strided:
      return strided(
        try filled(bytes, seed: seed), bytes: bytes, stride: parameters.count("stride"))
    case .random: return random(try filled(max(bytes, 8), seed: seed), bytes: bytes, seed: seed)
    case .chase:
      return chase(try filled(max(bytes, Ring.line), seed: seed), bytes: bytes, seed: seed)
    }
  }

  private func filled(_ bytes: Int, seed: UInt64) throws(WorkloadError) -> AlignedBuffer {
    let buffer = try memory(bytes: bytes)
    buffer.fill(seed: seed)
    return buffer
  }

  /// The kernel's own checksum, in eight bytes of output, is the oracle's.
  private func read(_ source: AlignedBuffer, bytes: Int) -> PreparedWorkload {
    let request = KernelRequest(inputs: [source], outputByteCounts: [8], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let sum = outputs[0].baseAddress
      return {
        sum.storeBytes(
          of: table.read(source.baseAddress, bytes: bytes, on: pool), as: UInt64.self)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      let expected = Reference.readSum(source.baseAddress, bytes: bytes)
      return exactly(outputs[0].baseAddress.load(as: UInt64.self) == expected, "the checksum")
    }
  }

  private func copy(_ source: AlignedBuffer, count: Int) -> PreparedWorkload {
    let request = KernelRequest(inputs: [source], outputByteCounts: [4 * count], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let destination = outputs[0].floats
      return { table.copy(destination, source.floats, count: count, on: pool) }
    }
    return PreparedWorkload(request: request) { outputs in
      var check = Check()
      for index in 0..<count {
        check.compare(
          Double(outputs[0].floats[index]), with: Double(source.floats[index]), bound: 0,
          place: "element \(index)")
      }
      return check
    }
  }

  /// Two roundings of f32 at most: |error| ≤ 2⁻²³ · (|b| + |s·c|).
  private func triad(_ b: AlignedBuffer, _ c: AlignedBuffer, count: Int) -> PreparedWorkload {
    let request = KernelRequest(inputs: [b, c], outputByteCounts: [4 * count], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let a = outputs[0].floats
      return {
        table.triad(a, b.floats, c.floats, scale: Self.scale, count: count, on: pool)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      var check = Check()
      for index in 0..<count {
        let (b, c) = (b.floats[index], c.floats[index])
        let bound = 0x1p-23 * (abs(Double(b)) + Double(Self.scale) * abs(Double(c)))
        check.compare(
          Double(outputs[0].floats[index]), with: Reference.triad(b, c, scale: Self.scale),
          bound: bound, place: "element \(index)")
      }
      return check
    }
  }

  private func strided(_ source: AlignedBuffer, bytes: Int, stride: Int) -> PreparedWorkload {
    let request = KernelRequest(inputs: [source], outputByteCounts: [8], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let sum = outputs[0].baseAddress
      return { () throws(KernelError) in
        let value = try table.readStrided(
          source.baseAddress, bytes: bytes, stride: stride, on: pool)
        sum.storeBytes(of: value, as: UInt64.self)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      let expected = Reference.stridedSum(
        source.baseAddress, stride: stride, count: Self.words(bytes, stride: stride))
      return exactly(outputs[0].baseAddress.load(as: UInt64.self) == expected, "the checksum")
    }
  }

  /// The second output is the number of threads, on which it depends which words are drawn.
  private func random(_ source: AlignedBuffer, bytes: Int, seed: UInt64) -> PreparedWorkload {
    let (words, count) = (max(bytes / 8, 1), Ring.lines(bytes))
    let start = UnsafePointer(source.baseAddress.assumingMemoryBound(to: UInt64.self))
    let request = KernelRequest(inputs: [source], outputByteCounts: [8, 8], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      let (sum, threads) = (outputs[0].baseAddress, outputs[1].baseAddress)
      return { () throws(KernelError) in
        let value = try table.readRandom(start, words: words, count: count, seed: seed, on: pool)
        sum.storeBytes(of: value, as: UInt64.self)
        threads.storeBytes(of: pool.threadCount, as: Int.self)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      let threads = outputs[1].baseAddress.load(as: Int.self)
      guard (1...1 << 16).contains(threads) else { return exactly(false, "the number of threads") }
      let expected = (0..<threads).reduce(into: UInt64(0)) { sum, thread in
        // The first threads take one more each, until the rest is gone.
        let own = count / threads + (thread < count % threads ? 1 : 0)
        sum &+= Reference.randomSum(
          start, words: words, count: own, seed: seed &+ 4 &* UInt64(thread))
      }
      return exactly(outputs[0].baseAddress.load(as: UInt64.self) == expected, "the checksum")
    }
  }

  /// One time round a ring through every line; it must end where it began.
  private func chase(_ memory: AlignedBuffer, bytes: Int, seed: UInt64) -> PreparedWorkload {
    let ring = Ring(in: memory, bytes: bytes, seed: seed)
    let request = KernelRequest(inputs: [memory], outputByteCounts: [8], foreignCall: nil) {
      (table, pool, outputs) throws(ProviderError) in
      guard pool.threadCount == 1 else {
        throw ProviderError(.unsupported, "following pointers is one thread's work; --threads 1")
      }
      let end = outputs[0].baseAddress
      return {
        end.storeBytes(
          of: followPointers(from: ring.start, steps: ring.lines), as: UnsafeRawPointer.self)
      }
    }
    return PreparedWorkload(request: request) { outputs in
      exactly(
        outputs[0].baseAddress.load(as: UnsafeRawPointer?.self) == ring.start, "the last pointer")
    }
  }

  private func exactly(_ isRight: Bool, _ place: String) -> Check {
    var check = Check()
    check.compare(isRight ? 0 : 1, with: 0, bound: 0, place: place)
    return check
  }
}

/// A random ring of pointers through every line of a buffer.
struct Ring {
  /// Bytes of a cache line.
  static let line = 64
  /// Where it begins and ends.
  let start: UnsafeRawPointer
  /// Lines it goes through.
  let lines: Int

  /// Lines in so many bytes; one at least.
  static func lines(_ bytes: Int) -> Int { max(bytes / line, 1) }

  /// Links the lines of `memory` into one random cycle. Source: Sattolo (1986).
  init(in memory: AlignedBuffer, bytes: Int, seed: UInt64) {
    let base = memory.baseAddress
    lines = Self.lines(bytes)
    var order = Array(0..<lines)
    var generator = SplitMix64(seed: seed)
    for index in stride(from: lines - 1, to: 0, by: -1) {
      order.swapAt(index, Int(generator.next() % UInt64(index)))
    }
    for (from, to) in order.enumerated() {
      (base + from * Self.line).storeBytes(
        of: UnsafeRawPointer(base + to * Self.line), as: UnsafeRawPointer.self)
    }
    start = UnsafeRawPointer(base)
  }
}
