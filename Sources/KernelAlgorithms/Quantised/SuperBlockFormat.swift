// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A format whose blocks of 256 weights have scales of their own within: ggml's "K" types.
public protocol SuperBlockFormat: BlockFormat {}

extension SuperBlockFormat {
  /// Weights in a block.
  @inlinable public static var columns: Int { 256 }
}

/// The eight scales and minima of six bits each that `Q4_K` and `Q5_K` have in twelve bytes.
@usableFromInline
enum SixBitScales {
  /// Scale and minimum of part `index`: the first four lie in six bits of a byte; of the others
  /// the low four bits lie in the last four bytes, the high two where the first leave room.
  @inlinable @inline(__always)
  static func part(_ index: Int, of bytes: UnsafeRawPointer) -> (scale: UInt8, minimum: UInt8) {
    func byte(_ offset: Int) -> UInt8 { bytes.load(fromByteOffset: offset, as: UInt8.self) }
    if index < 4 { return (byte(index) & 63, byte(index &+ 4) & 63) }
    let low = byte(index &+ 4)
    return (low & 15 | (byte(index &- 4) & 0xC0) &>> 2, low &>> 4 | (byte(index) & 0xC0) &>> 2)
  }
}

/// 256 weights in eight parts, d · sc · q − dmin · m, q of four bits, in 144 bytes: 4.5 bits.
public enum Q4_K: SuperBlockFormat {
  @inlinable public static var bytes: Int { 144 }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    for half in 0..<4 {
      for i in 0..<32 {
        let byte = block.load(fromByteOffset: 16 &+ 32 &* half &+ i, as: UInt8.self)
        codes[64 &* half &+ i] = byte & 15
        codes[64 &* half &+ 32 &+ i] = byte &>> 4
      }
    }
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    dequantiseParts(block, into: weights)
  }
}

/// As `Q4_K`, with a fifth bit a weight, in 176 bytes: 5.5 bits.
public enum Q5_K: SuperBlockFormat {
  @inlinable public static var bytes: Int { 176 }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    for half in 0..<4 {
      for i in 0..<32 {
        let byte = block.load(fromByteOffset: 48 &+ 32 &* half &+ i, as: UInt8.self)
        let fifth = block.load(fromByteOffset: 16 &+ i, as: UInt8.self) &>> UInt8(2 &* half)
        codes[64 &* half &+ i] = byte & 15 | (fifth & 1) &<< 4
        codes[64 &* half &+ 32 &+ i] = byte &>> 4 | (fifth & 2) &<< 3
      }
    }
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    dequantiseParts(block, into: weights)
  }
}

extension SuperBlockFormat {
  /// The weights of a block that begins with d, dmin and eight six-bit scales and minima.
  @inlinable @inline(__always)
  static func dequantiseParts(_ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>)
  {
    let (d, dmin) = (half(block, at: 0), half(block, at: 2))
    withCodes(block) { codes in
      for part in 0..<8 {
        let (scale, minimum) = SixBitScales.part(part, of: block + 4)
        let (factor, offset) = (d * Float(scale), dmin * Float(minimum))
        for i in 32 &* part..<32 &* part &+ 32 {
          weights[i] = factor * Float(codes[i]) - offset
        }
      }
    }
  }

  /// Calls `body` with the codes of a block.
  @inlinable @inline(__always)
  static func withCodes(_ block: UnsafeRawPointer, _ body: (UnsafePointer<UInt8>) -> Void) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { codes in
      guard let codes = codes.baseAddress else { return }
      unpack(block, codes: codes)
      body(codes)
    }
  }
}

/// 256 weights in sixteen parts, d · sc · (q − 32), q of six bits, sc a signed byte, in 210 bytes:
/// 6.5625 bits.
public enum Q6_K: SuperBlockFormat {
  @inlinable public static var bytes: Int { 210 }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    for half in 0..<2 {
      for i in 0..<32 {
        let first = block.load(fromByteOffset: 64 &* half &+ i, as: UInt8.self)
        let second = block.load(fromByteOffset: 64 &* half &+ 32 &+ i, as: UInt8.self)
        let high = block.load(fromByteOffset: 128 &+ 32 &* half &+ i, as: UInt8.self)
        let to = codes + (128 &* half &+ i)
        to[0] = first & 15 | (high & 3) &<< 4
        to[32] = second & 15 | (high &>> 2 & 3) &<< 4
        to[64] = first &>> 4 | (high &>> 4 & 3) &<< 4
        to[96] = second &>> 4 | (high &>> 6) &<< 4
      }
    }
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    let d = half(block, at: 208)
    withCodes(block) { codes in
      for part in 0..<16 {
        let factor = d * Float(block.load(fromByteOffset: 192 &+ part, as: Int8.self))
        for i in 16 &* part..<16 &* part &+ 16 {
          weights[i] = factor * Float(Int(codes[i]) &- 32)
        }
      }
    }
  }
}
