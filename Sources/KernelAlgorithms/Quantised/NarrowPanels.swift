// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// Products with weights of one scale every 32 columns: Q4_0, Q8_0, MXFP4.
//
// Weights lie in panels of as many rows as a vector has lanes, so that a lane is a row: no sums across
// lanes, and one conversion, scale and multiply-add serve all rows of a panel. A panel is a run of
// super-blocks of 128 columns: the scales [block 0…3][row], then for each block its codes
// [vector j][row][4 columns] (four bits: column 4j + t low, 16 + 4j + t high).

/// A block format with one scale.
public protocol NarrowFormat: BlockFormat {
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
  /// Bytes of the part of a panel that holds 128 columns of `lanes` rows.
  @inlinable @inline(__always)
  static func superBlockBytes(lanes: Int) -> Int { 4 &* lanes &* (scaleBytes &+ codeBytes) }
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

extension InstructionSet {
  /// out[token][row] = Σ over columns of a panel of `lanes` rows; the records of `tokens` tokens
  /// lie side by side, `stride` bytes after those of the super-block before.
  ///
  /// Cost: 2 · lanes · 128 · superBlocks · tokens operations; the panel is read once.
  @inlinable @inline(__always)
  public static func multiplyPanel<Format: NarrowFormat>(
    _ format: Format.Type, _ panel: UnsafeRawPointer, superBlocks: Int,
    records: UnsafeRawPointer, stride: Int, tokens: Int, out: UnsafeMutablePointer<Float>
  ) {
    if tokens == 1 {
      store(
        panelVector(format, panel, superBlocks: superBlocks, records: records, stride: stride),
        to: out)
      return
    }
    for token in 0..<tokens { store(broadcast(0), to: out + token &* lanes) }
    let bytes = format.superBlockBytes(lanes: lanes)
    for block in 0..<4 &* superBlocks {
      let (whole, part) = (block &>> 2, block & 3)
      let from = panel + whole &* bytes
      let codes = from + 4 &* lanes &* format.scaleBytes + part &* lanes &* format.codeBytes
      let weights = format.weights(Self.self, codes)
      let scales = format.scales(Self.self, from + part &* lanes &* format.scaleBytes)
      var record = records + whole &* stride
      var result = out
      for _ in 0..<tokens {
        let sum = blockSum(format, weights, record, part)
        store(multiplyAdd(sum.value, multiply(scales, sum.scale), load(result)), to: result)
        record += NarrowRecord.bytes
        result += lanes
      }
    }
  }

  /// One token's products with a panel, in a register.
  @inlinable @inline(__always)
  static func panelVector<Format: NarrowFormat>(
    _ format: Format.Type, _ panel: UnsafeRawPointer, superBlocks: Int, records: UnsafeRawPointer,
    stride: Int
  ) -> Vector {
    let bytes = format.superBlockBytes(lanes: lanes)
    var (result, from, record) = (broadcast(0), panel, records)
    for _ in 0..<superBlocks {
      result = add(format, from, record, to: result)
      from += bytes
      record += stride
    }
    return result
  }

  /// One token's products with two panels: see `multiplyPair`.
  @inlinable @inline(__always)
  public static func multiplyPair<Format: NarrowFormat>(
    _ format: Format.Type, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
    superBlocks: Int, records: UnsafeRawPointer, stride: Int, out: UnsafeMutablePointer<Float>
  ) {
    multiplyPair(
      first, second, bytes: format.superBlockBytes(lanes: lanes), superBlocks: superBlocks,
      records: records, stride: stride, out: out
    ) { add(format, $0, $1, to: $2) }
  }

  /// One token's products with a super-block, added to `sums`.
  @inlinable @inline(__always)
  static func add<Format: NarrowFormat>(
    _ format: Format.Type, _ from: UnsafeRawPointer, _ record: UnsafeRawPointer,
    to sums: Vector
  ) -> Vector {
    let bytes = format.superBlockBytes(lanes: lanes)
    var result = sums
    for part in 0..<4 {
      let codes = from + 4 &* lanes &* format.scaleBytes + part &* lanes &* format.codeBytes
      prefetchAhead(codes, bytes: bytes / 4)
      let weights = format.weights(Self.self, codes)
      let scales = format.scales(Self.self, from + part &* lanes &* format.scaleBytes)
      let sum = blockSum(format, weights, record, part)
      result = multiplyAdd(sum.value, multiply(scales, sum.scale), result)
    }
    return result
  }

  /// One token's products with two panels that lie apart, a super-block of each in turn: memory answers
  /// two streams sooner than one. `out` takes the rows of one after those of the other.
  @inlinable @inline(__always)
  static func multiplyPair(
    _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, bytes: Int, superBlocks: Int,
    records: UnsafeRawPointer, stride: Int, out: UnsafeMutablePointer<Float>,
    _ add: (UnsafeRawPointer, UnsafeRawPointer, Vector) -> Vector
  ) {
    var (left, right) = (broadcast(0), broadcast(0))
    var (a, b, record) = (first, second, records)
    for _ in 0..<superBlocks {
      left = add(a, record, left)
      right = add(b, record, right)
      a += bytes
      b += bytes
      record += stride
    }
    store(left, to: out)
    store(right, to: out + lanes)
  }

  /// Products of a block with one token's 32 activations, and the scale of these.
  @inlinable @inline(__always)
  static func blockSum<Format: NarrowFormat>(
    _ format: Format.Type, _ weights: WeightBlock<Self>, _ record: UnsafeRawPointer, _ part: Int
  ) -> (value: Vector, scale: Vector) {
    let twice = NarrowRecord.lessTwice &+ 2 &* part
    let dot = format.dot(
      Self.self, weights, record + 32 &* part,
      lessTwice: record.load(fromByteOffset: twice, as: Int16.self))
    let scale = record.load(fromByteOffset: NarrowRecord.scales &+ 4 &* part, as: Float.self)
    return (floats(dot), broadcast(scale))
  }

  /// Asks for as many bytes as a block has, far enough ahead to hide memory's latency.
  @inlinable @inline(__always)
  static func prefetchAhead(_ address: UnsafeRawPointer, bytes: Int) {
    var line = 0
    while line < bytes {
      prefetch(address + 2048 + line)
      line &+= 64
    }
  }
}
