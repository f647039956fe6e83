internal import CShims
import KernelAlgorithms

// The integer instructions of the quantised kernels.
extension Baseline {
  @inline(__always)
  static func broadcast(int: Int32) -> Integers {
    unsafeBitCast(SIMD4<Int32>(repeating: int), to: Integers.self)
  }

  @inline(__always)
  static func broadcast(low: UInt64, high: UInt64) -> Integers {
    Integers(Int64(bitPattern: low), Int64(bitPattern: high))
  }

  @inline(__always)
  static func and(_ a: Integers, _ b: Integers) -> Integers {
    a & b
  }

  @inline(__always)
  static func or(_ a: Integers, _ b: Integers) -> Integers {
    a | b
  }

  @inline(__always)
  static func shiftRight(_ a: Integers, by count: Int32) -> Integers {
    vector128_shift_right(a, count)
  }

  @inline(__always)
  static func shiftLeft(_ a: Integers, by count: Int32) -> Integers {
    vector128_shift_left(a, count)
  }

  @inline(__always)
  static func lookup(_ table: Integers, _ indices: Integers) -> Integers {
    vector128_lookup(table, indices)
  }

  @inline(__always)
  static func partialDot(_ sums: Integers, _ u: Integers, _ s: Integers) -> Integers {
    vector128_dot_bytes(sums, u, s)
  }

  @inline(__always)
  static func widened(_ partial: Integers) -> Integers {
    partial
  }

  @inline(__always)
  static func widened(_ partial: Integers, by scales: Integers) -> Integers {
    vector128_multiply_ints(partial, scales)
  }

  @inline(__always)
  static func scales(unsigned bytes: UnsafeRawPointer) -> Integers {
    vector128_ints_from_unsigned(bytes.loadUnaligned(as: UInt32.self))
  }

  @inline(__always)
  static func scales(signed bytes: UnsafeRawPointer) -> Integers {
    vector128_ints_from_signed(bytes.loadUnaligned(as: UInt32.self))
  }

  @inline(__always)
  static func subtractTwice(_ sums: Integers, _ scales: Integers, by factor: Int16) -> Integers {
    vector128_subtract_twice(sums, scales, factor)
  }

  @inline(__always)
  static func powersOfTwo(biased exponents: UnsafeRawPointer) -> Vector {
    vector128_powers_of_two(exponents.loadUnaligned(as: UInt32.self))
  }

  @inline(__always)
  static func partial(twice half: Int16) -> Integers { broadcast(int: 2 &* Int32(half)) }

  @inline(__always)
  static func sumOf16(_ bytes: UnsafePointer<Int8>) -> Int16 { vector_sum_bytes(bytes) }

  @inline(__always)
  static func signedDot(_ sums: Integers, _ w: Integers, _ q: Integers) -> Integers {
    vector128_dot_bytes(sums, w, q)
  }

  @inline(__always)
  static var signedOffset: Int32 { 0 }

  @inline(__always)
  static func dotShorts(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
    vector128_dot_shorts(sums, a, b)
  }

  @inline(__always)
  static func shorts(unsigned bytes: UnsafeRawPointer) -> Integers {
    vector128_shorts_from_unsigned(bytes.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  static func addInts(_ a: Integers, _ b: Integers) -> Integers {
    unsafeBitCast(
      unsafeBitCast(a, to: SIMD4<Int32>.self) &+ unsafeBitCast(b, to: SIMD4<Int32>.self),
      to: Integers.self)
  }

  @inline(__always)
  static func subtractInts(_ a: Integers, _ b: Integers) -> Integers {
    unsafeBitCast(
      unsafeBitCast(a, to: SIMD4<Int32>.self) &- unsafeBitCast(b, to: SIMD4<Int32>.self),
      to: Integers.self)
  }

  @inline(__always)
  static func floats(_ a: Integers) -> Vector {
    vector128_from_ints(a)
  }

  @inline(__always)
  static func store(_ a: Vector, bytes: UnsafeMutablePointer<Int8>) {
    UnsafeMutableRawPointer(bytes).storeBytes(of: vector128_to_bytes(a), as: UInt32.self)
  }
}
