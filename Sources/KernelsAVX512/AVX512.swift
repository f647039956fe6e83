#if arch(x86_64)
  internal import CShims
  import KernelAlgorithms

  /// AVX-512 F, BW, VL, DQ and VNNI: 32 registers of 16 floats.
  enum AVX512: InstructionSet {
    typealias Vector = SIMD16<Float>
    typealias Integers = SIMD8<Int64>
    typealias Tile = TwelveRows<AVX512>

    @inline(__always)
    static func broadcast(_ value: Float) -> Vector { Vector(repeating: value) }

    @inline(__always)
    static func add(_ a: Vector, _ b: Vector) -> Vector { a + b }

    @inline(__always)
    static func multiplyAdd(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
      c.addingProduct(a, b)
    }

    @inline(__always)
    static func multiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float { c.addingProduct(a, b) }

    @inline(__always)
    static func sum(_ a: Vector) -> Float {
      let eight = a.lowHalf + a.highHalf
      let four = eight.lowHalf + eight.highHalf
      let two = four.lowHalf + four.highHalf
      return two[0] + two[1]
    }

    @inline(__always)
    static func stream(_ a: Vector, to address: UnsafeMutableRawPointer) {
      vector512_stream(address, a)
    }

    @inline(__always)
    static func streamFence() { vector_stream_fence() }

    @inline(__always)
    static func prefetch(_ address: UnsafeRawPointer) { vector_prefetch(address) }

    @inline(__always)
    static func broadcast(byte: UInt8) -> Integers {
      Integers(repeating: Int64(bitPattern: UInt64(byte) &* 0x0101_0101_0101_0101))
    }

    @inline(__always)
    static func addWords(_ a: Integers, _ b: Integers) -> Integers { a &+ b }

    @inline(__always)
    static func sumWords(_ a: Integers) -> UInt64 {
      let four = a.lowHalf &+ a.highHalf
      let two = four.lowHalf &+ four.highHalf
      return UInt64(bitPattern: two[0] &+ two[1])
    }

    @inline(__always)
    static func sumInts(_ a: Integers) -> Int32 {
      let lanes = unsafeBitCast(a, to: SIMD16<Int32>.self)
      let eight = lanes.lowHalf &+ lanes.highHalf
      let four = eight.lowHalf &+ eight.highHalf
      let two = four.lowHalf &+ four.highHalf
      return two[0] &+ two[1]
    }

    @inline(__always)
    static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      vector512_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static func opaque(_ a: Integers) -> Integers { vector512_opaque(a) }
  }

  // In the file of the tag, so that debug builds, which compile file by file, optimise them too.
  // Never inlined: the instructions of this module must not reach a CPU that lacks them. What each
  // kernel does and needs is said where the algorithm is, in KernelAlgorithms.

  /// Floats in a vector.
  public let lanes = AVX512.lanes
  /// Rows of the register tile.
  public let tileRows = AVX512.Tile.rows
  /// Columns of the register tile.
  public let tileColumns = AVX512.Tile.columns
  /// Floating-point operations in one iteration of `fmaPeak`.
  public let fmaPeakOperations = AVX512.fmaPeakOperations
  /// Integer operations in one iteration of `dotPeak`.
  public let dotPeakOperations = AVX512.dotPeakOperations

  /// See `InstructionSet.read`.
  @inline(never)
  public func read(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    AVX512.read(source, bytes: bytes)
  }

  /// See `InstructionSet.copy`.
  @inline(never)
  public func copy(
    _ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int
  ) {
    AVX512.copy(destination, source, count: count)
  }

  /// See `InstructionSet.triad`.
  @inline(never)
  public func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    scale: Float, count: Int
  ) {
    AVX512.triad(a, b, c, scale: scale, count: count)
  }

  /// See `InstructionSet.fmaPeak`.
  @inline(never)
  public func fmaPeak(iterations: Int) -> Float { AVX512.fmaPeak(iterations: iterations) }

  /// See `InstructionSet.dotPeak`.
  @inline(never)
  public func dotPeak(iterations: Int) -> Int32 { AVX512.dotPeak(iterations: iterations) }

  /// See `InstructionSet.packLeft`.
  @inline(never)
  public func packLeft(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, depth: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    AVX512.packLeft(a, lda: lda, rows: rows, depth: depth, into: packed)
  }

  /// See `InstructionSet.packRight`.
  @inline(never)
  public func packRight(
    _ b: UnsafePointer<Float>, ldb: Int, depth: Int, columns: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    AVX512.packRight(b, ldb: ldb, depth: depth, columns: columns, into: packed)
  }

  /// See `InstructionSet.multiplyPacked`.
  @inline(never)
  public func multiplyPacked(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int, columns: Int, depth: Int,
    c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    AVX512.multiplyPacked(
      a, b, rows: rows, columns: columns, depth: depth, c: c, ldc: ldc, accumulate: accumulate)
  }

  /// See `InstructionSet.matrixVector`.
  @inline(never)
  public func matrixVector(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, columns: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    AVX512.matrixVector(a, lda: lda, rows: rows, columns: columns, x: x, y: y)
  }
#endif
