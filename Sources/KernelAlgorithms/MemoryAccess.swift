// Reading memory in other orders than its own: what strides and random accesses cost.
extension InstructionSet {
  /// The sum, modulo 2⁶⁴, of `count` words of 64 bits, `stride` bytes apart from `source` on, however
  /// they are aligned.
  ///
  /// Eight loads in flight, none waiting for another. Above a cache line, every word moves a line.
  @inlinable @inline(__always)
  public static func readStrided(_ source: UnsafeRawPointer, stride: Int, count: Int) -> UInt64 {
    var (s0, s1, s2, s3): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var p = source
    var left = count
    while left >= 8 {
      let q = p + 4 &* stride
      s0 &+= p.loadUnaligned(as: UInt64.self) &+ q.loadUnaligned(as: UInt64.self)
      s1 &+=
        (p + stride).loadUnaligned(as: UInt64.self)
        &+ (q + stride).loadUnaligned(as: UInt64.self)
      s2 &+=
        (p + 2 &* stride).loadUnaligned(as: UInt64.self)
        &+ (q + 2 &* stride).loadUnaligned(as: UInt64.self)
      s3 &+=
        (p + 3 &* stride).loadUnaligned(as: UInt64.self)
        &+ (q + 3 &* stride).loadUnaligned(as: UInt64.self)
      p += 8 &* stride
      left &-= 8
    }
    while left > 0 {
      s0 &+= p.loadUnaligned(as: UInt64.self)
      p += stride
      left &-= 1
    }
    return s0 &+ s1 &+ s2 &+ s3
  }

  /// The sum, modulo 2⁶⁴, of `count` words of 64 bits among the `words` words at `source`, at random.
  ///
  /// Access i takes word ⌊state · words / 2⁶⁴⌋ after a step of generator i mod 4, which starts from
  /// `RandomWords.state(seed, i mod 4)`. Indices are made in registers and wait for no load, so
  /// that as many accesses are in flight as the core has buffers for; four generators, as the six
  /// dependent instructions of a step of one would be slower than the first cache.
  @inlinable @inline(__always)
  public static func readRandom(
    _ source: UnsafePointer<UInt64>, words: Int, count: Int, seed: UInt64
  ) -> UInt64 {
    let words = UInt64(truncatingIfNeeded: words)
    var (g0, g1) = (RandomWords.state(seed, 0), RandomWords.state(seed, 1))
    var (g2, g3) = (RandomWords.state(seed, 2), RandomWords.state(seed, 3))
    var (s0, s1, s2, s3): (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var left = count
    while left >= 4 {
      s0 &+= source[RandomWords.next(&g0, below: words)]
      s1 &+= source[RandomWords.next(&g1, below: words)]
      s2 &+= source[RandomWords.next(&g2, below: words)]
      s3 &+= source[RandomWords.next(&g3, below: words)]
      left &-= 4
    }
    if left > 0 { s0 &+= source[RandomWords.next(&g0, below: words)] }
    if left > 1 { s1 &+= source[RandomWords.next(&g1, below: words)] }
    if left > 2 { s2 &+= source[RandomWords.next(&g2, below: words)] }
    return s0 &+ s1 &+ s2 &+ s3
  }
}

/// The indices of `readRandom`.
public enum RandomWords {
  /// The first state of generator `lane`: never zero, from which xorshift would not move.
  ///
  /// Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014): the
  /// finaliser of SplitMix64.
  @inlinable @inline(__always)
  public static func state(_ seed: UInt64, _ lane: UInt64) -> UInt64 {
    var z = seed &+ (lane &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
    return (z ^ (z &>> 31)) | 1
  }

  /// Steps the generator and returns an index below `words`. Source: Marsaglia, "Xorshift RNGs" (2003).
  @inlinable @inline(__always)
  public static func next(_ state: inout UInt64, below words: UInt64) -> Int {
    state ^= state &<< 13
    state ^= state &>> 7
    state ^= state &<< 17
    return Int(truncatingIfNeeded: state.multipliedFullWidth(by: words).high)
  }
}
