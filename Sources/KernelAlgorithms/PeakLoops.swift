// What a core can do at most: independent chains of one instruction, nothing loaded or stored.
extension InstructionSet {
  /// Floating-point operations in one iteration of `fmaPeak`: one multiply-add a lane of the tile.
  @inlinable @inline(__always)
  public static var fmaPeakOperations: Int { 2 &* Tile.rows &* Tile.columns }

  /// Runs `iterations` of x ← x · factor + offset on every register of a matmul tile.
  ///
  /// As many chains as matmul has accumulators, at least 12: more than latency × ports of any CPU
  /// this runs on with 16 registers (4 × 2). The factor is just above −1, so that x swings between
  /// two values near one and two: it neither settles nor grows, and no zero or denormal arises.
  @inlinable @inline(__always)
  public static func fmaPeak(iterations: Int) -> Float {
    var tile = Tile(distinctFrom: 0)
    let factor = broadcast(-0.999_999_9)
    let offset = broadcast(3.0)
    var left = iterations
    while left > 0 {
      tile.map(factor: factor, offset: offset)
      left &-= 1
    }
    return tile.sum()
  }

  /// Integer operations in one iteration of `dotPeak`: a multiply and an add a byte, 12 registers.
  @inlinable @inline(__always)
  public static var dotPeakOperations: Int { 2 &* 12 &* MemoryLayout<Integers>.size }

  /// Runs `iterations` of a byte dot product on 12 accumulators; the result wraps.
  ///
  /// Every accumulator gains 4 · 77 · 101 a lane and iteration. `opaque` keeps the products, which
  /// do not change, in the loop.
  @inlinable @inline(__always)
  public static func dotPeak(iterations: Int) -> Int32 {
    let zero = broadcast(byte: 0)
    var (s0, s1, s2, s3, s4, s5) = (zero, zero, zero, zero, zero, zero)
    var (t0, t1, t2, t3, t4, t5) = (zero, zero, zero, zero, zero, zero)
    var a = broadcast(byte: 77)
    let b = broadcast(byte: 101)
    var left = iterations
    while left > 0 {
      (s0, a) = (dotBytes(s0, a, b), opaque(a))
      (s1, a) = (dotBytes(s1, a, b), opaque(a))
      (s2, a) = (dotBytes(s2, a, b), opaque(a))
      (s3, a) = (dotBytes(s3, a, b), opaque(a))
      (s4, a) = (dotBytes(s4, a, b), opaque(a))
      (s5, a) = (dotBytes(s5, a, b), opaque(a))
      (t0, a) = (dotBytes(t0, a, b), opaque(a))
      (t1, a) = (dotBytes(t1, a, b), opaque(a))
      (t2, a) = (dotBytes(t2, a, b), opaque(a))
      (t3, a) = (dotBytes(t3, a, b), opaque(a))
      (t4, a) = (dotBytes(t4, a, b), opaque(a))
      (t5, a) = (dotBytes(t5, a, b), opaque(a))
      left &-= 1
    }
    let s = sumInts(s0) &+ sumInts(s1) &+ sumInts(s2) &+ sumInts(s3) &+ sumInts(s4) &+ sumInts(s5)
    let t = sumInts(t0) &+ sumInts(t1) &+ sumInts(t2) &+ sumInts(t3) &+ sumInts(t4) &+ sumInts(t5)
    return s &+ t
  }
}
