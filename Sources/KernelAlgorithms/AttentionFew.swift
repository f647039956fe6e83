// Attention of few queries, as in decode: bound by the bytes of keys and values, which are read
// once for all the query heads that share them, in the type that they are stored in.
//
// A tile of 4 queries × 2 cells takes dot products: 8 sums, 2 keys, 1 query of 16 registers; one of
// 4 queries × 2 vectors adds up values.

/// Where a thread keeps its rows, in floats from the start of its scratch.
public struct FewLayout: Sendable {
  /// Cells that are taken at a time: their keys and values fill half of a first-level cache, so
  /// that what is asked for ahead is still there when its turn comes.
  public let blockCells: Int
  /// At most.
  @usableFromInline static var mostCells: Int { 64 }
  /// Cells whose values are added up at a time.
  @usableFromInline static var groupCells: Int { 16 }
  /// Numbers of a key and of a value, in whole pairs of vectors.
  @usableFromInline let keyDim: Int
  @usableFromInline let valueDim: Int
  /// Bytes of the next block's keys and values that are asked for in a step of the scores' loop,
  /// and in one of the values' loop: the first halves in the one, the second in the other.
  @usableFromInline let scorePace: (Int, Int)
  @usableFromInline let valuePace: (Int, Int)
  /// Whether rows are whole pairs of vectors, which can be read where they are.
  @usableFromInline let isWhole: Bool
  @usableFromInline let results: Int
  @usableFromInline let scores: Int
  @usableFromInline let maxima: Int
  @usableFromInline let sums: Int
  @usableFromInline let keys: Int
  @usableFromInline let values: Int
  /// Floats in all.
  public let floats: Int

  /// Floats between the scores of a row and the next: a block, and a pair of vectors to fill up.
  @usableFromInline static var scoreDistance: Int { mostCells + 32 }

  /// For `rows` rows and tiles of `tileColumns`; a first-level cache holds `cache` bytes.
  public init(
    type: CellType, keyDim: Int, valueDim: Int, rows: Int, tileColumns: Int, cache: Int
  ) {
    func whole(_ extent: Int, _ unit: Int) -> Int { (extent + unit - 1) / unit * unit }
    let cellBytes = type.bytes(elements: keyDim) + type.bytes(elements: valueDim)
    let cells = cache / 2 / max(cellBytes, 1) / Self.groupCells * Self.groupCells
    blockCells = min(max(cells, Self.groupCells), Self.mostCells)
    self.keyDim = whole(keyDim, tileColumns)
    self.valueDim = whole(valueDim, tileColumns)
    isWhole = keyDim == self.keyDim && valueDim == self.valueDim
    let (keyBytes, valueBytes) = (type.bytes(elements: keyDim), type.bytes(elements: valueDim))
    scorePace = (keyBytes * tileColumns / self.keyDim, valueBytes * tileColumns / self.keyDim)
    valuePace = (keyBytes * tileColumns / self.valueDim, valueBytes * tileColumns / self.valueDim)
    results = rows * self.keyDim
    scores = results + rows * self.valueDim
    maxima = scores + rows * Self.scoreDistance
    sums = maxima + rows
    keys = whole(sums + rows, 16)
    values = keys + (isWhole ? 0 : blockCells * self.keyDim)
    floats = whole(values + (isWhole ? 0 : blockCells * self.valueDim), 1024)
  }
}

/// Cells of a block, as they lie in memory.
@usableFromInline struct CellBlock {
  @usableFromInline let keys: UnsafeRawPointer
  @usableFromInline let keyBytes: Int
  @usableFromInline let values: UnsafeRawPointer
  @usableFromInline let valueBytes: Int
  @usableFromInline let cells: Int

  @inlinable init(
    keys: UnsafeRawPointer, keyBytes: Int, values: UnsafeRawPointer, valueBytes: Int, cells: Int
  ) {
    (self.keys, self.keyBytes, self.cells) = (keys, keyBytes, cells)
    (self.values, self.valueBytes) = (values, valueBytes)
  }

  /// Where the next block begins, if there is one: asked for in time, keys and values together,
  /// since memory answers two streams sooner than one.
  @inlinable @inline(__always) var nextKeys: UnsafeRawPointer { keys + cells &* keyBytes }
  @inlinable @inline(__always) var nextValues: UnsafeRawPointer { values + cells &* valueBytes }
}

extension InstructionSet {
  /// Attention of `piece`, of as many rows as `layout` was made for, in a thread's own `scratch`.
  @inlinable @inline(__always)
  public static func attendFew(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    scratch: UnsafeMutablePointer<Float>
  ) {
    startFew(call, piece, layout, scratch)
    guard layout.isWhole else { return attendRagged(call, piece, layout, scratch) }
    switch call.type {
    case .f32: attendBlocks(SingleCells.self, call, piece, layout, scratch)
    case .f16: attendBlocks(HalfCells.self, call, piece, layout, scratch)
    case .bf16: attendBlocks(BrainCells.self, call, piece, layout, scratch)
    case .q8_0: attendBlocks(EightBitCells.self, call, piece, layout, scratch)
    }
    endFew(call, piece, layout, scratch)
  }

  /// Scaled queries, filled up with zeros, and sums of nothing.
  @inlinable @inline(__always)
  static func startFew(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<piece.rows {
      let query = call.query(kvHead: piece.kvHead, row: piece.firstRow &+ row)
      let own = scratch + row &* layout.keyDim
      for d in 0..<call.keyDim { own[d] = query[d] * call.scale }
      for d in call.keyDim..<layout.keyDim { own[d] = 0 }
    }
    (scratch + layout.results).update(repeating: 0, count: piece.rows &* layout.valueDim)
    (scratch + layout.maxima).update(repeating: lowestMaximum, count: piece.rows)
    (scratch + layout.sums).update(repeating: 0, count: piece.rows)
  }

  /// All blocks of cells of one type.
  @inlinable @inline(__always)
  static func attendBlocks<C: Cells>(
    _ type: C.Type, _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    var cell = piece.firstCell
    while cell < piece.endCell {
      let block = CellBlock(
        keys: call.key(kvHead: piece.kvHead, cell: cell), keyBytes: call.keyRowBytes,
        values: call.value(kvHead: piece.kvHead, cell: cell), valueBytes: call.valueRowBytes,
        cells: min(layout.blockCells, piece.endCell &- cell))
      attendBlock(type, block, call, piece, cell, layout, scratch)
      cell &+= layout.blockCells
    }
  }

  /// All blocks of cells whose rows end within a vector, widened and filled up with zeros first.
  @inlinable @inline(__always)
  static func attendRagged(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (keys, values) = (scratch + layout.keys, scratch + layout.values)
    keys.update(repeating: 0, count: layout.blockCells &* layout.keyDim)
    values.update(repeating: 0, count: layout.blockCells &* layout.valueDim)
    var cell = piece.firstCell
    while cell < piece.endCell {
      let count = min(layout.blockCells, piece.endCell &- cell)
      for index in 0..<count {
        let (key, value) = (
          call.key(kvHead: piece.kvHead, cell: cell &+ index),
          call.value(kvHead: piece.kvHead, cell: cell &+ index)
        )
        widen(call.type, key, to: keys + index &* layout.keyDim, count: call.keyDim)
        widen(call.type, value, to: values + index &* layout.valueDim, count: call.valueDim)
      }
      let block = CellBlock(
        keys: keys, keyBytes: 4 &* layout.keyDim, values: values,
        valueBytes: 4 &* layout.valueDim, cells: count)
      attendBlock(SingleCells.self, block, call, piece, cell, layout, scratch)
      cell &+= layout.blockCells
    }
    endFew(call, piece, layout, scratch)
  }

  /// Rows four, two and one at a time: their scores, weights and weighted values in one block.
  @inlinable @inline(__always)
  static func attendBlock<C: Cells>(
    _ type: C.Type, _ block: CellBlock, _ call: AttentionCall, _ piece: AttentionPiece,
    _ cell: Int, _ layout: FewLayout, _ scratch: UnsafeMutablePointer<Float>
  ) {
    var row = 0
    while row &+ 4 <= piece.rows {
      scoreRows(FourRows<Self>.self, type, block, row, layout, scratch)
      row &+= 4
    }
    if row &+ 2 <= piece.rows {
      scoreRows(TwoRows<Self>.self, type, block, row, layout, scratch)
      row &+= 2
    }
    if row < piece.rows { scoreRows(TileRow<Self>.self, type, block, row, layout, scratch) }
    hideCells(block.cells, call, piece, cell, layout, scratch)
    for row in 0..<piece.rows { weighRow(block.cells, row, layout, scratch) }
    row = 0
    while row &+ 4 <= piece.rows {
      addValues(FourRows<Self>.self, type, block, row, layout, scratch)
      row &+= 4
    }
    if row &+ 2 <= piece.rows {
      addValues(TwoRows<Self>.self, type, block, row, layout, scratch)
      row &+= 2
    }
    if row < piece.rows { addValues(TileRow<Self>.self, type, block, row, layout, scratch) }
  }

  /// Scores of `Rows.rows` rows with every cell of a block, two cells at a time; asks for the
  /// values meanwhile.
  @inlinable @inline(__always)
  static func scoreRows<Rows: FloatTile, C: Cells>(
    _ rows: Rows.Type, _ type: C.Type, _ block: CellBlock, _ row: Int, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) where Rows.Instructions == Self {
    let queries = scratch + row &* layout.keyDim
    let scores = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    var (nextKey, nextValue) = (block.nextKeys, block.nextValues)
    let (keyPace, valuePace) = row == 0 ? layout.scorePace : (0, 0)
    var cell = 0
    while cell < block.cells {
      let left = block.keys + cell &* block.keyBytes
      let right = cell &+ 1 < block.cells ? left + block.keyBytes : left
      var (tile, d) = (Rows(), 0)
      while d < layout.keyDim {
        let (a, b) = C.loadPair(left, at: d, Self.self)
        let (x, y) = C.loadPair(right, at: d, Self.self)
        prefetch(nextKey)
        prefetch(nextValue)
        tile.addProducts(queries + d, lda: layout.keyDim, a, x)
        tile.addProducts(queries + d + lanes, lda: layout.keyDim, b, y)
        d &+= 2 &* lanes
        nextKey += keyPace
        nextValue += valuePace
      }
      tile.storeSums(to: scores + cell, ldc: FewLayout.scoreDistance)
      cell &+= 2
    }
  }

  /// Sets scores to −∞ where a row does not see a cell, and beyond the last cell up to a whole
  /// vector.
  @inlinable @inline(__always)
  static func hideCells(
    _ cells: Int, _ call: AttentionCall, _ piece: AttentionPiece, _ cell: Int,
    _ layout: FewLayout, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (first, last) = (piece.firstRow, piece.firstRow &+ piece.rows &- 1)
    if cells % lanes == 0, call.firstCell(ofRow: last) <= cell,
      cell &+ cells <= call.endCell(ofRow: first)
    {
      return
    }
    let padded = (cells &+ lanes &- 1) / lanes &* lanes
    for row in first...last {
      let scores = scratch + (layout.scores &+ (row &- first) &* FewLayout.scoreDistance)
      let shown = min(max(call.firstCell(ofRow: row) &- cell, 0), cells)
      let hidden = max(min(call.endCell(ofRow: row) &- cell, cells), shown)
      for i in 0..<shown { scores[i] = -.infinity }
      for i in hidden..<padded { scores[i] = -.infinity }
    }
  }

  /// The scores of a row become weights, 2^(s − m) with its new maximum m; its sums follow the
  /// maximum.
  @inlinable @inline(__always)
  static func weighRow(
    _ cells: Int, _ row: Int, _ layout: FewLayout, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let scores = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    let before = scratch[layout.maxima &+ row]
    let peak = largest(scores, count: (cells &+ lanes &- 1) / lanes &* lanes, atLeast: before)
    let (peaks, factor) = (broadcast(peak), peak == before ? 1 : powerOfTwo(before - peak))
    var (sums, i) = (broadcast(0), 0)
    while i < cells {
      let weights = powerOfTwo(subtract(load(scores + i), peaks))
      store(weights, to: scores + i)
      sums = add(sums, weights)
      i &+= lanes
    }
    scratch[layout.maxima &+ row] = peak
    scratch[layout.sums &+ row] = scratch[layout.sums &+ row] * factor + sum(sums)
    guard factor != 1 else { return }
    scaleRow(scratch + (layout.results &+ row &* layout.valueDim), factor, count: layout.valueDim)
  }

  /// row = row · factor; `count` is a multiple of lanes.
  @inlinable @inline(__always)
  static func scaleRow(_ row: UnsafeMutablePointer<Float>, _ factor: Float, count: Int) {
    let (factors, end) = (broadcast(factor), row + count)
    var p = row
    while p < end {
      store(multiply(load(p), factors), to: p)
      p += lanes
    }
  }

  /// Adds the weighted values of a block for `Rows.rows` rows, a group of cells after another, so
  /// that a group's values stay in the first-level cache while their columns are gone through two
  /// vectors at a time; asks for the next block's keys meanwhile, in the order of memory.
  @inlinable @inline(__always)
  static func addValues<Rows: FloatTile, C: Cells>(
    _ rows: Rows.Type, _ type: C.Type, _ block: CellBlock, _ row: Int, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) where Rows.Instructions == Self {
    let weights = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    let results = scratch + (layout.results &+ row &* layout.valueDim)
    var nextKey = block.nextKeys + block.cells / 2 &* block.keyBytes
    var nextValue = block.nextValues + block.cells / 2 &* block.valueBytes
    let (keyPace, valuePace) = row == 0 ? layout.valuePace : (0, 0)
    var first = 0
    while first < block.cells {
      let end = min(first &+ FewLayout.groupCells, block.cells)
      var d = 0
      while d < layout.valueDim {
        var tile = Rows(loading: UnsafePointer(results + d), ldc: layout.valueDim)
        var (value, cell) = (block.values + first &* block.valueBytes, first)
        while cell &+ 2 <= end {
          let (left, right) = C.loadPair(value, at: d, Self.self)
          prefetch(nextKey)
          tile.addOuterProduct(weights + cell, lda: FewLayout.scoreDistance, left, right)
          let next = C.loadPair(value + block.valueBytes, at: d, Self.self)
          prefetch(nextValue)
          tile.addOuterProduct(weights + cell + 1, lda: FewLayout.scoreDistance, next.0, next.1)
          value += 2 &* block.valueBytes
          nextKey += keyPace
          nextValue += valuePace
          cell &+= 2
        }
        if cell < end {
          let (left, right) = C.loadPair(value, at: d, Self.self)
          tile.addOuterProduct(weights + cell, lda: FewLayout.scoreDistance, left, right)
        }
        tile.store(to: results + d, ldc: layout.valueDim)
        d &+= 2 &* lanes
      }
      first = end
    }
  }

  /// Rows of the result, divided by their sums, or the sums themselves as a part.
  @inlinable @inline(__always)
  static func endFew(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<piece.rows {
      let sum = scratch[layout.sums &+ row]
      let values = scratch + (layout.results &+ row &* layout.valueDim)
      var (to, factor) = (
        call.result(kvHead: piece.kvHead, row: piece.firstRow &+ row), inverse(sum)
      )
      if let part = piece.part {
        part.maxima[row] = scratch[layout.maxima &+ row]
        part.sums[row] = sum
        (to, factor) = (part.values + row &* call.valueDim, 1)
      }
      for d in 0..<call.valueDim { to[d] = values[d] * factor }
    }
  }
}
