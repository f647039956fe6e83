// Rows of 16-bit floats to and from single precision.
extension InstructionSet {
  /// to[i] = from[i] in single precision, exact; `count` half-precision numbers.
  @inlinable @inline(__always)
  public static func widen(
    half from: UnsafePointer<UInt16>, to: UnsafeMutablePointer<Float>, count: Int
  ) {
    convert(count: count, from: from, to: to) { store(load(half: $0), to: $1) }
  }

  /// to[i] = from[i] in single precision, exact; `count` bfloat16 numbers.
  @inlinable @inline(__always)
  public static func widen(
    brain from: UnsafePointer<UInt16>, to: UnsafeMutablePointer<Float>, count: Int
  ) {
    convert(count: count, from: from, to: to) { store(load(brain: $0), to: $1) }
  }

  /// to[i] = from[i] in half precision, rounded to nearest, ties to even; beyond its range infinity.
  @inlinable @inline(__always)
  public static func narrow(
    _ from: UnsafePointer<Float>, half to: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    convert(count: count, from: from, to: to) { store(load($0), half: $1) }
  }

  /// to[i] = from[i] as bfloat16, rounded to nearest, ties to even.
  @inlinable @inline(__always)
  public static func narrow(
    _ from: UnsafePointer<Float>, brain to: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    convert(count: count, from: from, to: to) { store(load($0), brain: $1) }
  }

  /// Calls `convert` on every vector; what is left over goes through buffers of a vector's length.
  @inlinable @inline(__always)
  static func convert<Source, Target>(
    count: Int, from: UnsafePointer<Source>, to: UnsafeMutablePointer<Target>,
    _ convert: (UnsafePointer<Source>, UnsafeMutablePointer<Target>) -> Void
  ) {
    var i = 0
    while i &+ lanes <= count {
      convert(from + i, to + i)
      i &+= lanes
    }
    guard i < count else { return }
    withUnsafeTemporaryAllocation(of: Source.self, capacity: lanes) { source in
      withUnsafeTemporaryAllocation(of: Target.self, capacity: lanes) { target in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        source.initialize(repeating: from[i], count: lanes)
        for rest in i..<count { source[rest &- i] = from[rest] }
        convert(source, target)
        for rest in i..<count { to[rest] = target[rest &- i] }
      }
    }
  }
}
