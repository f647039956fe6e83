/// See the functions of the same names in `AttentionTiled.swift`, `AttentionFew.swift`,
/// `AttentionParts.swift`, `CellType.swift`, `Softmax.swift` and `Exponential.swift`.
public struct AttentionKernels: Sendable {
  /// Many rows of a KV head.
  public let tiled:
    @Sendable (AttentionCall, AttentionPiece, TiledLayout, UnsafeMutablePointer<Float>) -> Void
  /// Fewer rows than a register tile has columns.
  public let few:
    @Sendable (AttentionCall, AttentionPiece, FewLayout, UnsafeMutablePointer<Float>) -> Void
  /// (part, other, rows, valueDim)
  public let merge: @Sendable (AttentionPart, AttentionPart, Int, Int) -> Void
  /// (call, kvHead, firstRow, rows, part)
  public let finish: @Sendable (AttentionCall, Int, Int, Int, AttentionPart) -> Void
  /// (type, from, row, count)
  public let storeCells:
    @Sendable (CellType, UnsafePointer<Float>, UnsafeMutableRawPointer, Int) -> Void
  /// (x, y, rows, columns, distance)
  public let softmax:
    @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int, Int, Int) -> Void
  /// (from, to, count)
  public let exponentials:
    @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    tiled = { Instructions.attendTiled($0, $1, $2, scratch: $3) }
    few = { Instructions.attendFew($0, $1, $2, scratch: $3) }
    merge = { Instructions.merge($0, $1, rows: $2, valueDim: $3) }
    finish = { Instructions.finish($0, kvHead: $1, firstRow: $2, rows: $3, $4) }
    storeCells = { Instructions.storeCells($0, $1, to: $2, count: $3) }
    softmax = { Instructions.softmax($0, into: $1, rows: $2, columns: $3, distance: $4) }
    exponentials = { Instructions.exponentials($0, to: $1, count: $2) }
  }
}
