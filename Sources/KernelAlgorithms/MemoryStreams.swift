// How fast memory is read and written: the loops behind the bandwidth ceilings.
extension InstructionSet {
  /// Reads `bytes` bytes and returns the sum, modulo 2⁶⁴, of their words of 64 bits in native
  /// order, the last one filled up with zeros.
  ///
  /// Four streams, one a quarter of the bytes, and eight accumulators: a core's prefetchers follow
  /// several streams at once, and one alone left a third of the bandwidth unused (measured on Zen 3
  /// against matrix × vector, which reads four rows).
  @inlinable @inline(__always)
  public static func read(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    let width = MemoryLayout<Integers>.size
    let zero = broadcast(byte: 0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var (t0, t1, t2, t3) = (zero, zero, zero, zero)
    let quarter = bytes / 4 / (2 &* width) &* (2 &* width)
    var a: UnsafeRawPointer = source
    var b: UnsafeRawPointer = source + quarter
    var c: UnsafeRawPointer = source + 2 &* quarter
    var d: UnsafeRawPointer = source + 3 &* quarter
    let end: UnsafeRawPointer = source + quarter
    while a < end {
      prefetch(a + 1024)
      prefetch(b + 1024)
      prefetch(c + 1024)
      prefetch(d + 1024)
      s0 = addWords(s0, loadIntegers(a))
      s1 = addWords(s1, loadIntegers(b))
      s2 = addWords(s2, loadIntegers(c))
      s3 = addWords(s3, loadIntegers(d))
      t0 = addWords(t0, loadIntegers(a + width))
      t1 = addWords(t1, loadIntegers(b + width))
      t2 = addWords(t2, loadIntegers(c + width))
      t3 = addWords(t3, loadIntegers(d + width))
      a += 2 &* width
      b += 2 &* width
      c += 2 &* width
      d += 2 &* width
    }
    s0 = addWords(addWords(s0, s1), addWords(s2, s3))
    t0 = addWords(addWords(t0, t1), addWords(t2, t3))
    var sum = sumWords(addWords(s0, t0))
    var p = source + 4 &* quarter
    var left = bytes &- 4 &* quarter
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
