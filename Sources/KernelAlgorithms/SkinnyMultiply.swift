// Matmul for few rows of A, bound by the bytes of B: B is read once, in the order in which it lies in
// memory, and not packed.
extension InstructionSet {
  /// C = A · B for few `rows` of A and row-major B of `depth` × `columns`, rows `ldb` elements apart.
  ///
  /// A is packed: one strip after the other of `skinnyRows` rows, each `depth` long, as `packRows`
  /// leaves it. Sums lie side by side in a buffer of their own, `rows` · `columns` floats, a tile of
  /// C after the other. Elements of B are asked for `ahead` elements of a row before their use.
  ///
  /// One strip: four rows of B pass sums that the first cache holds. Four, because rows of B whose
  /// distance is a multiple of 4 KiB share one set of that cache, which has eight lines. On AVX2 with four
  /// rows of A, four rows of two vectors of B are 32 multiply-adds (16 cycles of two ports) for 8
  /// loads of B, 16 broadcasts of A and 8 loads of sums (16 cycles of two loads): 16 bytes of B a
  /// cycle, more than memory gives a core.
  ///
  /// Several strips are bound by arithmetic as much as by memory. Eight rows of B then pass sums
  /// in the second cache: half as many loads and stores of sums, and the strips take turns at every
  /// two vectors of B, so that B is asked for evenly and lies in the first cache while all of them
  /// need it. 16 rows of A: 256 multiply-adds (128 cycles), 208 loads, 32 stores.
  @inlinable @inline(__always)
  public static func multiplySkinny<Element: MatrixElement>(
    _ type: Element.Type, _ a: UnsafePointer<Float>, rows: Int, _ b: UnsafePointer<Element.Stored>,
    ldb: Int, depth: Int, columns: Int, c: UnsafeMutablePointer<Float>, ldc: Int, ahead: Int
  ) {
    let width = (columns &+ Tile.columns &- 1) / Tile.columns &* Tile.columns
    withUnsafeTemporaryAllocation(byteCount: 4 &* width &* rows, alignment: 64) { buffer in
      guard let start = buffer.baseAddress else { return }
      let sums = start.initializeMemory(as: Float.self, repeating: 0, count: width &* rows)
      let isOneStrip = skinnyRows(of: rows) == rows
      var p = 0
      while p < depth {
        let steps = min(isOneStrip ? 4 : 8, depth &- p)
        let piece = SkinnyPiece(
          type, b: b + p &* ldb, ldb: ldb, steps: steps, columns: columns, ahead: ahead)
        if isOneStrip {
          addPiece(piece, a + p &* rows, rows: rows, to: sums)
        } else {
          addPiece(piece, strips: a, from: p, depth: depth, rows: rows, to: sums)
        }
        p &+= steps
      }
      storeSums(sums, rows: rows, columns: columns, c: c, ldc: ldc)
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
    _ piece: SkinnyPiece<Element>, _ a: UnsafePointer<Float>, rows: Int,
    to sums: UnsafeMutablePointer<Float>
  ) {
    switch rows {
    case 1: TileRow<Self>.add(piece, a, to: sums)
    case 2: TwoRows<Self>.add(piece, a, to: sums)
    case 3: ThreeRows<Self>.add(piece, a, to: sums)
    case 4: FourRows<Self>.add(piece, a, to: sums)
    default: SixRows<Self>.add(piece, a, to: sums)
    }
  }

  /// Adds a piece of B from row `p` on to the sums of all strips of A, each `depth` long.
  @inlinable @inline(__always)
  static func addPiece<Element: MatrixElement>(
    _ piece: SkinnyPiece<Element>, strips a: UnsafePointer<Float>, from p: Int, depth: Int,
    rows: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    var column = 0
    while column < piece.columns {
      piece.ask(column, Self.self)
      var row = 0
      while row < rows {
        let taken = skinnyRows(of: rows &- row)
        let strip = a + row &* depth + p &* taken
        let to = sums + column &* rows + row &* Tile.columns
        switch taken {
        case 2: TwoRows<Self>.addTile(piece, strip, column, to: to)
        case 3: ThreeRows<Self>.addTile(piece, strip, column, to: to)
        case 4: FourRows<Self>.addTile(piece, strip, column, to: to)
        default: SixRows<Self>.addTile(piece, strip, column, to: to)
        }
        row &+= taken
      }
      column &+= Tile.columns
    }
  }

  /// Copies sums to C: tiles of all rows one after the other, in them row by row.
  @inlinable @inline(__always)
  static func storeSums(
    _ sums: UnsafePointer<Float>, rows: Int, columns: Int, c: UnsafeMutablePointer<Float>, ldc: Int
  ) {
    let nr = Tile.columns
    for row in 0..<rows {
      let to = c + row &* ldc
      var column = 0
      while column < columns {
        let from = sums + column &* rows + row &* nr
        for j in 0..<min(nr, columns &- column) { to[column &+ j] = from[j] }
        column &+= nr
      }
    }
  }
}

/// Up to eight steps of k: the rows of B that a strip of A is multiplied with.
@usableFromInline
struct SkinnyPiece<Element: MatrixElement> {
  @usableFromInline let b: UnsafePointer<Element.Stored>
  @usableFromInline let ldb: Int
  @usableFromInline let steps: Int
  @usableFromInline let columns: Int
  /// Elements of B that are asked for ahead of their use.
  @usableFromInline let ahead: Int

  @inlinable @inline(__always)
  init(
    _ type: Element.Type, b: UnsafePointer<Element.Stored>, ldb: Int, steps: Int, columns: Int,
    ahead: Int
  ) {
    self.b = b
    self.ldb = ldb
    self.steps = steps
    self.columns = columns
    self.ahead = ahead
  }

  /// Asks for the line of every row that is due at `column`; past the end of these rows, of the next ones.
  @inlinable @inline(__always)
  func ask<Instructions: InstructionSet>(_ column: Int, _ tag: Instructions.Type) {
    let near = min(ahead, columns)
    let isNear = column < columns &- near
    var row = b + column + (isNear ? near : steps &* ldb &+ near &- columns)
    for _ in 0..<steps {
      Instructions.prefetch(row)
      row += ldb
    }
  }
}

extension FloatTile {
  /// Adds a piece to the sums of this tile's rows: for every strip of columns, row by row.
  @inlinable @inline(__always)
  static func add<Stored: MatrixElement>(
    _ piece: SkinnyPiece<Stored>, _ a: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>
  ) {
    let whole = piece.steps == 4 ? piece.columns / columns &* columns : 0
    let (b, ldb) = (piece.b, piece.ldb)
    // Past the end of these rows, the next four are asked for.
    let near = min(piece.ahead, whole)
    let (turn, far) = (whole &- near, 4 &* ldb &+ near &- whole)
    var column = 0
    while column < whole {
      let ahead = b + column + (column < turn ? near : far)
      Instructions.prefetch(ahead)
      Instructions.prefetch(ahead + ldb)
      Instructions.prefetch(ahead + 2 &* ldb)
      Instructions.prefetch(ahead + 3 &* ldb)
      let to = sums + column &* rows
      var tile = Self(to, ldc: columns)
      tile.addFourSteps(Stored.self, a, b + column, ldb: ldb)
      tile.store(to: to, ldc: columns)
      column &+= columns
    }
    while column < piece.columns {
      addEdge(piece, a, column, to: sums + column &* rows)
      column &+= columns
    }
  }

  /// Adds the steps of a piece to one tile of C, from `column` on.
  @inlinable @inline(__always)
  static func addTile<Stored: MatrixElement>(
    _ piece: SkinnyPiece<Stored>, _ a: UnsafePointer<Float>, _ column: Int,
    to sums: UnsafeMutablePointer<Float>
  ) {
    guard piece.steps == 8, column &+ columns <= piece.columns else {
      return addEdge(piece, a, column, to: sums)
    }
    let (b, ldb) = (piece.b + column, piece.ldb)
    var tile = Self(sums, ldc: columns)
    tile.addFourSteps(Stored.self, a, b, ldb: ldb)
    tile.addFourSteps(Stored.self, a + 4 &* rows, b + 4 &* ldb, ldb: ldb)
    tile.store(to: sums, ldc: columns)
  }

  /// The same for fewer steps of k or fewer columns.
  @inlinable @inline(__always)
  static func addEdge<Stored: MatrixElement>(
    _ piece: SkinnyPiece<Stored>, _ a: UnsafePointer<Float>, _ column: Int,
    to sums: UnsafeMutablePointer<Float>
  ) {
    var tile = Self()
    for step in 0..<piece.steps {
      let row = piece.b + step &* piece.ldb + column
      Instructions.withFilled(Stored.self, row, count: min(columns, piece.columns &- column)) {
        tile.addStep(Stored.self, a + step &* rows, $0)
      }
    }
    tile.add(to: sums, ldc: columns)
  }

  /// Four steps of k on unpacked B.
  @inlinable @inline(__always)
  mutating func addFourSteps<Stored: MatrixElement>(
    _ type: Stored.Type, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Stored.Stored>, ldb: Int
  ) {
    addStep(type, a, b)
    addStep(type, a + Self.rows, b + ldb)
    addStep(type, a + 2 &* Self.rows, b + 2 &* ldb)
    addStep(type, a + 3 &* Self.rows, b + 3 &* ldb)
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
