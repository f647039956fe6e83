/// See the functions of the same names in `MatrixMultiply.swift`, `MatrixPacking.swift`,
/// `SkinnyMultiply.swift` and `MatrixVector.swift`.
public struct MatrixKernels: Sendable {
  /// Packed blocks of floats.
  public let floats: BlockKernels
  /// Packed blocks of bytes, with sums of 32 bits.
  public let bytes: BlockKernels
  /// Operands in single precision.
  public let f32: OperandKernels
  /// Operands in half precision.
  public let f16: OperandKernels
  /// Operands in bfloat16.
  public let bf16: OperandKernels
  /// Operands of signed bytes.
  public let i8: PackKernels
  /// Rows in the next strip of A for `OperandKernels.skinny`, of so many.
  public let skinnyRows: @Sendable (Int) -> Int
  /// (x, ldx, tokens, w, ldw, rows, depth, c, ldc, accumulate)
  public let dots:
    @Sendable (
      UnsafePointer<Float>, Int, Int, UnsafePointer<Float>, Int, Int, Int,
      UnsafeMutablePointer<Float>, Int, Bool
    ) -> Void
  /// (a, lda, rows, columns, x, y)
  public let byteVector:
    @Sendable (
      UnsafePointer<Int8>, Int, Int, Int, UnsafePointer<Int8>, UnsafeMutablePointer<Int32>
    ) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    floats = BlockKernels(
      tileRows: Instructions.Tile.rows, tileColumns: Instructions.Tile.columns, elementsInWord: 1
    ) {
      Instructions.Tile.multiplyPacked(
        FourRows<Instructions>.self, $0.assumingMemoryBound(to: Float.self),
        $1.assumingMemoryBound(to: Float.self), rows: $2,
        columns: $3, depth: $4, c: $5.assumingMemoryBound(to: Float.self), ldc: $6,
        accumulate: $7, ahead: $8)
    }
    bytes = BlockKernels(
      tileRows: Instructions.ByteTile.rows, tileColumns: Instructions.ByteTile.columns,
      elementsInWord: Instructions.groupLength
    ) {
      Instructions.ByteTile.multiplyPacked(
        FourHigh<ByteTileRow<Instructions>>.self, $0.assumingMemoryBound(to: Int32.self),
        $1.assumingMemoryBound(to: Int32.self), rows: $2,
        columns: $3, depth: $4, c: $5.assumingMemoryBound(to: Int32.self), ldc: $6,
        accumulate: $7, ahead: $8)
    }
    f32 = OperandKernels(SingleElement.self, tag)
    f16 = OperandKernels(HalfElement.self, tag)
    bf16 = OperandKernels(BrainElement.self, tag)
    i8 = PackKernels(bytes: tag)
    skinnyRows = { Instructions.skinnyRows(of: $0) }
    dots = {
      Instructions.multiplyDots(
        $0, ldx: $1, tokens: $2, $3, ldw: $4, rows: $5, depth: $6, c: $7, ldc: $8,
        accumulate: $9)
    }
    byteVector = {
      Instructions.byteMatrixVector($0, lda: $1, rows: $2, columns: $3, x: $4, y: $5)
    }
  }
}

/// Multiplication of packed operands; a word has 32 bits, and so has a number of C.
public struct BlockKernels: Sendable {
  /// Rows of the register tile.
  public let tileRows: Int
  /// Columns of the register tile.
  public let tileColumns: Int
  /// Elements in a word, successive in k.
  public let elementsInWord: Int
  /// (a, b, rows, columns, words of depth, c, ldc, accumulate, ahead)
  public let multiply: Multiply
  /// See `multiply`.
  public typealias Multiply =
    @Sendable (
      UnsafeRawPointer, UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer, Int, Bool,
      LinesAhead
    ) -> Void

  @inlinable @inline(__always)
  init(
    tileRows: Int, tileColumns: Int, elementsInWord: Int, multiply: @escaping Multiply
  ) {
    self.tileRows = tileRows
    self.tileColumns = tileColumns
    self.elementsInWord = elementsInWord
    self.multiply = multiply
  }
}

/// How operands of one element type become packed words.
public struct PackKernels: Sendable {
  /// (source, row distance, rows, depth, strip width, packed)
  public let rows: @Sendable (UnsafeRawPointer, Int, Int, Int, Int, UnsafeMutableRawPointer) -> Void
  /// (source, row distance, depth, columns, packed)
  public let columns: @Sendable (UnsafeRawPointer, Int, Int, Int, UnsafeMutableRawPointer) -> Void

  @inlinable @inline(__always)
  init<Element: MatrixElement, Instructions: InstructionSet>(
    _ type: Element.Type, _ tag: Instructions.Type
  ) {
    rows = {
      Instructions.packRows(
        Element.self, $0.assumingMemoryBound(to: Element.Stored.self), ld: $1, rows: $2,
        depth: $3, width: $4, into: $5)
    }
    columns = {
      Instructions.packColumns(
        Element.self, $0.assumingMemoryBound(to: Element.Stored.self), ldb: $1, depth: $2,
        columns: $3, into: $4.assumingMemoryBound(to: Float.self))
    }
  }

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(bytes tag: Instructions.Type) {
    rows = {
      Instructions.packRows(
        ByteElement.self, $0.assumingMemoryBound(to: Int8.self), ld: $1, rows: $2, depth: $3,
        width: $4, into: $5)
    }
    columns = {
      Instructions.packByteColumns(
        $0.assumingMemoryBound(to: Int8.self), ldb: $1, depth: $2, columns: $3,
        into: $4.assumingMemoryBound(to: Int32.self))
    }
  }
}

/// Kernels for operands of one type of float.
public struct OperandKernels: Sendable {
  /// Packing.
  public let pack: PackKernels
  /// (a, lda, rows, columns, x, y)
  public let vector:
    @Sendable (
      UnsafeRawPointer, Int, Int, Int, UnsafePointer<Float>, UnsafeMutablePointer<Float>
    ) -> Void
  /// (a, rows, b, ldb, depth, columns, c, ldc, ahead)
  public let skinny:
    @Sendable (
      UnsafePointer<Float>, Int, UnsafeRawPointer, Int, Int, Int, UnsafeMutablePointer<Float>, Int,
      Int
    ) -> Void

  @inlinable @inline(__always)
  init<Element: MatrixElement, Instructions: InstructionSet>(
    _ type: Element.Type, _ tag: Instructions.Type
  ) {
    pack = PackKernels(type, tag)
    vector = {
      Instructions.matrixVector(
        Element.self, $0.assumingMemoryBound(to: Element.Stored.self), lda: $1, rows: $2,
        columns: $3, x: $4, y: $5)
    }
    skinny = {
      Instructions.multiplySkinny(
        Element.self, $0, rows: $1, $2.assumingMemoryBound(to: Element.Stored.self), ldb: $3,
        depth: $4, columns: $5, c: $6, ldc: $7, ahead: $8)
    }
  }
}
