#if arch(x86_64)
  import KernelAlgorithms

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
