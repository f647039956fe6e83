// `q4_0` is the field's own name.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

/// Kernels of the quantised types, one set a format.
public struct QuantisedKernels: Sendable {
  /// Rows of a panel.
  public let lanes: Int
  /// Quantises a token for formats with one scale a block: (x, columns, records, stride).
  public let quantiseNarrow: Quantise
  /// Quantises a token for formats of 256 columns a block: (x, columns, records, stride).
  public let quantiseWide: Quantise
  /// 32 weights a block, four bits.
  public let q4_0: FormatKernels
  /// 32 weights a block, eight bits.
  public let q8_0: FormatKernels
  /// 32 weights a block, four-bit floats.
  public let mxfp4: FormatKernels
  /// 256 weights a block, four bits.
  public let q4K: FormatKernels
  /// 256 weights a block, five bits.
  public let q5K: FormatKernels
  /// 256 weights a block, six bits.
  public let q6K: FormatKernels

  /// (x, columns, records, stride)
  public typealias Quantise =
    @Sendable (UnsafePointer<Float>, Int, UnsafeMutableRawPointer, Int) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    lanes = Instructions.lanes
    quantiseNarrow = { Instructions.quantiseNarrow($0, columns: $1, into: $2, stride: $3) }
    quantiseWide = { Instructions.quantiseWide($0, columns: $1, into: $2, stride: $3) }
    q4_0 = FormatKernels(tag, rounded: Q4_0.self)
    q8_0 = FormatKernels(tag, rounded: Q8_0.self)
    mxfp4 = FormatKernels(tag, rounded: MXFP4.self)
    q4K = FormatKernels(tag, Q4_K.self)
    q5K = FormatKernels(tag, Q5_K.self)
    q6K = FormatKernels(tag, Q6_K.self)
  }
}

/// Kernels of one block format.
public struct FormatKernels: Sendable {
  /// Columns of a block in a model file, and its bytes.
  public let block: (columns: Int, bytes: Int)
  /// Columns of the unit that panels and activations are made of.
  public let superBlockColumns: Int
  /// Bytes of a panel's super-block.
  public let superBlockBytes: Int
  /// Bytes of a token's activations for a super-block.
  public let recordBytes: Int
  /// Whether activations have one scale every 256 columns, not every 32.
  public let isWide: Bool
  /// (source, row distance, rows, blocks, panel)
  public let pack: @Sendable (UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer) -> Void
  /// (panel, super-blocks, records, distance of super-blocks' records, tokens, out, room for a
  /// vector a token)
  public let multiply:
    @Sendable (
      UnsafeRawPointer, Int, UnsafeRawPointer, Int, Int, UnsafeMutablePointer<Float>,
      UnsafeMutableRawPointer
    ) -> Void
  /// (first panel, second panel, super-blocks, records, distance of super-blocks' records, out), for
  /// one token
  public let multiplyPair:
    @Sendable (
      UnsafeRawPointer, UnsafeRawPointer, Int, UnsafeRawPointer, Int, UnsafeMutablePointer<Float>
    ) -> Void
  /// (blocks of a row, their count, weights)
  public let dequantise: @Sendable (UnsafeRawPointer, Int, UnsafeMutablePointer<Float>) -> Void
  /// (weights of a block, block), for formats that are a rounding; nil where the best scales would
  /// have to be searched for.
  public let quantise: (@Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void)?

  @inlinable @inline(__always)
  init<Instructions: InstructionSet, Format: PanelFormat & RoundedFormat>(
    _ tag: Instructions.Type, rounded format: Format.Type
  ) {
    self.init(tag, format, quantise: { Format.quantise($0, into: $1) })
  }

  @inlinable @inline(__always)
  init<Instructions: InstructionSet, Format: PanelFormat>(
    _ tag: Instructions.Type, _ format: Format.Type,
    quantise: (@Sendable (UnsafePointer<Float>, UnsafeMutableRawPointer) -> Void)? = nil
  ) {
    block = (format.columns, format.bytes)
    superBlockColumns = format.superBlockColumns
    superBlockBytes = format.superBlockBytes(lanes: Instructions.lanes)
    recordBytes = format.recordBytes
    isWide = format.superBlockColumns == WideRecord.columns
    pack = {
      Format.pack(
        $0, rowDistance: $1, rows: $2, blocks: $3, lanes: Instructions.lanes, into: $4)
    }
    multiply = { panel, superBlocks, records, stride, tokens, out, sums in
      if tokens == 1 {
        Instructions.multiplyPanel(
          Format.self, panel, superBlocks: superBlocks, records: records, stride: stride, out: out)
      } else {
        Format.multiply(
          Instructions.self, panel, superBlocks: superBlocks, records: records, stride: stride,
          tokens: tokens, out: out, sums: sums)
      }
    }
    multiplyPair = {
      Instructions.multiplyPair(
        Format.self, $0, $1, superBlocks: $2, records: $3, stride: $4, out: $5)
    }
    dequantise = { Format.dequantise($0, blocks: $1, into: $2) }
    self.quantise = quantise
  }
}

extension BlockFormat {
  /// The weights of `blocks` neighbouring blocks.
  @inlinable @inline(__always)
  static func dequantise(
    _ source: UnsafeRawPointer, blocks: Int, into weights: UnsafeMutablePointer<Float>
  ) {
    for index in 0..<blocks {
      dequantise(source + index &* bytes, into: weights + index &* columns)
    }
  }
}
