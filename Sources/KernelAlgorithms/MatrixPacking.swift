// Matmul reads A and B from buffers laid out in the order in which the micro-kernel wants them:
// strips as wide as the register tile, element by element along k. Edges are filled up with zeros.
extension InstructionSet {
  /// Packs `rows` × `depth` of row-major A into strips of `Tile.rows` rows.
  ///
  /// `packed` takes ⌈rows / mr⌉ · mr · depth floats: strip s holds, for every p in k order, the mr
  /// numbers A[s · mr …, p].
  @inlinable @inline(__always)
  public static func packLeft(
    _ a: UnsafePointer<Float>, lda: Int, rows: Int, depth: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let mr = Tile.rows
    var to = packed
    var row = 0
    while row < rows {
      let filled = min(mr, rows &- row)
      let from = a + row &* lda
      for p in 0..<depth {
        for r in 0..<filled { to[r] = from[r &* lda &+ p] }
        for r in filled..<mr { to[r] = 0 }
        to += mr
      }
      row &+= mr
    }
  }

  /// Packs `depth` × `columns` of row-major B into strips of `Tile.columns` columns.
  ///
  /// `packed` takes ⌈columns / nr⌉ · nr · depth floats: strip s holds, for every p in k order, the
  /// nr numbers B[p, s · nr …]. Eight rows are read side by side: whole cache lines of B, and
  /// runs of eight rows of a strip to write.
  @inlinable @inline(__always)
  public static func packRight(
    _ b: UnsafePointer<Float>, ldb: Int, depth: Int, columns: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let nr = Tile.columns
    var top = 0
    while top < depth {
      let bottom = min(top &+ 8, depth)
      var column = 0
      while column < columns {
        let to = packed + column &* depth
        let filled = min(nr, columns &- column)
        for p in top..<bottom {
          packRow(b + p &* ldb + column, filled: filled, into: to + p &* nr)
        }
        column &+= nr
      }
      top = bottom
    }
  }

  /// Copies a row of `filled` ≤ nr numbers of B and fills it up with zeros.
  @inlinable @inline(__always)
  static func packRow(
    _ from: UnsafePointer<Float>, filled: Int, into to: UnsafeMutablePointer<Float>
  ) {
    if filled == Tile.columns {
      store(load(from), to: to)
      store(load(from + lanes), to: to + lanes)
    } else {
      for j in 0..<filled { to[j] = from[j] }
      for j in filled..<Tile.columns { to[j] = 0 }
    }
  }
}
