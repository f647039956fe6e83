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
  /// Matrix multiplication.
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

/// See the functions of the same names in `MemoryStreams.swift` and `MemoryAccess.swift`.
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
  /// The sum of words of 64 bits: (source, stride in bytes, count).
  public let readStrided: @Sendable (UnsafeRawPointer, Int, Int) -> UInt64
  /// The sum of random words of 64 bits: (source, words, count, seed).
  public let readRandom: @Sendable (UnsafePointer<UInt64>, Int, Int, UInt64) -> UInt64

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    read = { Instructions.read($0, bytes: $1) }
    copy = { Instructions.copy($0, $1, count: $2) }
    triad = { Instructions.triad($0, $1, $2, scale: $3, count: $4) }
    readStrided = { Instructions.readStrided($0, stride: $1, count: $2) }
    readRandom = { Instructions.readRandom($0, words: $1, count: $2, seed: $3) }
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
