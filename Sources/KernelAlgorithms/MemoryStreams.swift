// How fast memory is read and written: the loops behind the bandwidth ceilings.
extension InstructionSet {
  /// Reads `bytes` bytes and returns the sum, modulo 2⁶⁴, of their words of 64 bits in native
  /// order, the last one filled up with zeros.
  ///
  /// Eight accumulators, a sum that depends on every bit, and one stream.
  @inlinable @inline(__always)
  public static func read(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    let width = MemoryLayout<Integers>.size
    let zero = broadcast(byte: 0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (s4, s5, s6, s7) = (zero, zero, zero, zero)
    var p = source
    var left = bytes
    while left >= 8 &* width {
      prefetch(p + 1024)
      s0 = addWords(s0, loadIntegers(p))
      s1 = addWords(s1, loadIntegers(p + width))
      s2 = addWords(s2, loadIntegers(p + 2 &* width))
      s3 = addWords(s3, loadIntegers(p + 3 &* width))
      prefetch(p + 1024 + 64)
      s4 = addWords(s4, loadIntegers(p + 4 &* width))
      s5 = addWords(s5, loadIntegers(p + 5 &* width))
      s6 = addWords(s6, loadIntegers(p + 6 &* width))
      s7 = addWords(s7, loadIntegers(p + 7 &* width))
      p += 8 &* width
      left &-= 8 &* width
    }
    s0 = addWords(addWords(s0, s1), addWords(s2, s3))
    s4 = addWords(addWords(s4, s5), addWords(s6, s7))
    var sum = sumWords(addWords(s0, s4))
    while left >= 8 {
      sum &+= p.loadUnaligned(as: UInt64.self)
      p += 8
      left &-= 8
    }
    var last: UInt64 = 0
    for index in 0..<left {
      last |= UInt64(p.load(fromByteOffset: index, as: UInt8.self)) &<< UInt64(8 &* index)
    }
    return sum &+ UInt64(littleEndian: last)
  }

  /// Floats before the first one at which a vector may be streamed, at most `count`.
  @inlinable @inline(__always)
  static func floatsToAlignment(of address: UnsafeMutablePointer<Float>, count: Int) -> Int {
    let width = UInt(MemoryLayout<Vector>.size)
    let bytes = (width &- UInt(bitPattern: address) & (width &- 1)) & (width &- 1)
    return min(Int(bitPattern: bytes >> 2), count)
  }

  /// destination = source, `count` floats that do not overlap, with streaming stores.
  @inlinable @inline(__always)
  public static func copy(
    _ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int
  ) {
    var i = floatsToAlignment(of: destination, count: count)
    for head in 0..<i { destination[head] = source[head] }
    while i &+ 4 &* lanes <= count {
      let (to, from) = (UnsafeMutableRawPointer(destination + i), source + i)
      let width = MemoryLayout<Vector>.size
      prefetch(from + 256)
      stream(load(from), to: to)
      stream(load(from + lanes), to: to + width)
      prefetch(from + 256 + 16)
      stream(load(from + 2 &* lanes), to: to + 2 &* width)
      stream(load(from + 3 &* lanes), to: to + 3 &* width)
      i &+= 4 &* lanes
    }
    while i < count {
      destination[i] = source[i]
      i &+= 1
    }
    streamFence()
  }

  /// a = b + scale · c, `count` floats; `a` overlaps neither `b` nor `c`. Streaming stores.
  @inlinable @inline(__always)
  public static func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    scale: Float, count: Int
  ) {
    let scales = broadcast(scale)
    var i = floatsToAlignment(of: a, count: count)
    for head in 0..<i { a[head] = multiplyAdd(scale, c[head], b[head]) }
    while i &+ 2 &* lanes <= count {
      let to = UnsafeMutableRawPointer(a + i)
      prefetch(b + i + 256)
      prefetch(c + i + 256)
      stream(multiplyAdd(scales, load(c + i), load(b + i)), to: to)
      stream(
        multiplyAdd(scales, load(c + i + lanes), load(b + i + lanes)),
        to: to + MemoryLayout<Vector>.size)
      i &+= 2 &* lanes
    }
    while i < count {
      a[i] = multiplyAdd(scale, c[i], b[i])
      i &+= 1
    }
    streamFence()
  }
}
