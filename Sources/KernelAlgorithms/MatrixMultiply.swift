// The two inner loops of matmul around the micro-kernel, on packed operands.
// Source: Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008.
extension RegisterTile {
  /// C = A · B, or C += A · B where `accumulate`, on packed A (`rows` × `depth`) and packed B
  /// (`depth` × `columns`), `depth` in elements of the tile.
  ///
  /// `c` is row-major with rows `ldc` numbers apart; nothing outside of `rows` × `columns` is touched,
  /// and C is not read unless `accumulate`. A strip of B stays in the first-level cache while all
  /// strips of A pass it; where the last has few rows, `Short` takes it. `ahead` is what
  /// the caller reads next: as much of it as is due is asked for beside every tile.
  @inlinable @inline(__always)
  public static func multiplyPacked<Short: RegisterTile>(
    _ short: Short.Type, _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, rows: Int,
    columns: Int, depth: Int, c: UnsafeMutablePointer<Element>, ldc: Int, accumulate: Bool,
    ahead: LinesAhead
  ) where Short.Instructions == Instructions, Short.Element == Element {
    let (mr, nr) = (Self.rows, Self.columns)
    let tiles = ((rows &+ mr &- 1) / mr) &* ((columns &+ nr &- 1) / nr)
    let due = (ahead.lines &+ tiles &- 1) / max(tiles, 1)
    var ahead = ahead
    var column = 0
    while column < columns {
      let strip = b + column &* depth
      let width = min(nr, columns &- column)
      var row = 0
      while row < rows {
        ahead.ask(due, Instructions.self)
        let (top, corner) = (a + row &* depth, c + row &* ldc + column)
        let height = min(mr, rows &- row)
        prefetchTile(corner, ldc: ldc, rows: height)
        if height > Short.rows {
          multiplyStrips(top, strip, depth: depth, distance: mr)
            .put(rows: height, columns: width, c: corner, ldc: ldc, accumulate: accumulate)
        } else {
          Short.multiplyStrips(top, strip, depth: depth, distance: mr)
            .put(rows: height, columns: width, c: corner, ldc: ldc, accumulate: accumulate)
        }
        row &+= mr
      }
      column &+= nr
    }
  }

  /// The micro-kernel: a tile of C, as a sum of outer products of a column of A and a row of B;
  /// columns of A are `distance` numbers apart.
  ///
  /// On AVX2 a step of k is 12 multiply-adds, 6 cycles of two ports, and needs 2 loads of B and 6
  /// broadcasts of A, 4 cycles of two loads. The 12 accumulators are independent, more than the
  /// 4 cycles · 2 ports that hide the latency of a multiply-add.
  @inlinable @inline(__always)
  static func multiplyStrips(
    _ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>, depth: Int, distance mr: Int
  ) -> Self {
    let nr = columns
    var sums = Self()
    var (a, b) = (a, b)
    var left = depth
    while left >= 4 {
      // The lines of A that four steps use up, sixteen steps ahead.
      for line in 0..<(4 &* rows &+ 15) / 16 { Instructions.prefetch(a + 16 &* mr + 16 &* line) }
      sums.addStep(a, b)
      sums.addStep(a + mr, b + nr)
      sums.addStep(a + 2 &* mr, b + 2 &* nr)
      sums.addStep(a + 3 &* mr, b + 3 &* nr)
      a += 4 &* mr
      b += 4 &* nr
      left &-= 4
    }
    while left > 0 {
      sums.addStep(a, b)
      a += mr
      b += nr
      left &-= 1
    }
    return sums
  }

  /// Stores, or adds, what lies inside of C.
  @inlinable @inline(__always)
  func put(
    rows: Int, columns: Int, c: UnsafeMutablePointer<Element>, ldc: Int, accumulate: Bool
  ) {
    if rows == Self.rows, columns == Self.columns {
      if accumulate { add(to: c, ldc: ldc) } else { store(to: c, ldc: ldc) }
    } else {
      storeEdge(rows: rows, columns: columns, c: c, ldc: ldc, accumulate: accumulate)
    }
  }

  /// One step of k: tile += the column of A at `a` times the row of B at `b`.
  @inlinable @inline(__always)
  mutating func addStep(_ a: UnsafePointer<Element>, _ b: UnsafePointer<Element>) {
    addOuterProduct(a, Self.load(b), Self.load(b + Instructions.lanes))
  }

  /// Asks for the lines of C that the tile will be stored to, while the micro-kernel runs.
  @inlinable @inline(__always)
  static func prefetchTile(_ c: UnsafeMutablePointer<Element>, ldc: Int, rows: Int) {
    for row in 0..<rows {
      Instructions.prefetch(c + row &* ldc)
      Instructions.prefetch(c + row &* ldc + (columns &- 1))
    }
  }

  /// Stores, or adds, the part of a tile that lies inside of C, by way of a buffer.
  @inlinable @inline(__always)
  func storeEdge(
    rows: Int, columns: Int, c: UnsafeMutablePointer<Element>, ldc: Int, accumulate: Bool
  ) {
    let nr = Self.columns
    withUnsafeTemporaryAllocation(of: Element.self, capacity: Self.rows &* nr) { buffer in
      guard let whole = buffer.baseAddress else { return }
      store(to: whole, ldc: nr)
      if accumulate {
        // What lies outside of C is added too, to numbers that are not stored.
        for row in 0..<rows {
          for column in 0..<columns { whole[row &* nr &+ column] = c[row &* ldc &+ column] }
        }
        add(to: whole, ldc: nr)
      }
      for row in 0..<rows {
        for column in 0..<columns { c[row &* ldc &+ column] = whole[row &* nr &+ column] }
      }
    }
  }
}
