// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A block format whose rows are kept in panels: as many rows as a vector has lanes, interleaved, so that
/// a lane is a row. A panel is a run of super-blocks, and so are a token's activations, one record each.
public protocol PanelFormat: BlockFormat {
  /// Columns of a super-block.
  static var superBlockColumns: Int { get }
  /// Bytes of a token's activations for a super-block.
  static var recordBytes: Int { get }
  /// Bytes of a super-block of `lanes` rows.
  static func superBlockBytes(lanes: Int) -> Int
  /// Packs `rows` ≤ `lanes` rows of `blocks` blocks, `rowDistance` bytes apart, into a panel; rows and
  /// blocks that are missing weigh nothing.
  static func pack(
    _ source: UnsafeRawPointer, rowDistance: Int, rows: Int, blocks: Int, lanes: Int,
    into panel: UnsafeMutableRawPointer)
  /// out[token][row] = Σ over columns of a panel, for several tokens, whose records lie side by side,
  /// `stride` bytes after those of the super-block before; `sums` has room for a vector a token.
  ///
  /// Cost: 2 · lanes · columns · tokens operations; the panel is read once.
  static func multiply<I: InstructionSet>(
    _ tag: I.Type, _ panel: UnsafeRawPointer, superBlocks: Int, records: UnsafeRawPointer,
    stride: Int, tokens: Int, out: UnsafeMutablePointer<Float>, sums: UnsafeMutableRawPointer)
  /// One token's products with a super-block, added to `sums`.
  static func add<I: InstructionSet>(
    _ tag: I.Type, _ superBlock: UnsafeRawPointer, _ record: UnsafeRawPointer, to sums: I.Vector
  ) -> I.Vector
}

extension InstructionSet {
  /// One token's products with a panel, whose super-blocks' records are `stride` bytes apart.
  ///
  /// Cost: 2 · lanes · columns operations; the panel is read once.
  @inlinable @inline(__always)
  public static func multiplyPanel<Format: PanelFormat>(
    _ format: Format.Type, _ panel: UnsafeRawPointer, superBlocks: Int, records: UnsafeRawPointer,
    stride: Int, out: UnsafeMutablePointer<Float>
  ) {
    let bytes = format.superBlockBytes(lanes: lanes)
    var (result, from, record) = (broadcast(0), panel, records)
    for _ in 0..<superBlocks {
      result = format.add(Self.self, from, record, to: result)
      from += bytes
      record += stride
    }
    store(result, to: out)
  }

  /// One token's products with two panels that lie apart, a super-block of each in turn: memory answers
  /// two streams sooner than one. `out` takes the rows of one after those of the other.
  @inlinable @inline(__always)
  public static func multiplyPair<Format: PanelFormat>(
    _ format: Format.Type, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer,
    superBlocks: Int, records: UnsafeRawPointer, stride: Int, out: UnsafeMutablePointer<Float>
  ) {
    let bytes = format.superBlockBytes(lanes: lanes)
    var (left, right) = (broadcast(0), broadcast(0))
    var (a, b, record) = (first, second, records)
    for _ in 0..<superBlocks {
      left = format.add(Self.self, a, record, to: left)
      right = format.add(Self.self, b, record, to: right)
      a += bytes
      b += bytes
      record += stride
    }
    store(left, to: out)
    store(right, to: out + lanes)
  }

  /// Asks for as many bytes as a block has, far enough ahead to hide memory's latency.
  @inlinable @inline(__always)
  static func prefetchAhead(_ address: UnsafeRawPointer, bytes: Int) {
    var line = 0
    while line < bytes {
      prefetch(address + 2048 + line)
      line &+= 64
    }
  }
}
