// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// Products with weights of one scale every 32 columns: Q4_0, Q8_0, MXFP4.
//
// Weights lie in panels of as many rows as a vector has lanes, so that a lane is a row: no sums across
// lanes, and one conversion, scale and multiply-add serve all rows of a panel. A panel is a run of
// super-blocks of 128 columns: the scales [block 0…3][row], then for each block its codes
// [vector j][row][4 columns] (four bits: column 4j + t low, 16 + 4j + t high).

/// A block format with one scale.
public protocol NarrowFormat: PanelFormat {
  /// Bytes of the codes of a row in a block.
  static var codeBytes: Int { get }
  /// Bytes of a scale.
  static var scaleBytes: Int { get }
  /// A scale a lane.
  static func scales<I: InstructionSet>(_ tag: I.Type, _ address: UnsafeRawPointer) -> I.Vector
  /// A block of a panel in registers.
  static func weights<I: InstructionSet>(
    _ tag: I.Type, _ codes: UnsafeRawPointer
  ) -> WeightBlock<I>
  /// Σ w · q of 32 columns, in lanes of 32 bits; `lessTwice` is −2 · Σ q.
  static func dot<I: InstructionSet>(
    _ tag: I.Type, _ weights: WeightBlock<I>, _ q: UnsafeRawPointer, lessTwice: Int16
  ) -> I.Integers
}

extension NarrowFormat {
  @inlinable public static var superBlockColumns: Int { NarrowRecord.columns }
  @inlinable public static var recordBytes: Int { NarrowRecord.bytes }

  @inlinable @inline(__always)
  public static func superBlockBytes(lanes: Int) -> Int { 4 &* lanes &* (scaleBytes &+ codeBytes) }

  @inlinable @inline(__always)
  public static func add<I: InstructionSet>(
    _ tag: I.Type, _ from: UnsafeRawPointer, _ record: UnsafeRawPointer, to sums: I.Vector
  ) -> I.Vector {
    let bytes = superBlockBytes(lanes: I.lanes)
    var result = sums
    for part in 0..<4 {
      let codes = from + 4 &* I.lanes &* scaleBytes + part &* I.lanes &* codeBytes
      I.prefetchAhead(codes, bytes: bytes / 4)
      let scale = scales(tag, from + part &* I.lanes &* scaleBytes)
      let sum = blockSum(tag, weights(tag, codes), record, part)
      result = I.multiplyAdd(sum.value, I.multiply(scale, sum.scale), result)
    }
    return result
  }

  @inlinable @inline(__always)
  public static func multiply<I: InstructionSet>(
    _ tag: I.Type, _ panel: UnsafeRawPointer, superBlocks: Int, records: UnsafeRawPointer,
    stride: Int, tokens: Int, out: UnsafeMutablePointer<Float>, sums: UnsafeMutableRawPointer
  ) {
    for token in 0..<tokens { I.store(I.broadcast(0), to: out + token &* I.lanes) }
    let bytes = superBlockBytes(lanes: I.lanes)
    for index in 0..<4 &* superBlocks {
      let (whole, part) = (index &>> 2, index & 3)
      let from = panel + whole &* bytes
      let codes = from + 4 &* I.lanes &* scaleBytes + part &* I.lanes &* codeBytes
      let block = Self.weights(tag, codes)
      let scale = Self.scales(tag, from + part &* I.lanes &* scaleBytes)
      var record = records + whole &* stride
      var result = out
      for _ in 0..<tokens {
        let sum = blockSum(tag, block, record, part)
        I.store(I.multiplyAdd(sum.value, I.multiply(scale, sum.scale), I.load(result)), to: result)
        record += NarrowRecord.bytes
        result += I.lanes
      }
    }
  }

  /// Products of a block with one token's 32 activations, and the scale of these.
  @inlinable @inline(__always)
  static func blockSum<I: InstructionSet>(
    _ tag: I.Type, _ weights: WeightBlock<I>, _ record: UnsafeRawPointer, _ part: Int
  ) -> (value: I.Vector, scale: I.Vector) {
    let twice = NarrowRecord.lessTwice &+ 2 &* part
    let products = dot(
      tag, weights, record + 32 &* part,
      lessTwice: record.load(fromByteOffset: twice, as: Int16.self))
    let scale = record.load(fromByteOffset: NarrowRecord.scales &+ 4 &* part, as: Float.self)
    return (I.floats(products), I.broadcast(scale))
  }
}

extension Q4_0: NarrowFormat {
  @inlinable public static var codeBytes: Int { 16 }
  @inlinable public static var scaleBytes: Int { 2 }

  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ address: UnsafeRawPointer
  ) -> I.Vector {
    I.load(half: address.assumingMemoryBound(to: UInt16.self))
  }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ codes: UnsafeRawPointer
  ) -> WeightBlock<I> { WeightBlock<I>(nibbles: codes) }

  /// Codes are 8 too large: the sums start at −8 · Σ q. Each of the two halves of a lane then stays
  /// within 16 bits: 8 · 2 · 15 · 127 = 30,480, and the start, at most half as much, has the other
  /// sign where all products of a half have one.
  @inlinable @inline(__always)
  public static func dot<I: InstructionSet>(
    _ tag: I.Type, _ w: WeightBlock<I>, _ q: UnsafeRawPointer, lessTwice: Int16
  ) -> I.Integers {
    let start = I.partial(twice: 2 &* lessTwice)
    let left = w.secondQuarter(q, w.firstQuarter(q, start))
    return I.widened(w.lastQuarter(q, w.thirdQuarter(q, left)))
  }
}

extension MXFP4: NarrowFormat {
  @inlinable public static var codeBytes: Int { 16 }
  @inlinable public static var scaleBytes: Int { 1 }

  /// 2ᵉ⁻¹²⁸, for e = 0 (2⁻¹²⁷, below what a product in f32 resolves) zero; the exponent 255, which
  /// is NaN in the specification and 2¹²⁷ in ggml, is half of infinity.
  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ address: UnsafeRawPointer
  ) -> I.Vector {
    I.multiply(I.powersOfTwo(biased: address), I.broadcast(0.5))
  }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ codes: UnsafeRawPointer
  ) -> WeightBlock<I> {
    var block = WeightBlock<I>(nibbles: codes)
    block.look(up: I.broadcast(low: raised.low, high: raised.high))
    return block
  }

  /// Codes, looked up, are 12 too large: the sums of either half start at −6 · Σ q. A half then stays
  /// within 16 bits: 8 · 24 · 127 = 24,384 and 3 · 24 · 127 of other columns' share of the start,
  /// less 3 · 8 · 127 of its own, make 30,480.
  @inlinable @inline(__always)
  public static func dot<I: InstructionSet>(
    _ tag: I.Type, _ w: WeightBlock<I>, _ q: UnsafeRawPointer, lessTwice: Int16
  ) -> I.Integers {
    let start = I.partial(twice: lessTwice &+ lessTwice / 2)
    let left = I.widened(w.secondQuarter(q, w.firstQuarter(q, start)))
    return I.addInts(left, I.widened(w.lastQuarter(q, w.thirdQuarter(q, start))))
  }
}

extension Q8_0: NarrowFormat {
  @inlinable public static var codeBytes: Int { 32 }
  @inlinable public static var scaleBytes: Int { 2 }

  @inlinable @inline(__always)
  public static func scales<I: InstructionSet>(
    _ tag: I.Type, _ address: UnsafeRawPointer
  ) -> I.Vector {
    I.load(half: address.assumingMemoryBound(to: UInt16.self))
  }

  @inlinable @inline(__always)
  public static func weights<I: InstructionSet>(
    _ tag: I.Type, _ codes: UnsafeRawPointer
  ) -> WeightBlock<I> { WeightBlock<I>(bytes: codes) }

  @inlinable @inline(__always)
  public static func dot<I: InstructionSet>(
    _ tag: I.Type, _ w: WeightBlock<I>, _ q: UnsafeRawPointer, lessTwice: Int16
  ) -> I.Integers {
    w.signedDot(q, start: I.broadcast(int: I.signedOffset / 2 &* Int32(lessTwice)))
  }
}
