// Matmul for few rows of A, bound by the bytes of B: B is read once, in the order in which it lies in
// memory, and not packed.
extension InstructionSet {
  /// C = A · B for few `rows` of A and row-major B of `depth` × `columns`, rows `ldb` elements apart.
  ///
  /// A is packed: one strip after the other of `skinnyRows` rows, each `depth` long, as `packRows`
  /// leaves it. Four rows of B pass sums that the first cache holds, `rows` · `columns` floats. These
  /// lie side by side in a buffer of their own, and rows of B are four, because rows of B and of C
  /// whose distance is a multiple of 4 KiB share one set of that cache, which has eight lines. Elements
  /// of B are asked for `ahead` elements of a row before their use.
  ///
  /// On AVX2 with four rows of A, four rows of two vectors of B are 32 multiply-adds (16 cycles of two
  /// ports) for 8 loads of B, 16 broadcasts of A and 8 loads of sums (16 cycles of two loads):
  /// 16 bytes of B a cycle, more than memory gives a core.
  @inlinable @inline(__always)
  public static func multiplySkinny<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Float>, rows: Int, _ b: UnsafePointer<Element.Stored>,
    ldb: Int, depth: Int, columns: Int, c: UnsafeMutablePointer<Float>, ldc: Int, ahead: Int
  ) {
    let width = (columns &+ Tile.columns &- 1) / Tile.columns &* Tile.columns
    withUnsafeTemporaryAllocation(byteCount: 4 &* width &* rows, alignment: 64) { buffer in
      guard let start = buffer.baseAddress else { return }
      let sums = start.initializeMemory(as: Float.self, repeating: 0, count: width &* rows)
      var p = 0
      while p < depth {
        var row = 0
        while row < rows {
          let taken = skinnyRows(of: rows &- row)
          let piece = SkinnyPiece(
            type, a: a + row &* depth + p &* taken, b: b + p &* ldb, ldb: ldb,
            steps: min(4, depth &- p), columns: columns, ahead: row == 0 ? ahead : 0)
          addPiece(piece, rows: taken, to: sums + row &* width)
          row &+= taken
        }
        p &+= 4
      }
      storeSums(sums, width: width, rows: rows, columns: columns, c: c, ldc: ldc)
    }
  }

  /// Rows of A in the next strip of `left`: no tile of a single row but for one row, as that has too
  /// few accumulators to hide the latency of a multiply-add.
  @inlinable @inline(__always)
  public static func skinnyRows(of left: Int) -> Int {
    switch left {
    case ...4: left
    case 5: 3
    case 7, 8: 4
    default: 6
    }
  }

  /// Adds a piece to the sums of a strip of `rows` rows of A.
  @inlinable @inline(__always)
  static func addPiece<Element: MatrixElement>(
    _ piece: SkinnyPiece<Element>, rows: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    switch rows {
    case 1: TileRow<Self>.add(piece, to: sums)
    case 2: TwoRows<Self>.add(piece, to: sums)
    case 3: ThreeRows<Self>.add(piece, to: sums)
    case 4: FourRows<Self>.add(piece, to: sums)
    default: SixRows<Self>.add(piece, to: sums)
    }
  }

  /// Copies sums to C: strips of rows of A one after the other, in them strips of columns, row by row.
  @inlinable @inline(__always)
  static func storeSums(
    _ sums: UnsafePointer<Float>, width: Int, rows: Int, columns: Int,
    c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    let nr = Tile.columns
    var row = 0
    while row < rows {
      let taken = skinnyRows(of: rows &- row)
      for r in 0..<taken {
        let to = c + (row &+ r) &* ldc
        var column = 0
        while column < columns {
          let from = sums + row &* width + column &* taken + r &* nr
          for j in 0..<min(nr, columns &- column) { to[column &+ j] = from[j] }
          column &+= nr
        }
      }
      row &+= taken
    }
  }
}

/// Up to four steps of k: numbers of a strip of A, and the rows of B that they are multiplied with.
@usableFromInline
struct SkinnyPiece<Element: MatrixElement> {
  @usableFromInline let a: UnsafePointer<Float>
  @usableFromInline let b: UnsafePointer<Element.Stored>
  @usableFromInline let ldb: Int
  @usableFromInline let steps: Int
  @usableFromInline let columns: Int
  /// Elements of B that are asked for ahead of their use; 0 is none.
  @usableFromInline let ahead: Int

  @inlinable @inline(__always)
  init(
    _ type: Element.Type, a: UnsafePointer<Float>, b: UnsafePointer<Element.Stored>, ldb: Int,
    steps: Int, columns: Int, ahead: Int
  ) {
    self.a = a
    self.b = b
    self.ldb = ldb
    self.steps = steps
    self.columns = columns
    self.ahead = ahead
  }
}

extension FloatTile {
  /// Adds a piece to the sums of this tile's rows: for every strip of columns, row by row.
  @inlinable @inline(__always)
  static func add<Stored: MatrixElement>(
    _ piece: SkinnyPiece<Stored>, to sums: UnsafeMutablePointer<Float>
  ) {
    let whole = piece.steps == 4 ? piece.columns / columns &* columns : 0
    let (a, b, ldb) = (piece.a, piece.b, piece.ldb)
    // Past the end of these rows, the next four are asked for.
    let near = min(piece.ahead, whole)
    let (turn, far) = (whole &- near, 4 &* ldb &+ near &- whole)
    var column = 0
    while column < whole {
      let (b0, b1) = (b + column, b + ldb + column)
      let (b2, b3) = (b0 + 2 &* ldb, b1 + 2 &* ldb)
      if near > 0 {
        let ahead = column < turn ? near : far
        Instructions.prefetch(b0 + ahead)
        Instructions.prefetch(b1 + ahead)
        Instructions.prefetch(b2 + ahead)
        Instructions.prefetch(b3 + ahead)
      }
      let to = sums + column &* rows
      var tile = Self(to, ldc: columns)
      tile.addStep(Stored.self, a, b0)
      tile.addStep(Stored.self, a + rows, b1)
      tile.addStep(Stored.self, a + 2 &* rows, b2)
      tile.addStep(Stored.self, a + 3 &* rows, b3)
      tile.store(to: to, ldc: columns)
      column &+= columns
    }
    while column < piece.columns {
      addEdge(piece, column, to: sums + column &* rows)
      column &+= columns
    }
  }

  /// The same for fewer steps of k or fewer columns, from `column` on.
  @inlinable @inline(__always)
  static func addEdge<Stored: MatrixElement>(
    _ piece: SkinnyPiece<Stored>, _ column: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    var tile = Self()
    for step in 0..<piece.steps {
      let row = piece.b + step &* piece.ldb + column
      Instructions.withFilled(Stored.self, row, count: min(columns, piece.columns &- column)) {
        tile.addStep(Stored.self, piece.a + step &* rows, $0)
      }
    }
    tile.add(to: sums, ldc: columns)
  }

  /// One step of k on unpacked B.
  @inlinable @inline(__always)
  mutating func addStep<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Stored.Stored>
  ) {
    let tag = Instructions.self
    addOuterProduct(a, Stored.load(b, tag), Stored.load(b + Instructions.lanes, tag))
  }
}
