/// A block of memory that is asked for bit by bit while something else is computed, so that it has
/// arrived in the second cache when its turn comes.
public struct LinesAhead {
  @usableFromInline var row: UnsafeRawPointer
  @usableFromInline var rowsLeft: Int
  @usableFromInline let rowBytes: Int
  @usableFromInline let distance: Int
  @usableFromInline var offset = 0

  /// `rows` rows of `rowBytes` bytes, `distance` bytes apart, from `start` on; no rows is nothing.
  @inlinable @inline(__always)
  public init(from start: UnsafeRawPointer, rows: Int, rowBytes: Int, distance: Int) {
    row = start
    rowsLeft = rows
    self.rowBytes = rowBytes
    self.distance = distance
  }

  /// Cache lines of 64 bytes that the rows take.
  @inlinable @inline(__always)
  var lines: Int { rowsLeft &* ((rowBytes &+ 63) / 64) }

  /// Asks for the next `count` lines.
  @inlinable @inline(__always)
  mutating func ask<Instructions: InstructionSet>(_ count: Int, _ tag: Instructions.Type) {
    var count = min(count, rowsLeft > 0 ? .max : 0)
    while count > 0 {
      Instructions.prefetchFar(row + offset)
      offset &+= 64
      count &-= 1
      guard offset >= rowBytes else { continue }
      offset = 0
      row += distance
      rowsLeft &-= 1
      if rowsLeft == 0 { return }
    }
  }
}
