// Matmul reads A and B from buffers laid out in the order in which the micro-kernel wants them:
// strips as wide as the register tile, word by word along k. A word is a float, or a group of bytes
// successive in k (`MatrixElement`); 16-bit floats become floats here, so that converting costs once
// an element and nothing in the micro-kernel. Edges are filled up with zeros.
extension InstructionSet {
  /// Packs `rows` × `depth` elements, rows `ld` elements apart, into strips of `width` rows.
  ///
  /// A is packed like this with the tile's rows, and B, where it is stored transposed, with its
  /// columns. `packed` takes ⌈rows / width⌉ · width · ⌈depth / wordLength⌉ words: strip s holds, for
  /// every word p in k order, that of the `width` rows from s · width. A row is read as vectors and
  /// four rows are stored side by side: four, because rows whose distance is a multiple of 4 KiB share a
  /// set of the first cache, and a tall tile has more of them than a set has lines.
  @inlinable @inline(__always)
  public static func packRows<Element: MatrixElement>(
    _ type: Element.Type, _ source: UnsafePointer<Element.Stored>, ld: Int, rows: Int, depth: Int,
    width: Int, into packed: UnsafeMutableRawPointer
  ) {
    let length = Element.wordLength(Self.self)
    let words = (depth &+ length &- 1) / length
    var row = 0
    while row < rows {
      let filled = min(width, rows &- row)
      let strip = packed + 4 &* row &* words
      var r = 0
      while r < filled {
        // The last four may be stored again, where there are four.
        let first = filled >= 4 ? min(r, filled &- 4) : 0
        packFour(
          type, source + (row &+ first) &* ld, ld: ld, rows: min(4, filled), depth: depth,
          width: width, into: strip + 4 &* first)
        r = first &+ min(4, filled)
      }
      while r < width {
        for p in 0..<words {
          strip.storeBytes(of: 0, toByteOffset: 4 &* (p &* width &+ r), as: UInt32.self)
        }
        r &+= 1
      }
      row &+= width
    }
  }

  /// Packs up to four rows side by side.
  @inlinable @inline(__always)
  static func packFour<Element: MatrixElement>(
    _ type: Element.Type, _ source: UnsafePointer<Element.Stored>, ld: Int, rows: Int, depth: Int,
    width: Int, into strip: UnsafeMutableRawPointer
  ) {
    let step = lanes &* Element.wordLength(Self.self)
    let (second, third, fourth) = (source + ld, source + 2 &* ld, source + 3 &* ld)
    let next = source + 4 &* ld
    var p = 0
    var to = strip
    while rows == 4, p &+ step <= depth {
      prefetch(next + p)
      prefetch(next + ld + p)
      prefetch(next + 2 &* ld + p)
      prefetch(next + 3 &* ld + p)
      storeColumns(
        Element.load(source + p, Self.self), Element.load(second + p, Self.self),
        Element.load(third + p, Self.self), Element.load(fourth + p, Self.self), to: to,
        distance: width)
      p &+= step
      to += 4 &* lanes &* width
    }
    while p < depth {
      packCorner(
        type, source + p, ld: ld, rows: rows, depth: min(step, depth &- p), width: width, into: to)
      p &+= step
      to += 4 &* lanes &* width
    }
  }

  /// Packs up to four rows of up to a vector of words, by way of buffers that are filled with zeros.
  @inlinable @inline(__always)
  static func packCorner<Element: MatrixElement>(
    _ type: Element.Type, _ source: UnsafePointer<Element.Stored>, ld: Int, rows: Int, depth: Int,
    width: Int, into strip: UnsafeMutableRawPointer
  ) {
    let length = Element.wordLength(Self.self)
    let step = lanes &* length
    let bytes = MemoryLayout<Element.Stored>.stride
    withUnsafeTemporaryAllocation(byteCount: 4 &* step &* bytes, alignment: 64) { from in
      withUnsafeTemporaryAllocation(byteCount: 16 &* lanes, alignment: 64) { to in
        guard let from = from.baseAddress, let to = to.baseAddress else { return }
        from.initializeMemory(as: UInt8.self, repeating: 0, count: 4 &* step &* bytes)
        let four = from.assumingMemoryBound(to: Element.Stored.self)
        for row in 0..<rows {
          for p in 0..<depth { four[row &* step &+ p] = source[row &* ld &+ p] }
        }
        storeColumns(
          Element.load(four, Self.self), Element.load(four + step, Self.self),
          Element.load(four + 2 &* step, Self.self), Element.load(four + 3 &* step, Self.self),
          to: to, distance: 4)
        for p in 0..<(depth &+ length &- 1) / length {
          for row in 0..<rows {
            let word = to.load(fromByteOffset: 4 &* (4 &* p &+ row), as: UInt32.self)
            strip.storeBytes(of: word, toByteOffset: 4 &* (p &* width &+ row), as: UInt32.self)
          }
        }
      }
    }
  }

  /// Packs `depth` × `columns` of row-major B, rows `ldb` elements apart, into strips of
  /// `Tile.columns` columns; an element is a word.
  ///
  /// `packed` takes ⌈columns / nr⌉ · nr · depth floats: strip s holds, for every p in k order, the
  /// nr numbers B[p, s · nr …]. Eight rows are read side by side: whole cache lines of B, and
  /// runs of eight rows of a strip to write.
  @inlinable @inline(__always)
  public static func packColumns<Element: MatrixElement>(
    _ type: Element.Type, _ b: UnsafePointer<Element.Stored>, ldb: Int, depth: Int, columns: Int,
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
          prefetch(b + (p &+ 8) &* ldb + column)
          packRow(type, b + p &* ldb + column, filled: filled, into: to + p &* nr)
        }
        column &+= nr
      }
      top = bottom
    }
  }

  /// Copies a row of `filled` ≤ nr numbers of B and fills it up with zeros.
  @inlinable @inline(__always)
  static func packRow<Element: MatrixElement>(
    _ type: Element.Type, _ from: UnsafePointer<Element.Stored>, filled: Int,
    into to: UnsafeMutablePointer<Float>
  ) {
    if filled == Tile.columns {
      store(Element.load(from, Self.self), to: to)
      store(Element.load(from + lanes, Self.self), to: to + lanes)
    } else {
      withFilled(type, from, count: filled) { whole in
        store(Element.load(whole, Self.self), to: to)
        store(Element.load(whole + lanes, Self.self), to: to + lanes)
      }
    }
  }

  /// Calls `body` with `count` ≤ nr elements, filled up with zeros to nr.
  @inlinable @inline(__always)
  static func withFilled<Element: MatrixElement>(
    _ type: Element.Type, _ from: UnsafePointer<Element.Stored>, count: Int,
    _ body: (UnsafePointer<Element.Stored>) -> Void
  ) {
    let bytes = Tile.columns &* MemoryLayout<Element.Stored>.stride
    withUnsafeTemporaryAllocation(byteCount: bytes, alignment: 64) { buffer in
      guard let start = buffer.baseAddress else { return }
      start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      let whole = start.assumingMemoryBound(to: Element.Stored.self)
      for index in 0..<count { whole[index] = from[index] }
      body(whole)
    }
  }
}
