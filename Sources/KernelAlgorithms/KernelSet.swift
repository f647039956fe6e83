// The functions that a module of kernels offers to the rest: pointers and Int in, nothing wider out.
//
// Each family is made once, from a tag, inside the module that declares the tag: the closures, and
// all they call, are then specialised for it there, with that module's instructions, and named after it.

/// The kernels of one instruction set, single-threaded, over raw memory.
public struct KernelSet: Sendable {
  /// Reading, copying and adding up memory.
  public let streams: StreamKernels
  /// What a core can do at most.
  public let peaks: PeakKernels
  /// Rows of 16-bit floats to and from single precision.
  public let conversions: ConversionKernels
  /// f32 matrix multiplication.
  public let matrices: MatrixKernels
  /// The small parts of a decoder layer.
  public let layers: LayerKernels
  /// Products with weights in ggml's block formats.
  public let quantised: QuantisedKernels
  /// Attention over a key-value cache.
  public let attention: AttentionKernels

  /// The kernels compiled for `Instructions`.
  @inlinable @inline(__always)
  public init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    streams = StreamKernels(tag)
    peaks = PeakKernels(tag)
    conversions = ConversionKernels(tag)
    matrices = MatrixKernels(tag)
    layers = LayerKernels(tag)
    quantised = QuantisedKernels(tag)
    attention = AttentionKernels(tag)
  }
}

/// See the functions of the same names in `MemoryStreams.swift`.
public struct StreamKernels: Sendable {
  /// The sum of the words of 64 bits in so many bytes.
  public let read: @Sendable (UnsafeRawPointer, Int) -> UInt64
  /// destination = source, so many floats.
  public let copy: @Sendable (UnsafeMutablePointer<Float>, UnsafePointer<Float>, Int) -> Void
  /// a = b + scale · c, so many floats.
  public let triad:
    @Sendable (
      UnsafeMutablePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>, Float, Int
    ) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    read = { Instructions.read($0, bytes: $1) }
    copy = { Instructions.copy($0, $1, count: $2) }
    triad = { Instructions.triad($0, $1, $2, scale: $3, count: $4) }
  }
}

/// See the functions of the same names in `PeakLoops.swift`.
public struct PeakKernels: Sendable {
  /// Floating-point operations in one iteration of `fma`.
  public let fmaOperations: Int
  /// So many iterations of multiply-adds on registers.
  public let fma: @Sendable (Int) -> Float
  /// Integer operations in one iteration of `dot`.
  public let dotOperations: Int
  /// So many iterations of byte dot products on registers.
  public let dot: @Sendable (Int) -> Int32

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    fmaOperations = Instructions.fmaPeakOperations
    fma = { Instructions.fmaPeak(iterations: $0) }
    dotOperations = Instructions.dotPeakOperations
    dot = { Instructions.dotPeak(iterations: $0) }
  }
}

/// See the functions of the same names in `Conversions.swift`: (from, to, count).
public struct ConversionKernels: Sendable {
  /// Half to single precision.
  public let widenHalf: @Sendable (UnsafePointer<UInt16>, UnsafeMutablePointer<Float>, Int) -> Void
  /// bfloat16 to single precision.
  public let widenBrain: @Sendable (UnsafePointer<UInt16>, UnsafeMutablePointer<Float>, Int) -> Void
  /// Single to half precision.
  public let narrowHalf: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Void
  /// Single precision to bfloat16.
  public let narrowBrain:
    @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<UInt16>, Int) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    widenHalf = { Instructions.widen(half: $0, to: $1, count: $2) }
    widenBrain = { Instructions.widen(brain: $0, to: $1, count: $2) }
    narrowHalf = { Instructions.narrow($0, half: $1, count: $2) }
    narrowBrain = { Instructions.narrow($0, brain: $1, count: $2) }
  }
}

/// See the functions of the same names in `MatrixMultiply.swift`, `MatrixPacking.swift` and
/// `MatrixVector.swift`.
public struct MatrixKernels: Sendable {
  /// (source, row distance, rows, columns, packed)
  public typealias Pack =
    @Sendable (UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>) -> Void

  /// Rows of the register tile.
  public let tileRows: Int
  /// Columns of the register tile.
  public let tileColumns: Int
  /// (a, lda, rows, depth, packed)
  public let packLeft: Pack
  /// (b, ldb, depth, columns, packed)
  public let packRight: Pack
  /// (a, b, rows, columns, depth, c, ldc, accumulate)
  public let multiplyPacked:
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, Int, UnsafeMutablePointer<Float>, Int,
      Bool
    ) -> Void
  /// (a, lda, rows, columns, x, y)
  public let vector:
    @Sendable (
      UnsafePointer<Float>, Int, Int, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>
    ) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    tileRows = Instructions.Tile.rows
    tileColumns = Instructions.Tile.columns
    packLeft = { Instructions.packLeft($0, lda: $1, rows: $2, depth: $3, into: $4) }
    packRight = { Instructions.packRight($0, ldb: $1, depth: $2, columns: $3, into: $4) }
    multiplyPacked = {
      Instructions.multiplyPacked(
        $0, $1, rows: $2, columns: $3, depth: $4, c: $5, ldc: $6, accumulate: $7)
    }
    vector = { Instructions.matrixVector($0, lda: $1, rows: $2, columns: $3, x: $4, y: $5) }
  }
}
