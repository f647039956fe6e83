// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// 32 columns of weights of as many rows as a vector has lanes, unpacked into registers: lane r of
/// vector j holds columns 4j … 4j + 3 of row r.
@frozen
public struct WeightBlock<Instructions: InstructionSet> {
  public typealias Integers = Instructions.Integers

  @usableFromInline var w0, w1, w2, w3, w4, w5, w6, w7: Integers

  /// Whole bytes: `lanes` × 32 of them.
  @inlinable @inline(__always)
  init(bytes: UnsafeRawPointer) {
    let width = MemoryLayout<Integers>.size
    w0 = Instructions.loadIntegers(bytes)
    w1 = Instructions.loadIntegers(bytes + width)
    w2 = Instructions.loadIntegers(bytes + 2 &* width)
    w3 = Instructions.loadIntegers(bytes + 3 &* width)
    w4 = Instructions.loadIntegers(bytes + 4 &* width)
    w5 = Instructions.loadIntegers(bytes + 5 &* width)
    w6 = Instructions.loadIntegers(bytes + 6 &* width)
    w7 = Instructions.loadIntegers(bytes + 7 &* width)
  }

  /// Four bits each: the low ones are vectors 0 … 3, the high ones 4 … 7.
  @inlinable @inline(__always)
  init(nibbles: UnsafeRawPointer) {
    let width = MemoryLayout<Integers>.size
    let mask = Instructions.broadcast(byte: 15)
    let v0 = Instructions.loadIntegers(nibbles)
    let v1 = Instructions.loadIntegers(nibbles + width)
    let v2 = Instructions.loadIntegers(nibbles + 2 &* width)
    let v3 = Instructions.loadIntegers(nibbles + 3 &* width)
    w0 = Instructions.and(v0, mask)
    w1 = Instructions.and(v1, mask)
    w2 = Instructions.and(v2, mask)
    w3 = Instructions.and(v3, mask)
    w4 = Instructions.and(Instructions.shiftRight(v0, by: 4), mask)
    w5 = Instructions.and(Instructions.shiftRight(v1, by: 4), mask)
    w6 = Instructions.and(Instructions.shiftRight(v2, by: 4), mask)
    w7 = Instructions.and(Instructions.shiftRight(v3, by: 4), mask)
  }

  /// Each code of four bits replaced by its entry in a table of bytes.
  @inlinable @inline(__always)
  mutating func look(up table: Integers) {
    w0 = Instructions.lookup(table, w0)
    w1 = Instructions.lookup(table, w1)
    w2 = Instructions.lookup(table, w2)
    w3 = Instructions.lookup(table, w3)
    w4 = Instructions.lookup(table, w4)
    w5 = Instructions.lookup(table, w5)
    w6 = Instructions.lookup(table, w6)
    w7 = Instructions.lookup(table, w7)
  }

  /// Bit j of each byte becomes the fifth bit of vector j.
  @inlinable @inline(__always)
  mutating func addFifthBits(_ bits: Integers) {
    let mask = Instructions.broadcast(byte: 16)
    func fifth(_ shifted: Integers, _ w: Integers) -> Integers {
      Instructions.or(w, Instructions.and(shifted, mask))
    }
    w0 = fifth(Instructions.shiftLeft(bits, by: 4), w0)
    w1 = fifth(Instructions.shiftLeft(bits, by: 3), w1)
    w2 = fifth(Instructions.shiftLeft(bits, by: 2), w2)
    w3 = fifth(Instructions.shiftLeft(bits, by: 1), w3)
    w4 = fifth(bits, w4)
    w5 = fifth(Instructions.shiftRight(bits, by: 1), w5)
    w6 = fifth(Instructions.shiftRight(bits, by: 2), w6)
    w7 = fifth(Instructions.shiftRight(bits, by: 3), w7)
  }

  /// Two bits each become the fifth and sixth: of vectors 0 … 3 in `left`, of 4 … 7 in `right`.
  @inlinable @inline(__always)
  mutating func addTopBits(_ left: Integers, _ right: Integers) {
    let mask = Instructions.broadcast(byte: 0x30)
    func top(_ shifted: Integers, _ w: Integers) -> Integers {
      Instructions.or(w, Instructions.and(shifted, mask))
    }
    w0 = top(Instructions.shiftLeft(left, by: 4), w0)
    w1 = top(Instructions.shiftLeft(left, by: 2), w1)
    w2 = top(left, w2)
    w3 = top(Instructions.shiftRight(left, by: 2), w3)
    w4 = top(Instructions.shiftLeft(right, by: 4), w4)
    w5 = top(Instructions.shiftLeft(right, by: 2), w5)
    w6 = top(right, w6)
    w7 = top(Instructions.shiftRight(right, by: 2), w7)
  }

  /// Four bytes of activations from column 4 · `group`, in every lane.
  @inlinable @inline(__always)
  static func activations(_ q: UnsafeRawPointer, _ group: Int) -> Integers {
    Instructions.broadcast(int: q.loadUnaligned(fromByteOffset: 4 &* group, as: Int32.self))
  }

  /// Products with columns 0 … 7, on top of `sums`.
  @inlinable @inline(__always)
  func firstQuarter(_ q: UnsafeRawPointer, _ sums: Integers) -> Integers {
    let sums = Instructions.partialDot(sums, w0, Self.activations(q, 0))
    return Instructions.partialDot(sums, w1, Self.activations(q, 1))
  }

  /// Products with columns 8 … 15, on top of `sums`.
  @inlinable @inline(__always)
  func secondQuarter(_ q: UnsafeRawPointer, _ sums: Integers) -> Integers {
    let sums = Instructions.partialDot(sums, w2, Self.activations(q, 2))
    return Instructions.partialDot(sums, w3, Self.activations(q, 3))
  }

  /// Products with columns 16 … 23, on top of `sums`.
  @inlinable @inline(__always)
  func thirdQuarter(_ q: UnsafeRawPointer, _ sums: Integers) -> Integers {
    let sums = Instructions.partialDot(sums, w4, Self.activations(q, 4))
    return Instructions.partialDot(sums, w5, Self.activations(q, 5))
  }

  /// Products with columns 24 … 31, on top of `sums`.
  @inlinable @inline(__always)
  func lastQuarter(_ q: UnsafeRawPointer, _ sums: Integers) -> Integers {
    let sums = Instructions.partialDot(sums, w6, Self.activations(q, 6))
    return Instructions.partialDot(sums, w7, Self.activations(q, 7))
  }

  /// Products with all columns, weights of signed bytes, on top of `start`, in lanes of 32 bits.
  @inlinable @inline(__always)
  func signedDot(_ q: UnsafeRawPointer, start: Integers) -> Integers {
    var (s, t) = (start, Instructions.broadcast(byte: 0))
    s = Instructions.signedDot(s, w0, Self.activations(q, 0))
    t = Instructions.signedDot(t, w1, Self.activations(q, 1))
    s = Instructions.signedDot(s, w2, Self.activations(q, 2))
    t = Instructions.signedDot(t, w3, Self.activations(q, 3))
    s = Instructions.signedDot(s, w4, Self.activations(q, 4))
    t = Instructions.signedDot(t, w5, Self.activations(q, 5))
    s = Instructions.signedDot(s, w6, Self.activations(q, 6))
    t = Instructions.signedDot(t, w7, Self.activations(q, 7))
    return Instructions.addInts(s, t)
  }
}
