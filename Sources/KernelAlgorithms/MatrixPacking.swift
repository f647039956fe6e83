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
    var row = 0
    while row < rows {
      let filled = min(mr, rows &- row)
      let strip = packed + row &* depth
      var r = 0
      while r < filled, filled >= 4 {
        let first = min(r, filled &- 4)  // the last four may write some rows again
        interleaveFour(a + (row &+ first) &* lda, lda: lda, depth: depth, into: strip + first)
        r = first &+ 4
      }
      while r < filled {
        let from = a + (row &+ r) &* lda
        for p in 0..<depth { strip[p &* mr &+ r] = from[p] }
        r &+= 1
      }
      while r < mr {
        for p in 0..<depth { strip[p &* mr &+ r] = 0 }
        r &+= 1
      }
      row &+= mr
    }
  }

  /// Writes four rows of A side by side into a strip.
  ///
  /// Four, because rows whose distance is a multiple of 4 KiB share a set of the first cache, and a
  /// tall tile has more of them than a set has lines; and as vectors, because a compiler with
  /// AVX-512 turns the scalar loop into scatters, which cost twice as much as the copy.
  @inlinable @inline(__always)
  static func interleaveFour(
    _ from: UnsafePointer<Float>, lda: Int, depth: Int, into strip: UnsafeMutablePointer<Float>
  ) {
    let (second, third, fourth) = (from + lda, from + 2 &* lda, from + 3 &* lda)
    var to = strip
    for p in 0..<depth {
      let four = SIMD4(from[p], second[p], third[p], fourth[p])
      UnsafeMutableRawPointer(to).storeBytes(of: four, as: SIMD4<Float>.self)
      to += Tile.rows
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
