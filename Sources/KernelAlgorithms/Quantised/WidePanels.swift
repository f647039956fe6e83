// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// Products with weights whose blocks of 256 columns have scales within: Q4_K, Q5_K, Q6_K.
//
// The panels are like those of `NarrowPanels.swift`, with 256 columns a super-block: its scales
// [row], the parts' scales [part][row], then eight blocks of 32 columns. The parts' scales multiply
// whole numbers, so that a super-block needs one conversion only; activations have one scale there.

/// A block format with one or two scales for 256 columns, and small ones for its parts.
public protocol WideFormat: SuperBlockFormat, PanelFormat, WidePacking {
  /// Bytes of the part of a panel that holds 256 columns of a row, before padding.
  static var rowBytes: Int { get }
  /// Products of block `index`, times its parts' scales, on top of `sums`, for one token.
  static func add<I: InstructionSet>(
    _ tag: I.Type, _ sums: I.Integers, _ weights: WeightBlock<I>, _ scales: WeightScales<I>,
    _ record: UnsafeRawPointer, _ index: Int
  ) -> I.Integers
  /// Block `index` of a super-block in registers.
  static func weights<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightBlock<I>
  /// Scales of block `index`.
  static func scales<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightScales<I>
  /// The weights' products with one token from whole-number `sums`, without the activations' scale.
  static func result<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ sums: I.Integers, record: UnsafeRawPointer
  ) -> I.Vector
}

/// The scales of a block's two halves, a lane a row.
@frozen
public struct WeightScales<Instructions: InstructionSet> {
  @usableFromInline var left, right: Instructions.Integers

  @inlinable @inline(__always)
  init(_ left: Instructions.Integers, _ right: Instructions.Integers) {
    self.left = left
    self.right = right
  }
}

extension WideFormat {
  @inlinable public static var superBlockColumns: Int { WideRecord.columns }
  @inlinable public static var recordBytes: Int { WideRecord.bytes }

  /// Whole vectors.
  @inlinable @inline(__always)
  public static func superBlockBytes(lanes: Int) -> Int {
    (lanes &* rowBytes &+ 4 &* lanes &- 1) / (4 &* lanes) &* (4 &* lanes)
  }

  @inlinable @inline(__always)
  public static func add<I: InstructionSet>(
    _ tag: I.Type, _ from: UnsafeRawPointer, _ record: UnsafeRawPointer, to sums: I.Vector
  ) -> I.Vector {
    let bytes = superBlockBytes(lanes: I.lanes)
    var whole = I.broadcast(byte: 0)
    for index in 0..<8 {
      I.prefetchAhead(from + index &* (bytes / 8), bytes: bytes / 8)
      whole = add(
        tag, whole, weights(tag, from, index), scales(tag, from, index), record, index)
    }
    let scale = I.broadcast(record.load(fromByteOffset: WideRecord.scale, as: Float.self))
    return I.multiplyAdd(result(tag, from, whole, record: record), scale, sums)
  }

  @inlinable @inline(__always)
  public static func multiply<I: InstructionSet>(
    _ tag: I.Type, _ panel: UnsafeRawPointer, superBlocks: Int, records: UnsafeRawPointer,
    stride: Int, tokens: Int, out: UnsafeMutablePointer<Float>, sums: UnsafeMutableRawPointer
  ) {
    let bytes = superBlockBytes(lanes: I.lanes)
    for token in 0..<tokens { I.store(I.broadcast(0), to: out + token &* I.lanes) }
    for superBlock in 0..<superBlocks {
      let from = panel + superBlock &* bytes
      let first = records + superBlock &* stride
      multiply(tag, from, first, tokens: tokens, into: sums)
      for token in 0..<tokens {
        let record = first + token &* WideRecord.bytes
        let sum = (sums + token &* MemoryLayout<I.Integers>.size).loadUnaligned(as: I.Integers.self)
        let scale = I.broadcast(record.load(fromByteOffset: WideRecord.scale, as: Float.self))
        let to = out + token &* I.lanes
        I.store(
          I.multiplyAdd(result(tag, from, sum, record: record), scale, I.load(to)), to: to)
      }
    }
  }

  /// Whole-number products of a super-block with each of some tokens.
  @inlinable @inline(__always)
  static func multiply<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ records: UnsafeRawPointer, tokens: Int,
    into sums: UnsafeMutableRawPointer
  ) {
    let width = MemoryLayout<I.Integers>.size
    for token in 0..<tokens {
      (sums + token &* width).storeBytes(of: I.broadcast(byte: 0), as: I.Integers.self)
    }
    for index in 0..<8 {
      let block = weights(tag, superBlock, index)
      let parts = scales(tag, superBlock, index)
      var (record, sum) = (records, sums)
      for _ in 0..<tokens {
        let so = sum.loadUnaligned(as: I.Integers.self)
        sum.storeBytes(of: add(tag, so, block, parts, record, index), as: I.Integers.self)
        record += WideRecord.bytes
        sum += width
      }
    }
  }
}

extension Q4_K: WideFormat {
  /// d, dmin (f16), eight scales, eight minima, 128 bytes of codes.
  @inlinable public static var rowBytes: Int { 4 &+ 8 &+ 8 &+ 128 }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightBlock<I> {
    WeightBlock<I>(nibbles: superBlock + (20 &+ 16 &* index) &* I.lanes)
  }

  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightScales<I> { sixBitScales(tag, superBlock, index) }

  /// Eight products of at most 15 fit the partial sums: 120 ≤ 129.
  @inlinable @inline(__always)
  public static func add<I: InstructionSet>(
    _ tag: I.Type, _ sums: I.Integers, _ w: WeightBlock<I>, _ scales: WeightScales<I>,
    _ record: UnsafeRawPointer, _ index: Int
  ) -> I.Integers {
    let q = record + 32 &* index
    let left = w.secondQuarter(q, w.firstQuarter(q, I.broadcast(byte: 0)))
    let whole = w.lastQuarter(q, w.thirdQuarter(q, left))
    return I.addInts(sums, I.widened(whole, by: scales.left))
  }

  @inlinable @inline(__always)
  public static func result<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ sums: I.Integers, record: UnsafeRawPointer
  ) -> I.Vector { lessMinima(tag, superBlock, sums, record: record) }
}

extension Q5_K: WideFormat {
  /// As `Q4_K`, and 32 bytes of fifth bits.
  @inlinable public static var rowBytes: Int { 4 &+ 8 &+ 8 &+ 128 &+ 32 }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightBlock<I> {
    let from = superBlock + (20 &+ 20 &* index) &* I.lanes
    var block = WeightBlock<I>(nibbles: from)
    block.addFifthBits(I.loadIntegers(from + 16 &* I.lanes))
    return block
  }

  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightScales<I> { sixBitScales(tag, superBlock, index) }

  /// Four products of at most 31 fit the partial sums: 124 ≤ 129.
  @inlinable @inline(__always)
  public static func add<I: InstructionSet>(
    _ tag: I.Type, _ sums: I.Integers, _ w: WeightBlock<I>, _ scales: WeightScales<I>,
    _ record: UnsafeRawPointer, _ index: Int
  ) -> I.Integers {
    let q = record + 32 &* index
    let zero = I.broadcast(byte: 0)
    let left = w.secondQuarter(q, w.firstQuarter(q, zero))
    let right = w.lastQuarter(q, w.thirdQuarter(q, zero))
    return I.addInts(
      I.addInts(sums, I.widened(left, by: scales.left)), I.widened(right, by: scales.right))
  }

  @inlinable @inline(__always)
  public static func result<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ sums: I.Integers, record: UnsafeRawPointer
  ) -> I.Vector { lessMinima(tag, superBlock, sums, record: record) }
}

extension WideFormat {
  /// The scale of block `index` where d and dmin come first and a part is a block.
  @inlinable @inline(__always)
  static func sixBitScales<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightScales<I> {
    let scale = I.scales(unsigned: superBlock + (4 &+ index) &* I.lanes)
    return WeightScales(scale, scale)
  }

  /// d · sums − dmin · Σ m · Σq, where the minima lie as [pair of parts][row][2].
  @inlinable @inline(__always)
  static func lessMinima<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ sums: I.Integers, record: UnsafeRawPointer
  ) -> I.Vector {
    let halves = superBlock.assumingMemoryBound(to: UInt16.self)
    let activations = record + WideRecord.sumsOf32
    let minima = superBlock + 12 &* I.lanes
    var weighted = I.broadcast(byte: 0)
    for pair in 0..<4 {
      weighted = I.dotShorts(
        weighted, I.shorts(unsigned: minima + 2 &* pair &* I.lanes),
        I.broadcast(int: activations.load(fromByteOffset: 4 &* pair, as: Int32.self)))
    }
    let offset = I.multiply(I.load(half: halves + I.lanes), I.floats(weighted))
    let product = I.multiply(I.load(half: halves), I.floats(sums))
    return I.subtract(product, offset)
  }
}

extension Q6_K: WideFormat {
  /// d (f16), sixteen scales, 128 bytes of low and 64 of high bits.
  @inlinable public static var rowBytes: Int { 2 &+ 16 &+ 128 &+ 64 }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightBlock<I> {
    let from = superBlock + codesStart(I.lanes) + 24 &* index &* I.lanes
    var block = WeightBlock<I>(nibbles: from)
    block.addTopBits(
      I.loadIntegers(from + 16 &* I.lanes), I.loadIntegers(from + 20 &* I.lanes))
    return block
  }

  /// Codes come last, so that padding goes before them and they are aligned as the panel is.
  @inlinable @inline(__always)
  static func codesStart(_ lanes: Int) -> Int {
    superBlockBytes(lanes: lanes) &- 192 &* lanes
  }

  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ index: Int
  ) -> WeightScales<I> {
    let from = superBlock + (2 &+ 2 &* index) &* I.lanes
    return WeightScales(I.scales(signed: from), I.scales(signed: from + I.lanes))
  }

  /// Two products of at most 63 fit the partial sums: 126 ≤ 129. Weights are stored 32 too large.
  @inlinable @inline(__always)
  public static func add<I: InstructionSet>(
    _ tag: I.Type, _ sums: I.Integers, _ w: WeightBlock<I>, _ scales: WeightScales<I>,
    _ record: UnsafeRawPointer, _ index: Int
  ) -> I.Integers {
    let q = record + 32 &* index
    let zero = I.broadcast(byte: 0)
    let left = I.addInts(
      I.widened(w.firstQuarter(q, zero), by: scales.left),
      I.widened(w.secondQuarter(q, zero), by: scales.left))
    let right = I.addInts(
      I.widened(w.thirdQuarter(q, zero), by: scales.right),
      I.widened(w.lastQuarter(q, zero), by: scales.right))
    let sixteenfold = (record + WideRecord.sumsOf16).assumingMemoryBound(to: Int16.self)
    let lessLeft = I.subtractTwice(sums, scales.left, by: sixteenfold[2 &* index])
    let less = I.subtractTwice(lessLeft, scales.right, by: sixteenfold[2 &* index &+ 1])
    return I.addInts(less, I.addInts(left, right))
  }

  @inlinable @inline(__always)
  public static func result<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ sums: I.Integers, record: UnsafeRawPointer
  ) -> I.Vector {
    I.multiply(I.load(half: superBlock.assumingMemoryBound(to: UInt16.self)), I.floats(sums))
  }
}
