// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// From rows of blocks, as a model file has them, to panels.

extension NarrowFormat {
  /// `panel` takes ⌈blocks / 4⌉ · `superBlockBytes(lanes:)` bytes.
  @inlinable @inline(__always)
  public static func pack(
    _ source: UnsafeRawPointer, rowDistance: Int, rows: Int, blocks: Int, lanes: Int,
    into panel: UnsafeMutableRawPointer
  ) {
    withUnsafeTemporaryAllocation(byteCount: 32 &* lanes, alignment: 4) { buffer in
      guard let codes = buffer.baseAddress else { return }
      var to = panel
      for superBlock in 0..<(blocks &+ 3) / 4 {
        for part in 0..<4 {
          let index = 4 &* superBlock &+ part
          let scales = to + part &* lanes &* scaleBytes
          for row in 0..<lanes {
            let block = source + row &* rowDistance + index &* bytes
            let scale = scales + row &* scaleBytes
            unpackRow(row < rows && index < blocks ? block : nil, row, scale: scale, codes: codes)
          }
          let start = to + 4 &* lanes &* scaleBytes + part &* lanes &* codeBytes
          interleave(codes, lanes: lanes, into: start)
        }
        to += superBlockBytes(lanes: lanes)
      }
    }
  }

  /// Puts a row's scale and codes where they are expected; zeros without a block.
  @inlinable @inline(__always)
  static func unpackRow(
    _ block: UnsafeRawPointer?, _ row: Int, scale: UnsafeMutableRawPointer,
    codes: UnsafeMutableRawPointer
  ) {
    let to = (codes + 32 &* row).assumingMemoryBound(to: UInt8.self)
    if let block {
      scale.copyMemory(from: block, byteCount: scaleBytes)
      unpack(block, codes: to)
    } else {
      for i in 0..<scaleBytes { scale.storeBytes(of: 0, toByteOffset: i, as: UInt8.self) }
      for i in 0..<32 { to[i] = 0 }
    }
  }

  /// Turns rows of 32 codes into vectors, four columns at a time.
  @inlinable @inline(__always)
  static func interleave(
    _ codes: UnsafeRawPointer, lanes: Int, into to: UnsafeMutableRawPointer
  ) {
    let words = codes.assumingMemoryBound(to: UInt32.self)
    let target = to.assumingMemoryBound(to: UInt32.self)
    for row in 0..<lanes {
      let from = words + 8 &* row
      for j in 0..<codeBytes / 4 {
        target[j &* lanes &+ row] = codeBytes == 32 ? from[j] : from[j] | from[j &+ 4] &<< 4
      }
    }
  }
}

extension WideFormat {
  /// `panel` takes `blocks` · `superBlockBytes(lanes:)` bytes.
  @inlinable @inline(__always)
  public static func pack(
    _ source: UnsafeRawPointer, rowDistance: Int, rows: Int, blocks: Int, lanes: Int,
    into panel: UnsafeMutableRawPointer
  ) {
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 4) { buffer in
      guard let codes = buffer.baseAddress else { return }
      for index in 0..<blocks {
        let to = panel + index &* superBlockBytes(lanes: lanes)
        for i in 0..<superBlockBytes(lanes: lanes) {
          to.storeBytes(of: 0, toByteOffset: i, as: UInt8.self)
        }
        for row in 0..<rows {
          let block = source + row &* rowDistance + index &* bytes
          unpack(block, codes: codes.assumingMemoryBound(to: UInt8.self))
          packScales(block, row: row, lanes: lanes, into: to)
          packCodes(codes.assumingMemoryBound(to: UInt32.self), row, lanes, into: to)
        }
      }
    }
  }
}

/// How a wide format lays out one row of a super-block.
public protocol WidePacking {
  /// Stores a row's scales.
  static func packScales(
    _ block: UnsafeRawPointer, row: Int, lanes: Int, into superBlock: UnsafeMutableRawPointer)
  /// Stores a row's 256 codes, which come as 64 words of four.
  static func packCodes(
    _ codes: UnsafePointer<UInt32>, _ row: Int, _ lanes: Int,
    into superBlock: UnsafeMutableRawPointer)
}

extension WidePacking {
  /// Stores the low four bits of a block's codes, and returns where what follows them is to go.
  @inlinable @inline(__always)
  static func packNibbles(
    _ codes: UnsafePointer<UInt32>, _ row: Int, _ lanes: Int, into to: UnsafeMutableRawPointer
  ) -> UnsafeMutablePointer<UInt32> {
    let target = to.assumingMemoryBound(to: UInt32.self) + row
    for j in 0..<4 {
      target[j &* lanes] = codes[j] & 0x0F0F_0F0F | (codes[j &+ 4] & 0x0F0F_0F0F) &<< 4
    }
    return target + 4 &* lanes
  }

  /// Stores d, dmin and the eight six-bit scales and minima.
  @inlinable @inline(__always)
  static func packSixBitScales(
    _ block: UnsafeRawPointer, row: Int, lanes: Int, into to: UnsafeMutableRawPointer
  ) {
    (to + 2 &* row).copyMemory(from: block, byteCount: 2)
    (to + 2 &* lanes + 2 &* row).copyMemory(from: block + 2, byteCount: 2)
    for index in 0..<8 {
      let part = SixBitScales.part(index, of: block + 4)
      to.storeBytes(of: part.scale, toByteOffset: (4 &+ index) &* lanes &+ row, as: UInt8.self)
      let pair = 12 &* lanes &+ 2 &* (index / 2 &* lanes &+ row) &+ index % 2
      to.storeBytes(of: part.minimum, toByteOffset: pair, as: UInt8.self)
    }
  }
}

extension Q4_K: WidePacking {
  @inlinable @inline(__always)
  public static func packScales(
    _ block: UnsafeRawPointer, row: Int, lanes: Int, into superBlock: UnsafeMutableRawPointer
  ) {
    packSixBitScales(block, row: row, lanes: lanes, into: superBlock)
  }

  @inlinable @inline(__always)
  public static func packCodes(
    _ codes: UnsafePointer<UInt32>, _ row: Int, _ lanes: Int,
    into superBlock: UnsafeMutableRawPointer
  ) {
    for index in 0..<8 {
      let to = superBlock + (20 &+ 16 &* index) &* lanes
      _ = packNibbles(codes + 8 &* index, row, lanes, into: to)
    }
  }
}

extension Q5_K: WidePacking {
  @inlinable @inline(__always)
  public static func packScales(
    _ block: UnsafeRawPointer, row: Int, lanes: Int, into superBlock: UnsafeMutableRawPointer
  ) {
    packSixBitScales(block, row: row, lanes: lanes, into: superBlock)
  }

  @inlinable @inline(__always)
  public static func packCodes(
    _ codes: UnsafePointer<UInt32>, _ row: Int, _ lanes: Int,
    into superBlock: UnsafeMutableRawPointer
  ) {
    for index in 0..<8 {
      let from = codes + 8 &* index
      let to = superBlock + (20 &+ 20 &* index) &* lanes
      let high = packNibbles(from, row, lanes, into: to)
      var bits: UInt32 = 0
      for j in 0..<8 { bits |= (from[j] &>> 4 & 0x0101_0101) &<< UInt32(j) }
      high.pointee = bits
    }
  }
}

extension Q6_K: WidePacking {
  @inlinable @inline(__always)
  public static func packScales(
    _ block: UnsafeRawPointer, row: Int, lanes: Int, into superBlock: UnsafeMutableRawPointer
  ) {
    (superBlock + 2 &* row).copyMemory(from: block + 208, byteCount: 2)
    for part in 0..<16 {
      let scale = block.load(fromByteOffset: 192 &+ part, as: Int8.self)
      superBlock.storeBytes(
        of: scale, toByteOffset: (2 &+ part) &* lanes &+ row, as: Int8.self)
    }
  }

  @inlinable @inline(__always)
  public static func packCodes(
    _ codes: UnsafePointer<UInt32>, _ row: Int, _ lanes: Int,
    into superBlock: UnsafeMutableRawPointer
  ) {
    for index in 0..<8 {
      let from = codes + 8 &* index
      let to = superBlock + codesStart(lanes) + 24 &* index &* lanes
      let high = packNibbles(from, row, lanes, into: to)
      for half in 0..<2 {
        var bits: UInt32 = 0
        for j in 0..<4 { bits |= (from[4 &* half &+ j] &>> 4 & 0x0303_0303) &<< UInt32(2 &* j) }
        high[half &* lanes] = bits
      }
    }
  }
}
