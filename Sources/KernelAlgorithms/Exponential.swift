// The exponential function: a power of two from the exponent field times a polynomial. Its
// coefficients are the minimax fit of relative error with the constant term held at one, so that
// the exponential of zero is one exactly (Remez's exchange, 200-bit arithmetic; 0.002 ulp before
// they are rounded to floats).
extension InstructionSet {
  /// 2ˣ for x ≤ 128, lane by lane.
  ///
  /// Below −126.5, and at −∞, it is zero; NaN stays NaN. Cost: 13 operations.
  /// Accuracy: 2 ulp where the result is normal.
  @inlinable @inline(__always)
  static func powerOfTwo(_ x: Vector) -> Vector {
    // In this order NaN is kept. 2⁻¹²⁷ has the exponent field of zero.
    let x = maximum(broadcast(-127), x)
    let n = nearestWhole(x)
    let f = subtract(x, n)
    var p = multiplyAdd(broadcast(0.000_155_947_18), f, broadcast(0.001_340_665_9))
    p = multiplyAdd(p, f, broadcast(0.009_617_693))
    p = multiplyAdd(p, f, broadcast(0.055_503_105))
    p = multiplyAdd(p, f, broadcast(0.240_226_53))
    p = multiplyAdd(p, f, broadcast(0.693_147_2))
    return scale(multiplyAdd(p, f, broadcast(1)), byPowerOfTwo: n)
  }

  /// eˣ, lane by lane.
  ///
  /// Below −87.68 (2⁻¹²⁶·⁵), and at −∞, it is zero, above 88.37 infinity; NaN stays NaN.
  /// Cost: 18 operations. Accuracy: 2 ulp where the result is normal.
  /// Source: Cody and Waite, Software Manual for the Elementary Functions, 1980: x − n · ln 2 in
  /// two steps, of which the first is exact.
  @inlinable @inline(__always)
  static func exponential(_ x: Vector) -> Vector {
    let x = maximum(broadcast(-88.029_69), minimum(broadcast(88.722_84), x))
    let n = nearestWhole(multiply(x, broadcast(1.442_695_04)))
    let r = multiplyAdd(
      n, broadcast(0.000_212_194_44), multiplyAdd(n, broadcast(-0.693_359_375), x))
    var p = multiplyAdd(broadcast(0.001_406_127_7), r, broadcast(0.008_379_021))
    p = multiplyAdd(p, r, broadcast(0.041_664_776))
    p = multiplyAdd(p, r, broadcast(0.166_663_65))
    p = multiplyAdd(p, r, broadcast(0.500_000_04))
    p = multiplyAdd(p, r, broadcast(1.000_000_05))
    return scale(multiplyAdd(p, r, broadcast(1)), byPowerOfTwo: n)
  }

  /// The nearest whole number, |x| < 2²²: the sum with 3 · 2²² has no room for a fraction.
  @inlinable @inline(__always)
  static func nearestWhole(_ x: Vector) -> Vector {
    let room = broadcast(0x1.8p23)
    return subtract(add(x, room), room)
  }

  /// The smaller of two, lane by lane; b where one of them is NaN.
  @inlinable @inline(__always)
  static func minimum(_ a: Vector, _ b: Vector) -> Vector {
    let zero = broadcast(0)
    return subtract(zero, maximum(subtract(zero, a), subtract(zero, b)))
  }

  /// to[i] = eˣ of from[i], `count` floats; `to` may be `from`. See `exponential`.
  @inlinable @inline(__always)
  public static func exponentials(
    _ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, count: Int
  ) {
    convert(count: count, from: from, to: to) { store(exponential(load($0)), to: $1) }
  }
}
