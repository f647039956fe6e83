// The two inner loops of matmul around the micro-kernel, on packed operands.
// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
extension InstructionSet {
  /// C = A · B, or C += A · B where `accumulate`, on packed A (`rows` × `depth`) and packed B
  /// (`depth` × `columns`).
  ///
  /// `c` is row-major with rows `ldc` floats apart; nothing outside of `rows` × `columns` is touched,
  /// and C is not read unless `accumulate`. A strip of B stays in the first-level cache while all
  /// strips of A pass it.
  @inlinable @inline(__always)
  public static func multiplyPacked(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, rows: Int, columns: Int, depth: Int,
    c: UnsafeMutablePointer<Float>, ldc: Int, accumulate: Bool
  ) {
    let (mr, nr) = (Tile.rows, Tile.columns)
    var column = 0
    while column < columns {
      let strip = b + column &* depth
      var row = 0
      while row < rows {
        let corner = c + row &* ldc + column
        prefetchTile(corner, ldc: ldc, rows: min(mr, rows &- row))
        let tile = multiplyStrips(a + row &* depth, strip, depth: depth)
        if row &+ mr <= rows, column &+ nr <= columns {
          if accumulate { tile.add(to: corner, ldc: ldc) } else { tile.store(to: corner, ldc: ldc) }
        } else {
          storeEdge(
            tile, rows: min(mr, rows &- row), columns: min(nr, columns &- column),
            c: corner, ldc: ldc, accumulate: accumulate)
        }
        row &+= mr
      }
      column &+= nr
    }
  }

  /// The micro-kernel: a tile of C, as a sum of outer products of a column of A and a row of B.
  @inlinable @inline(__always)
  static func multiplyStrips(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, depth: Int
  ) -> Tile {
    let (mr, nr) = (Tile.rows, Tile.columns)
    var tile = Tile()
    var (a, b) = (a, b)
    var left = depth
    while left >= 4 {
      // The lines of A that four steps use up, sixteen steps ahead.
      for line in 0..<(4 &* mr &+ 15) / 16 { prefetch(a + 16 &* mr + 16 &* line) }
      tile.addOuterProduct(a, load(b), load(b + lanes))
      tile.addOuterProduct(a + mr, load(b + nr), load(b + nr + lanes))
      tile.addOuterProduct(a + 2 &* mr, load(b + 2 &* nr), load(b + 2 &* nr + lanes))
      tile.addOuterProduct(a + 3 &* mr, load(b + 3 &* nr), load(b + 3 &* nr + lanes))
      a += 4 &* mr
      b += 4 &* nr
      left &-= 4
    }
    while left > 0 {
      tile.addOuterProduct(a, load(b), load(b + lanes))
      a += mr
      b += nr
      left &-= 1
    }
    return tile
  }

  /// Asks for the lines of C that the tile will be stored to, while the micro-kernel runs.
  @inlinable @inline(__always)
  static func prefetchTile(_ c: UnsafeMutablePointer<Float>, ldc: Int, rows: Int) {
    for row in 0..<rows {
      prefetch(c + row &* ldc)
      prefetch(c + row &* ldc + (Tile.columns &- 1))
    }
  }

  /// Stores the part of a tile that lies inside of C, by way of a buffer.
  @inlinable @inline(__always)
  static func storeEdge(
    _ tile: Tile, rows: Int, columns: Int, c: UnsafeMutablePointer<Float>, ldc: Int,
    accumulate: Bool
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Tile.rows &* Tile.columns) { buffer in
      guard let whole = buffer.baseAddress else { return }
      tile.store(to: whole, ldc: Tile.columns)
      for row in 0..<rows {
        for column in 0..<columns {
          let value = whole[row &* Tile.columns &+ column]
          let target = c + row &* ldc + column
          target.pointee = accumulate ? target.pointee + value : value
        }
      }
    }
  }
}
