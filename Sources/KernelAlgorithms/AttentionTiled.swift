// Attention of many queries, a block of cells at a time, with the register tile of matmul.
//
// Everything is computed the other way round: scores as K · Qᵀ, the result as Vᵀ · Pᵀ. Lanes are
// queries then. Maxima and sums of softmax go lane by lane, without a step across a vector; the
// weights come out in the layout in which the second product wants its right operand; and the left
// operands, of which single numbers are broadcast, need no packing: a tile reads `Tile.rows` keys,
// or as many neighbouring numbers of a value, wherever they lie.
//
// On 16 registers the tile is 6 keys (or numbers of a value) × 16 queries: 12 sums, 2 vectors of
// the right operand, 1 broadcast. Six broadcasts and two loads feed twelve multiply-adds, so that
// on two load ports and two FMA units the multiply-adds bind.
// Source: Dao et al., "FlashAttention", 2022; Milakov and Gimelshein, 2018.

/// Where a thread keeps a block of rows and a block of cells, in floats from the start of its
/// scratch.
public struct TiledLayout: Sendable {
  /// Rows of a piece, at most.
  public let blockRows: Int
  /// Cells that are taken at a time.
  public let blockCells: Int
  /// Floats between widened keys and between widened values: a line more than they need, since
  /// rows a power of two apart would share few sets of the first-level cache.
  @usableFromInline let keyDistance: Int
  @usableFromInline let valueDistance: Int
  /// Numbers of a value, in whole tiles.
  @usableFromInline let paddedValue: Int
  @usableFromInline let values: Int
  @usableFromInline let scores: Int
  @usableFromInline let queries: Int
  @usableFromInline let results: Int
  @usableFromInline let maxima: Int
  @usableFromInline let sums: Int
  /// Floats in all.
  public let floats: Int

  /// For tiles of `tileRows` × `tileColumns`; `blockRows` becomes a multiple of `tileColumns`.
  public init(
    keyDim: Int, valueDim: Int, blockRows: Int, blockCells: Int, tileRows: Int, tileColumns: Int
  ) {
    func whole(_ extent: Int, _ unit: Int) -> Int { (extent + unit - 1) / unit * unit }
    self.blockRows = whole(blockRows, tileColumns)
    self.blockCells = blockCells
    keyDistance = whole(keyDim, 16) + 16
    valueDistance = whole(valueDim, 16) + 16
    paddedValue = whole(valueDim, tileRows)
    values = (blockCells + tileRows) * keyDistance
    scores = values + blockCells * valueDistance
    queries = scores + (blockCells + tileRows) * tileColumns
    results = queries + self.blockRows * keyDim
    maxima = results + self.blockRows * paddedValue
    sums = maxima + self.blockRows
    floats = whole(sums + self.blockRows, 1024)
  }
}

extension InstructionSet {
  /// Attention of `piece`, `layout.blockRows` rows at most, in a thread's own `scratch`.
  @inlinable @inline(__always)
  public static func attendTiled(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: TiledLayout,
    scratch: UnsafeMutablePointer<Float>
  ) {
    packQueries(call, piece, into: scratch + layout.queries)
    let strips = (piece.rows &+ Tile.columns &- 1) / Tile.columns
    let rows = strips &* Tile.columns
    (scratch + layout.results).update(repeating: 0, count: rows &* layout.paddedValue)
    (scratch + layout.maxima).update(repeating: lowestMaximum, count: rows)
    (scratch + layout.sums).update(repeating: 0, count: rows)
    var cell = piece.firstCell
    while cell < piece.endCell {
      let end = min(cell &+ layout.blockCells, piece.endCell)
      widenBlock(call, piece.kvHead, cell, end, layout, scratch)
      for strip in 0..<strips { attendStrip(call, piece, strip, cell, end, layout, scratch) }
      cell = end
    }
    unpackResults(call, piece, layout, scratch)
  }

  /// Queries, scaled, with `Tile.columns` rows side by side; what is left over is zeros.
  @inlinable @inline(__always)
  static func packQueries(
    _ call: AttentionCall, _ piece: AttentionPiece, into packed: UnsafeMutablePointer<Float>
  ) {
    let nr = Tile.columns
    let whole = (piece.rows &+ nr &- 1) / nr &* nr
    for row in stride(from: 0, to: whole, by: 4) {
      let to = packed + (row / nr &* nr &* call.keyDim &+ row % nr)
      if row &+ 4 <= piece.rows {
        packFour(call, piece, row, to)
      } else {
        for d in 0..<call.keyDim {
          for lane in 0..<4 { to[d &* nr &+ lane] = 0 }
        }
        for lane in 0..<max(piece.rows &- row, 0) {
          let query = call.query(kvHead: piece.kvHead, row: piece.firstRow &+ row &+ lane)
          for d in 0..<call.keyDim { to[d &* nr &+ lane] = query[d] * call.scale }
        }
      }
    }
  }

  /// Four rows side by side, four numbers a store.
  @inlinable @inline(__always)
  static func packFour(
    _ call: AttentionCall, _ piece: AttentionPiece, _ row: Int, _ to: UnsafeMutablePointer<Float>
  ) {
    let first = piece.firstRow &+ row
    let a = call.query(kvHead: piece.kvHead, row: first)
    let b = call.query(kvHead: piece.kvHead, row: first &+ 1)
    let c = call.query(kvHead: piece.kvHead, row: first &+ 2)
    let e = call.query(kvHead: piece.kvHead, row: first &+ 3)
    var to = UnsafeMutableRawPointer(to)
    for d in 0..<call.keyDim {
      let scale = call.scale
      let four = SIMD4(a[d] * scale, b[d] * scale, c[d] * scale, e[d] * scale)
      to.storeBytes(of: four, as: SIMD4<Float>.self)
      to += 4 &* Tile.columns
    }
  }

  /// Keys and values of cells `cell` … `end` − 1 in single precision.
  @inlinable @inline(__always)
  static func widenBlock(
    _ call: AttentionCall, _ kvHead: Int, _ cell: Int, _ end: Int, _ layout: TiledLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    var (key, value) = (scratch, scratch + layout.values)
    for index in cell..<end {
      widen(call.type, call.key(kvHead: kvHead, cell: index), to: key, count: call.keyDim)
      key += layout.keyDistance
    }
    for index in cell..<end {
      widen(call.type, call.value(kvHead: kvHead, cell: index), to: value, count: call.valueDim)
      value += layout.valueDistance
    }
  }

  /// The rows of one strip of queries against the cells of a block that any of them sees.
  @inlinable @inline(__always)
  static func attendStrip(
    _ call: AttentionCall, _ piece: AttentionPiece, _ strip: Int, _ cell: Int, _ end: Int,
    _ layout: TiledLayout, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let row = strip &* Tile.columns
    let lastRow = min(row &+ Tile.columns, piece.rows) &- 1
    let first = max(cell, call.firstCell(ofRow: piece.firstRow &+ row))
    let last = min(end, call.endCell(ofRow: piece.firstRow &+ lastRow))
    guard first < last else { return }
    let (depth, scores) = (last &- first, scratch + layout.scores)
    scoreStrip(
      scratch + (first &- cell) &* layout.keyDistance, lda: layout.keyDistance,
      scratch + (layout.queries &+ row &* call.keyDim), keyDim: call.keyDim, cells: depth,
      into: scores)
    hideCells(call, piece, row, first, last, scores)
    let results = scratch + (layout.results &+ row &* layout.paddedValue)
    weighStrip(
      scores, cells: depth, maxima: scratch + (layout.maxima &+ row),
      sums: scratch + (layout.sums &+ row), results, count: layout.paddedValue)
    addValues(
      scratch + (layout.values &+ (first &- cell) &* layout.valueDistance),
      lda: layout.valueDistance, scores, cells: depth, results, valueDim: call.valueDim)
  }

  /// results += Vᵀ · P: whole tiles, and tiles of four rows where they leave less over.
  @inlinable @inline(__always)
  static func addValues(
    _ values: UnsafePointer<Float>, lda: Int, _ weights: UnsafePointer<Float>, cells: Int,
    _ results: UnsafeMutablePointer<Float>, valueDim: Int
  ) {
    var d = 0
    while d < valueDim {
      let (from, to) = (values + d, results + d &* Tile.columns)
      if (valueDim &- d &+ 3) / 4 &* 4 < Tile.rows {
        let tile = product(FourRows<Self>.self, from, lda: 1, step: lda, weights, depth: cells)
        tile.add(to: to, ldc: Tile.columns)
        d &+= 4
      } else {
        let tile = product(Tile.self, from, lda: 1, step: lda, weights, depth: cells)
        tile.add(to: to, ldc: Tile.columns)
        d &+= Tile.rows
      }
    }
  }

  /// scores = K · Qᵀ, a row a cell: whole tiles, so that up to `Tile.rows` − 1 more rows are
  /// written.
  @inlinable @inline(__always)
  static func scoreStrip(
    _ keys: UnsafePointer<Float>, lda: Int, _ queries: UnsafePointer<Float>, keyDim: Int,
    cells: Int, into scores: UnsafeMutablePointer<Float>
  ) {
    var cell = 0
    while cell < cells {
      let tile = product(Tile.self, keys + cell &* lda, lda: lda, step: 1, queries, depth: keyDim)
      tile.store(to: scores + cell &* Tile.columns, ldc: Tile.columns)
      cell &+= Tile.rows
    }
  }

  /// A tile of A · B: element (r, p) of A at r · lda + p · step, B packed `Tile.columns` wide.
  @inlinable @inline(__always)
  static func product<Rows: FloatTile>(
    _ rows: Rows.Type, _ a: UnsafePointer<Float>, lda: Int, step: Int,
    _ b: UnsafePointer<Float>, depth: Int
  ) -> Rows where Rows.Instructions == Self {
    let nr = Rows.columns
    var tile = Rows()
    var (a, b) = (a, b)
    var left = depth
    while left >= 4 {
      tile.addOuterProduct(a, lda: lda, load(b), load(b + lanes))
      tile.addOuterProduct(a + step, lda: lda, load(b + nr), load(b + nr + lanes))
      tile.addOuterProduct(
        a + 2 &* step, lda: lda, load(b + 2 &* nr), load(b + 2 &* nr + lanes))
      tile.addOuterProduct(
        a + 3 &* step, lda: lda, load(b + 3 &* nr), load(b + 3 &* nr + lanes))
      a += 4 &* step
      b += 4 &* nr
      left &-= 4
    }
    while left > 0 {
      tile.addOuterProduct(a, lda: lda, load(b), load(b + lanes))
      a += step
      b += nr
      left &-= 1
    }
    return tile
  }

  /// Sets scores to −∞ where a row of the strip does not see a cell: few, since neighbouring rows
  /// see nearly the same.
  @inlinable @inline(__always)
  static func hideCells(
    _ call: AttentionCall, _ piece: AttentionPiece, _ row: Int, _ first: Int, _ last: Int,
    _ scores: UnsafeMutablePointer<Float>
  ) {
    for lane in 0..<min(Tile.columns, piece.rows &- row) {
      let index = piece.firstRow &+ row &+ lane
      let shown = min(max(call.firstCell(ofRow: index), first), last)
      let hidden = max(min(call.endCell(ofRow: index), last), shown)
      for cell in first..<shown { scores[(cell &- first) &* Tile.columns &+ lane] = -.infinity }
      for cell in hidden..<last { scores[(cell &- first) &* Tile.columns &+ lane] = -.infinity }
    }
  }

  /// Scores become weights, 2^(s − m) with the new maxima m; sums and results follow the maxima.
  @inlinable @inline(__always)
  static func weighStrip(
    _ scores: UnsafeMutablePointer<Float>, cells: Int, maxima: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Float>, _ results: UnsafeMutablePointer<Float>, count: Int
  ) {
    let (before, next) = ((load(maxima), load(maxima + lanes)), Tile.columns)
    var (m, n) = before
    var p = scores
    for _ in 0..<cells {
      m = maximum(load(p), m)
      n = maximum(load(p + lanes), n)
      p += next
    }
    store(m, to: maxima)
    store(n, to: maxima + lanes)
    let (f, g) = (powerOfTwo(subtract(before.0, m)), powerOfTwo(subtract(before.1, n)))
    var (s, t) = (multiply(load(sums), f), multiply(load(sums + lanes), g))
    p = scores
    for _ in 0..<cells {
      let (v, w) = (powerOfTwo(subtract(load(p), m)), powerOfTwo(subtract(load(p + lanes), n)))
      store(v, to: p)
      store(w, to: p + lanes)
      (s, t) = (add(s, v), add(t, w))
      p += next
    }
    store(s, to: sums)
    store(t, to: sums + lanes)
    p = results
    for _ in 0..<count {
      store(multiply(load(p), f), to: p)
      store(multiply(load(p + lanes), g), to: p + lanes)
      p += next
    }
  }

  /// Rows of the result, divided by their sums, or the sums themselves as a part.
  @inlinable @inline(__always)
  static func unpackResults(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: TiledLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let nr = Tile.columns
    for row in 0..<piece.rows {
      let sum = scratch[layout.sums &+ row]
      let strip = scratch + (layout.results &+ row / nr &* nr &* layout.paddedValue &+ row % nr)
      var (to, factor) = (
        call.result(kvHead: piece.kvHead, row: piece.firstRow &+ row), inverse(sum)
      )
      if let part = piece.part {
        part.maxima[row] = scratch[layout.maxima &+ row]
        part.sums[row] = sum
        (to, factor) = (part.values + row &* call.valueDim, 1)
      }
      for d in 0..<call.valueDim { to[d] = strip[d &* nr] * factor }
    }
  }
}
