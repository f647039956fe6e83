/// How the numbers of a key-value cache are stored.
public enum CellType: String, Sendable, CaseIterable {
  /// Single precision.
  case f32
  /// Half precision.
  case f16
  /// bfloat16.
  case bf16
  /// Blocks of ggml: a half-precision scale d, then 32 signed bytes q; the numbers are d · q.
  // The field's own name.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  case q8_0

  /// Elements that are stored together: a row holds whole blocks.
  @inlinable public var blockElements: Int { self == .q8_0 ? 32 : 1 }

  /// Bytes of a block.
  @inlinable public var blockBytes: Int {
    switch self {
    case .f32: 4
    case .f16, .bf16: 2
    case .q8_0: 34
    }
  }

  /// Bytes of a row of `elements`, whole blocks of them.
  @inlinable public func bytes(elements: Int) -> Int { elements / blockElements * blockBytes }
}

// Rows of a cache to and from single precision.
extension InstructionSet {
  /// to[i] = element i of the row at `row`, exact but for the product of q8_0, which is rounded.
  @inlinable @inline(__always)
  static func widen(
    _ type: CellType, _ row: UnsafeRawPointer, to: UnsafeMutablePointer<Float>, count: Int
  ) {
    switch type {
    case .f32:
      convert(count: count, from: row.assumingMemoryBound(to: Float.self), to: to) {
        store(load($0), to: $1)
      }
    case .f16: widen(half: row.assumingMemoryBound(to: UInt16.self), to: to, count: count)
    case .bf16: widen(brain: row.assumingMemoryBound(to: UInt16.self), to: to, count: count)
    case .q8_0:
      var i = 0
      while i < count {
        let (left, right) = EightBitCells.loadPair(row, at: i, Self.self)
        store(left, to: to + i)
        store(right, to: to + i + lanes)
        i &+= 2 &* lanes
      }
    }
  }

  /// Stores `count` floats as a row of a cache: `from` rounded to nearest, ties to even, or in
  /// blocks of q8_0 as ggml's reference does.
  @inlinable @inline(__always)
  public static func storeCells(
    _ type: CellType, _ from: UnsafePointer<Float>, to row: UnsafeMutableRawPointer, count: Int
  ) {
    switch type {
    case .f32: row.assumingMemoryBound(to: Float.self).update(from: from, count: count)
    case .f16: narrow(from, half: row.assumingMemoryBound(to: UInt16.self), count: count)
    case .bf16: narrow(from, brain: row.assumingMemoryBound(to: UInt16.self), count: count)
    case .q8_0:
      for block in 0..<count / 32 { storeBlock(from + 32 &* block, to: row + 34 &* block) }
    }
  }

  /// 32 floats as a block of q8_0: d is the largest magnitude ÷ 127, q the quotient by the
  /// unrounded d, halves away from zero. Of a block with NaN or infinity no number comes back
  /// finite.
  @inlinable @inline(__always)
  static func storeBlock(_ from: UnsafePointer<Float>, to block: UnsafeMutableRawPointer) {
    var peak: Float = 0
    for i in 0..<32 {
      let magnitude = abs(from[i])
      if magnitude > peak || magnitude != magnitude { peak = magnitude }
    }
    let d = peak / 127
    let inverse = d == 0 ? 0 : 1 / d
    withUnsafeTemporaryAllocation(of: UInt16.self, capacity: lanes) { halves in
      guard let half = halves.baseAddress else { return }
      store(broadcast(d), half: half)
      block.storeBytes(of: half[0], as: UInt16.self)
    }
    for i in 0..<32 {
      block.storeBytes(of: nearestByte(from[i] * inverse), toByteOffset: 2 &+ i, as: Int8.self)
    }
  }

  /// The nearest whole number, halves away from zero; what is no byte is clamped, NaN to −127.
  ///
  /// 0.49999997 is the largest float below ½: with ½ itself the number below ½ would become 1.
  @inlinable @inline(__always)
  static func nearestByte(_ x: Float) -> Int8 {
    let away = x + (x < 0 ? -0.499_999_97 : 0.499_999_97)
    let low: Float = away > -127 ? away : -127
    return Int8(low < 127 ? low : 127)
  }
}
