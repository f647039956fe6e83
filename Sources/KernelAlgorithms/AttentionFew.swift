// Attention of few queries, as in decode: bound by the bytes of keys and values, which are read once
// for all the query heads that share them, in the type that they are stored in.
//
// A tile of 4 queries × 2 cells takes dot products: 8 sums, 2 keys, 1 query of 16 registers; one of
// 4 queries × 2 vectors adds up values.

/// Where a thread keeps its rows, in floats from the start of its scratch.
public struct FewLayout: Sendable {
  /// Cells that are taken at a time: their keys in half precision fill half of a first-level cache.
  @usableFromInline static var blockCells: Int { 64 }
  /// Numbers of a key and of a value, in whole pairs of vectors.
  @usableFromInline let keyDim: Int
  @usableFromInline let valueDim: Int
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
  @usableFromInline static var scoreDistance: Int { blockCells + 32 }

  /// For `rows` rows and tiles of `tileColumns`.
  public init(keyDim: Int, valueDim: Int, rows: Int, tileColumns: Int) {
    func whole(_ extent: Int, _ unit: Int) -> Int { (extent + unit - 1) / unit * unit }
    self.keyDim = whole(keyDim, tileColumns)
    self.valueDim = whole(valueDim, tileColumns)
    isWhole = keyDim == self.keyDim && valueDim == self.valueDim
    results = rows * self.keyDim
    scores = results + rows * self.valueDim
    maxima = scores + rows * Self.scoreDistance
    sums = maxima + rows
    keys = whole(sums + rows, 16)
    values = keys + (isWhole ? 0 : Self.blockCells * self.keyDim)
    floats = whole(values + (isWhole ? 0 : Self.blockCells * self.valueDim), 1024)
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
        cells: min(FewLayout.blockCells, piece.endCell &- cell))
      attendBlock(type, block, call, piece, cell, layout, scratch)
      cell &+= FewLayout.blockCells
    }
  }

  /// All blocks of cells whose rows end within a vector, widened and filled up with zeros first.
  @inlinable @inline(__always)
  static func attendRagged(
    _ call: AttentionCall, _ piece: AttentionPiece, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let (keys, values) = (scratch + layout.keys, scratch + layout.values)
    keys.update(repeating: 0, count: FewLayout.blockCells &* layout.keyDim)
    values.update(repeating: 0, count: FewLayout.blockCells &* layout.valueDim)
    var cell = piece.firstCell
    while cell < piece.endCell {
      let count = min(FewLayout.blockCells, piece.endCell &- cell)
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
      cell &+= FewLayout.blockCells
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
    for row in 0..<piece.rows { weighRow(block.cells, call, piece, row, cell, layout, scratch) }
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

  /// Scores of `Rows.rows` rows with every cell of a block, two cells at a time; asks for the values
  /// meanwhile.
  @inlinable @inline(__always)
  static func scoreRows<Rows: FloatTile, C: Cells>(
    _ rows: Rows.Type, _ type: C.Type, _ block: CellBlock, _ row: Int, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) where Rows.Instructions == Self {
    let queries = scratch + row &* layout.keyDim
    let scores = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    var cell = 0
    while cell < block.cells {
      let left = block.keys + cell &* block.keyBytes
      let right = cell &+ 1 < block.cells ? left + block.keyBytes : left
      prefetchRows(block.values + cell &* block.valueBytes, bytes: 2 &* block.valueBytes)
      var (tile, d) = (Rows(), 0)
      while d < layout.keyDim {
        let (a, b) = C.loadPair(left, at: d, Self.self)
        let (x, y) = C.loadPair(right, at: d, Self.self)
        tile.addProducts(queries + d, lda: layout.keyDim, a, x)
        tile.addProducts(queries + d + lanes, lda: layout.keyDim, b, y)
        d &+= 2 &* lanes
      }
      tile.storeSums(to: scores + cell, ldc: FewLayout.scoreDistance)
      cell &+= 2
    }
  }

  /// Asks for the lines of `bytes` bytes, of which any may lie outside of an allocation.
  @inlinable @inline(__always)
  static func prefetchRows(_ start: UnsafeRawPointer, bytes: Int) {
    var offset = 0
    while offset < bytes {
      prefetch(start + offset)
      offset &+= 64
    }
  }

  /// The scores of a row become weights, 2^(s − m) with its new maximum m; its sums follow the maximum.
  @inlinable @inline(__always)
  static func weighRow(
    _ cells: Int, _ call: AttentionCall, _ piece: AttentionPiece, _ row: Int, _ cell: Int,
    _ layout: FewLayout, _ scratch: UnsafeMutablePointer<Float>
  ) {
    let scores = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    let index = piece.firstRow &+ row
    let padded = (cells &+ lanes &- 1) / lanes &* lanes
    let shown = min(max(call.firstCell(ofRow: index) &- cell, 0), cells)
    let hidden = max(min(call.endCell(ofRow: index) &- cell, cells), shown)
    for i in 0..<shown { scores[i] = -.infinity }
    for i in hidden..<padded { scores[i] = -.infinity }
    let before = scratch[layout.maxima &+ row]
    let peak = largest(scores, count: padded, atLeast: before)
    let (peaks, factor) = (broadcast(peak), peak == before ? 1 : powerOfTwo(before - peak))
    var (sums, i) = (broadcast(0), 0)
    while i < padded {
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

  /// Weighted values of a block, two vectors of them at a time, for `Rows.rows` rows; asks for the
  /// next block's keys meanwhile.
  @inlinable @inline(__always)
  static func addValues<Rows: FloatTile, C: Cells>(
    _ rows: Rows.Type, _ type: C.Type, _ block: CellBlock, _ row: Int, _ layout: FewLayout,
    _ scratch: UnsafeMutablePointer<Float>
  ) where Rows.Instructions == Self {
    let weights = scratch + (layout.scores &+ row &* FewLayout.scoreDistance)
    let results = scratch + (layout.results &+ row &* layout.valueDim)
    var (d, ahead) = (0, block.keys + block.cells &* block.keyBytes)
    while d < layout.valueDim {
      var (tile, value, key) = (Rows(), block.values, ahead)
      for cell in 0..<block.cells {
        let (left, right) = C.loadPair(value, at: d, Self.self)
        prefetch(key)
        tile.addOuterProduct(weights + cell, lda: FewLayout.scoreDistance, left, right)
        value += block.valueBytes
        key += block.keyBytes
      }
      tile.add(to: results + d, ldc: layout.valueDim)
      d &+= 2 &* lanes
      ahead += 64
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
