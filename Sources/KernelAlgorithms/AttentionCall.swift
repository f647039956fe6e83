// What the attention kernels are told. A row is one query of one KV head: row r of a KV head is
// token r ÷ group, head r mod group of those that share the KV head.

/// One call of attention, over raw memory.
public struct AttentionCall: @unchecked Sendable {
  /// f32 [token][head][keyDim].
  public var queries: UnsafePointer<Float>
  /// f32 [token][head][valueDim].
  public var output: UnsafeMutablePointer<Float>
  /// Query heads.
  public var heads: Int
  /// Query heads that share a KV head.
  public var group: Int
  /// Numbers of a key.
  public var keyDim: Int
  /// Numbers of a value.
  public var valueDim: Int
  /// How keys and values are stored.
  public var type: CellType
  /// The key of the first cell of the first KV head.
  public var keys: UnsafeRawPointer
  /// Bytes from a key to the next cell's.
  public var keyRowBytes: Int
  /// Bytes from a key to the next KV head's.
  public var keyHeadBytes: Int
  /// The value of the first cell of the first KV head.
  public var values: UnsafeRawPointer
  /// Bytes from a value to the next cell's.
  public var valueRowBytes: Int
  /// Bytes from a value to the next KV head's.
  public var valueHeadBytes: Int
  /// Cells that hold something.
  public var cells: Int
  /// The position of the first query.
  public var position: Int
  /// Whether a query sees no cell after its own position.
  public var isCausal: Bool
  /// Cells that a query sees up to its own position; `Int.max` is all.
  public var window: Int
  /// The factor of scores, times log₂ e: the kernels work with powers of two.
  public var scale: Float

  /// Memberwise.
  public init(
    queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, heads: Int, group: Int,
    keyDim: Int, valueDim: Int, type: CellType, keys: UnsafeRawPointer, keyRowBytes: Int,
    keyHeadBytes: Int, values: UnsafeRawPointer, valueRowBytes: Int, valueHeadBytes: Int,
    cells: Int, position: Int, isCausal: Bool, window: Int, scale: Float
  ) {
    (self.queries, self.output) = (queries, output)
    (self.heads, self.group, self.keyDim, self.valueDim) = (heads, group, keyDim, valueDim)
    (self.type, self.cells, self.position) = (type, cells, position)
    (self.keys, self.keyRowBytes, self.keyHeadBytes) = (keys, keyRowBytes, keyHeadBytes)
    (self.values, self.valueRowBytes) = (values, valueRowBytes)
    self.valueHeadBytes = valueHeadBytes
    (self.isCausal, self.window, self.scale) = (isCausal, window, scale)
  }

  /// The first cell that row `row` sees.
  @inlinable @inline(__always) public func firstCell(ofRow row: Int) -> Int {
    max(0, position &+ row / group &- window &+ 1)
  }

  /// One past the last cell that row `row` sees, no less than the first.
  @inlinable @inline(__always) public func endCell(ofRow row: Int) -> Int {
    let end = isCausal ? min(cells, position &+ row / group &+ 1) : cells
    return max(end, firstCell(ofRow: row))
  }

  /// The query of a row.
  @inlinable @inline(__always) func query(kvHead: Int, row: Int) -> UnsafePointer<Float> {
    queries + (row / group &* heads &+ kvHead &* group &+ row % group) &* keyDim
  }

  /// Where the result of a row goes.
  @inlinable @inline(__always) func result(kvHead: Int, row: Int) -> UnsafeMutablePointer<Float> {
    output + (row / group &* heads &+ kvHead &* group &+ row % group) &* valueDim
  }

  /// The key of a cell.
  @inlinable @inline(__always) func key(kvHead: Int, cell: Int) -> UnsafeRawPointer {
    keys + (kvHead &* keyHeadBytes &+ cell &* keyRowBytes)
  }

  /// The value of a cell.
  @inlinable @inline(__always) func value(kvHead: Int, cell: Int) -> UnsafeRawPointer {
    values + (kvHead &* valueHeadBytes &+ cell &* valueRowBytes)
  }
}

/// A piece of a call: some rows of a KV head against some of the cells that they see.
public struct AttentionPiece: @unchecked Sendable {
  /// The KV head.
  public var kvHead: Int
  /// The first of its rows.
  public var firstRow: Int
  /// How many rows.
  public var rows: Int
  /// The first of its cells.
  public var firstCell: Int
  /// One past the last of its cells.
  public var endCell: Int
  /// Where the sums go when other pieces have the rest of the cells; nil writes the result.
  public var part: AttentionPart?

  /// Memberwise.
  public init(
    kvHead: Int, firstRow: Int, rows: Int, firstCell: Int, endCell: Int, part: AttentionPart?
  ) {
    (self.kvHead, self.firstRow, self.rows) = (kvHead, firstRow, rows)
    (self.firstCell, self.endCell, self.part) = (firstCell, endCell, part)
  }
}

/// What attention over some of the cells leaves behind, a row of it a row of the piece.
///
/// With m the largest score of the cells, in powers of two: Σ 2^(s − m) and Σ 2^(s − m) · value.
public struct AttentionPart: @unchecked Sendable {
  /// The m of each row.
  public var maxima: UnsafeMutablePointer<Float>
  /// The sum of weights of each row.
  public var sums: UnsafeMutablePointer<Float>
  /// The sum of weighted values, `valueDim` floats a row.
  public var values: UnsafeMutablePointer<Float>

  /// Memberwise.
  public init(
    maxima: UnsafeMutablePointer<Float>, sums: UnsafeMutablePointer<Float>,
    values: UnsafeMutablePointer<Float>
  ) {
    (self.maxima, self.sums, self.values) = (maxima, sums, values)
  }
}
