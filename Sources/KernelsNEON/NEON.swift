#if arch(arm64)
  internal import CShims
  import KernelAlgorithms

  /// NEON: 32 registers of 4 floats.
  enum NEON: InstructionSet {
    typealias Vector = SIMD4<Float>
    typealias Integers = SIMD2<Int64>
    typealias Tile = TwelveRows<NEON>

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
      let two = a.lowHalf + a.highHalf
      return two[0] + two[1]
    }

    @inline(__always)
    static func stream(_ a: Vector, to address: UnsafeMutableRawPointer) {
      vector128_stream(address, a)
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
      UInt64(bitPattern: a[0] &+ a[1])
    }

    @inline(__always)
    static func sumInts(_ a: Integers) -> Int32 {
      let lanes = unsafeBitCast(a, to: SIMD4<Int32>.self)
      let two = lanes.lowHalf &+ lanes.highHalf
      return two[0] &+ two[1]
    }

    @inline(__always)
    static func dotBytes(_ sums: Integers, _ a: Integers, _ b: Integers) -> Integers {
      neon_dot_bytes(sums, a, b)
    }

    @inline(__always)
    static func opaque(_ a: Integers) -> Integers { vector128_opaque(a) }
  }

  // In the file of the tag, so that debug builds, which compile file by file, optimise them too.
  // Never inlined: the instructions of this module must not reach a CPU that lacks them. What each
  // kernel does and needs is said where the algorithm is, in KernelAlgorithms.

  /// Floats in a vector.
  public let lanes = NEON.lanes
  /// Rows of the register tile.
  public let tileRows = NEON.Tile.rows
  /// Columns of the register tile.
  public let tileColumns = NEON.Tile.columns
  /// Floating-point operations in one iteration of `fmaPeak`.
  public let fmaPeakOperations = NEON.fmaPeakOperations
  /// Integer operations in one iteration of `dotPeak`.
  public let dotPeakOperations = NEON.dotPeakOperations

  /// See `InstructionSet.read`.
  @inline(never)
  public func read(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    NEON.read(source, bytes: bytes)
  }

  /// See `InstructionSet.copy`.
  @inline(never)
  public func copy(
    _ destination: UnsafeMutablePointer<Float>, _ source: UnsafePointer<Float>, count: Int
  ) {
    NEON.copy(destination, source, count: count)
  }

  /// See `InstructionSet.triad`.
  @inline(never)
  public func triad(
    _ a: UnsafeMutablePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>,
    scale: Float, count: Int
  ) {
    NEON.triad(a, b, c, scale: scale, count: count)
  }

  /// See `InstructionSet.fmaPeak`.
  @inline(never)
  public func fmaPeak(iterations: Int) -> Float { NEON.fmaPeak(iterations: iterations) }

  /// See `InstructionSet.dotPeak`.
  @inline(never)
  public func dotPeak(iterations: Int) -> Int32 { NEON.dotPeak(iterations: iterations) }

  /// See `InstructionSet.packLeft`.
  @inline(never)
  public func packLeft(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, depth: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    NEON.packLeft(a, lda: lda, rows: rows, depth: depth, into: packed)
  }

  /// See `InstructionSet.packRight`.
  @inline(never)
  public func packRight(
    _ b: UnsafePointer<Float>, ldb: Int, depth: Int, columns: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    NEON.packRight(b, ldb: ldb, depth: depth, columns: columns, into: packed)
  }

  /// See `InstructionSet.multiplyPacked`.
  @inline(never)
  public func multiplyPacked(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int, columns: Int, depth: Int,
    c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    NEON.multiplyPacked(
      a, b, rows: rows, columns: columns, depth: depth, c: c, ldc: ldc, accumulate: accumulate)
  }

  /// See `InstructionSet.matrixVector`.
  @inline(never)
  public func matrixVector(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, columns: Int, x: UnsafePointer<Float>,
    y: UnsafeMutablePointer<Float>
  ) {
    NEON.matrixVector(a, lda: lda, rows: rows, columns: columns, x: x, y: y)
  }
#endif
