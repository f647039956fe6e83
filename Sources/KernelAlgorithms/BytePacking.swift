// Packing of row-major B of signed bytes: rows are woven into groups of bytes successive in k.
extension InstructionSet {
  /// Packs `depth` × `columns` of row-major B of signed bytes, rows `ldb` bytes apart, into strips of
  /// `ByteTile.columns` columns.
  ///
  /// `packed` takes ⌈columns / nr⌉ · nr · ⌈depth / groupLength⌉ words. As for floats, several words of
  /// a strip are written in a run.
  @inlinable @inline(__always)
  public static func packByteColumns(
    _ b: UnsafePointer<Int8>, ldb: Int, depth: Int, columns: Int,
    into packed: UnsafeMutablePointer<Int32>
  ) {
    let nr = ByteTile.columns
    let words = (depth &+ groupLength &- 1) / groupLength
    var top = 0
    while top < words {
      let bottom = min(top &+ 4, words)
      var column = 0
      while column < columns {
        let to = packed + column &* words
        let filled = min(nr, columns &- column)
        for word in top..<bottom {
          let p = word &* groupLength
          packGroups(
            b + p &* ldb + column, ldb: ldb, count: min(groupLength, depth &- p), filled: filled,
            into: to + word &* nr)
        }
        column &+= nr
      }
      top = bottom
    }
  }

  /// A row of groups: `count` rows of `filled` bytes each, woven together and filled up with zeros.
  @inlinable @inline(__always)
  static func packGroups(
    _ b: UnsafePointer<Int8>, ldb: Int, count: Int, filled: Int,
    into to: UnsafeMutablePointer<Int32>
  ) {
    for row in 0..<groupLength { prefetch(b + (4 &* groupLength &+ row) &* ldb) }
    if filled == ByteTile.columns, count == groupLength {
      store(groups: load(woven: b, distance: ldb), to: to)
      store(groups: load(woven: b + lanes, distance: ldb), to: to + lanes)
    } else {
      for j in 0..<filled { to[j] = group(of: b + j, distance: ldb, count: count) }
      for j in filled..<ByteTile.columns { to[j] = 0 }
    }
  }

  /// Stores groups at `address`, however it is aligned.
  @inlinable @inline(__always)
  static func store(groups: Integers, to address: UnsafeMutablePointer<Int32>) {
    UnsafeMutableRawPointer(address).storeBytes(of: groups, as: Integers.self)
  }

  /// A group of `count` bytes, `distance` apart; what is missing is zero.
  @inlinable @inline(__always)
  static func group(of b: UnsafePointer<Int8>, distance: Int, count: Int) -> Int32 {
    let bits: UInt32 = 32 / UInt32(truncatingIfNeeded: groupLength)
    let mask: UInt32 = groupLength == 4 ? 0xFF : 0xFFFF
    var word: UInt32 = 0
    for t in 0..<count {
      let byte = UInt32(truncatingIfNeeded: Int(b[t &* distance])) & mask
      word |= byte &<< (bits &* UInt32(truncatingIfNeeded: t))
    }
    return Int32(bitPattern: word)
  }
}
