// Activations on their way into a product with quantised weights: signed bytes with a scale, and
// sums of them, by which the weights' offsets are taken off.

/// Where things lie in the record of 128 columns of one token, with a scale every 32 columns.
public enum NarrowRecord {
  /// Columns of a record.
  @inlinable public static var columns: Int { 128 }
  /// Bytes of a record: 128 bytes, four scales (f32), four times −2 · the sum (i16), padding.
  @inlinable public static var bytes: Int { 160 }
  @inlinable static var scales: Int { 128 }
  @inlinable static var lessTwice: Int { 144 }
}

/// Where things lie in the record of 256 columns of one token, with one scale.
public enum WideRecord {
  /// Columns of a record.
  @inlinable public static var columns: Int { 256 }
  /// Bytes of a record: 256 bytes, sixteenfold sums of 16 columns (16 × i16: at most 16 · 16 · 127),
  /// sums of 32 columns (8 × i16), the scale (f32).
  @inlinable public static var bytes: Int { 320 }
  @inlinable static var sumsOf16: Int { 256 }
  @inlinable static var sumsOf32: Int { 288 }
  @inlinable static var scale: Int { 304 }
}

extension InstructionSet {
  /// Quantises one token's `columns` activations into records of 128 columns, `stride` bytes apart;
  /// the last is filled up with zeros.
  ///
  /// q = x · 127 / max|x| of 32 columns, rounded to nearest: |x − scale · q| ≤ scale / 2. A block with
  /// NaN or infinity gets the scale NaN.
  @inlinable @inline(__always)
  public static func quantiseNarrow(
    _ x: UnsafePointer<Float>, columns: Int, into records: UnsafeMutableRawPointer, stride: Int
  ) {
    var (column, record) = (0, records)
    while column < columns {
      for block in 0..<4 {
        let q = (record + 32 &* block).assumingMemoryBound(to: Int8.self)
        let filled = min(max(columns &- column &- 32 &* block, 0), 32)
        let scale = quantise(x + column + 32 &* block, filled: filled, count: 32, into: q)
        let lessTwice = -2 &* (sumOf16(q) &+ sumOf16(q + 16))
        record.storeBytes(
          of: scale, toByteOffset: NarrowRecord.scales &+ 4 &* block, as: Float.self)
        record.storeBytes(
          of: lessTwice, toByteOffset: NarrowRecord.lessTwice &+ 2 &* block, as: Int16.self)
      }
      column &+= NarrowRecord.columns
      record += stride
    }
  }

  /// Quantises one token's `columns` activations into records of 256 columns, `stride` bytes apart;
  /// the last is filled up with zeros. As `quantiseNarrow`, with one scale a record.
  @inlinable @inline(__always)
  public static func quantiseWide(
    _ x: UnsafePointer<Float>, columns: Int, into records: UnsafeMutableRawPointer, stride: Int
  ) {
    var (column, record) = (0, records)
    while column < columns {
      let q = record.assumingMemoryBound(to: Int8.self)
      let filled = min(columns &- column, WideRecord.columns)
      let scale = quantise(x + column, filled: filled, count: WideRecord.columns, into: q)
      record.storeBytes(of: scale, toByteOffset: WideRecord.scale, as: Float.self)
      let sums = (record + WideRecord.sumsOf16).assumingMemoryBound(to: Int16.self)
      for part in 0..<8 {
        let (left, right) = (sumOf16(q + 32 &* part), sumOf16(q + 32 &* part + 16))
        (sums[2 &* part], sums[2 &* part &+ 1]) = (16 &* left, 16 &* right)
        sums[16 &+ part] = left &+ right
      }
      column &+= WideRecord.columns
      record += stride
    }
  }

  /// Quantises `filled` numbers by their greatest magnitude, fills up to `count` with zeros and
  /// returns the scale.
  @inlinable @inline(__always)
  static func quantise(
    _ x: UnsafePointer<Float>, filled: Int, count: Int, into q: UnsafeMutablePointer<Int8>
  ) -> Float {
    let zero = broadcast(0)
    var (greatest, poison) = (zero, zero)
    var i = 0
    while i &+ lanes <= filled {
      let value = load(x + i)
      greatest = maximum(maximum(value, subtract(zero, value)), greatest)
      poison = multiplyAdd(value, zero, poison)  // NaN once a number is not finite
      i &+= lanes
    }
    var (maximum, notFinite) = (largest(greatest), sum(poison))
    while i < filled {
      maximum = max(abs(x[i]), maximum)
      notFinite += x[i] * 0
      i &+= 1
    }
    // Scales below f32's normal numbers would lose their precision: such blocks count as zeros.
    let factor = maximum < 0x1p-100 ? 0 : 127 / maximum
    let factors = broadcast(factor)
    i = 0
    while i &+ lanes <= filled {
      store(multiply(load(x + i), factors), bytes: q + i)
      i &+= lanes
    }
    while i < filled {
      q[i] = Int8(truncatingIfNeeded: roundedToInt(x[i] * factor))
      i &+= 1
    }
    while i < count {
      q[i] = 0
      i &+= 1
    }
    return (maximum < 0x1p-100 ? 0 : maximum / 127) + notFinite
  }

  /// The nearest whole number, ties to even, of a number within ±2²²; any number for NaN.
  @inlinable @inline(__always)
  static func roundedToInt(_ x: Float) -> Int {
    Int((x + 0x1.8p23).bitPattern & 0x7F_FFFF) &- 0x40_0000
  }
}
