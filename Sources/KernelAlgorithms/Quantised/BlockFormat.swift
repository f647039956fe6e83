// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

/// A block format of ggml: so many neighbouring weights of a row that share scales.
///
/// Source: the layouts are those of ggml's `ggml-common.h`; the golden vectors in
/// `Tests/KernelsTests/Golden` come from an independent implementation.
public protocol BlockFormat: SendableMetatype {
  /// Weights in a block.
  static var columns: Int { get }
  /// Bytes of a block.
  static var bytes: Int { get }
  /// The stored numbers of a block in the order of their columns, without scale and offset.
  static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>)
  /// The weights of a block.
  ///
  /// Accuracy: products and differences in single precision, in the order of ggml's own code.
  static func dequantise(_ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>)
}

extension BlockFormat {
  /// The half-precision number at `offset`, in single precision.
  @inlinable @inline(__always)
  static func half(_ block: UnsafeRawPointer, at offset: Int) -> Float {
    let bits = block.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
    let magnitude = Float(bitPattern: UInt32(bits & 0x7FFF) &<< 13) * 0x1p112
    let special: UInt32 = bits & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    return Float(bitPattern: magnitude.bitPattern | special | UInt32(bits & 0x8000) &<< 16)
  }

  /// Sixteen bytes at `offset` as 32 numbers of four bits: the low ones first.
  @inlinable @inline(__always)
  static func unpackNibbles(
    _ block: UnsafeRawPointer, at offset: Int, codes: UnsafeMutablePointer<UInt8>
  ) {
    for i in 0..<16 {
      let byte = block.load(fromByteOffset: offset &+ i, as: UInt8.self)
      codes[i] = byte & 15
      codes[16 &+ i] = byte &>> 4
    }
  }
}

/// 32 weights d · (q − 8), q of four bits, in 18 bytes: 4.5 bits a weight.
public enum Q4_0: BlockFormat {
  @inlinable public static var columns: Int { 32 }
  @inlinable public static var bytes: Int { 18 }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    unpackNibbles(block, at: 2, codes: codes)
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    let d = half(block, at: 0)
    for i in 0..<16 {
      let byte = block.load(fromByteOffset: 2 &+ i, as: UInt8.self)
      weights[i] = d * Float(Int(byte & 15) &- 8)
      weights[16 &+ i] = d * Float(Int(byte &>> 4) &- 8)
    }
  }
}

/// 32 weights d · q, q a signed byte, in 34 bytes: 8.5 bits a weight.
public enum Q8_0: BlockFormat {
  @inlinable public static var columns: Int { 32 }
  @inlinable public static var bytes: Int { 34 }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    UnsafeMutableRawPointer(codes).copyMemory(from: block + 2, byteCount: 32)
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    let d = half(block, at: 0)
    for i in 0..<32 {
      weights[i] = d * Float(block.load(fromByteOffset: 2 &+ i, as: Int8.self))
    }
  }
}

/// 32 weights 2ᵉ⁻¹²⁷ · E2M1, in 17 bytes: 4.25 bits a weight.
///
/// Source: OCP Microscaling Formats (MX) 1.0. As in ggml, the numbers are kept doubled and the scale
/// halved, so that all are whole.
public enum MXFP4: BlockFormat {
  @inlinable public static var columns: Int { 32 }
  @inlinable public static var bytes: Int { 17 }

  /// Twice the value of each E2M1 code, plus 12: no number is negative.
  @inlinable static var raised: (low: UInt64, high: UInt64) {
    (0x1814_1210_0F0E_0D0C, 0x0004_0608_090A_0B0C)
  }

  /// Twice the value of an E2M1 code.
  @inlinable @inline(__always)
  static func doubled(_ code: UInt8) -> Int {
    let table = code < 8 ? raised.low : raised.high
    return Int(truncatingIfNeeded: table &>> UInt64(code & 7 &* 8) & 0xFF) &- 12
  }

  /// 2ᵉ⁻¹²⁸: half of the block's scale.
  @inlinable @inline(__always)
  static func halfScale(_ block: UnsafeRawPointer) -> Float {
    let exponent = UInt32(block.load(as: UInt8.self))
    return Float(
      bitPattern: exponent < 2 ? 0x0020_0000 &<< exponent : (exponent &- 1) &<< 23)
  }

  @inlinable @inline(__always)
  public static func unpack(_ block: UnsafeRawPointer, codes: UnsafeMutablePointer<UInt8>) {
    unpackNibbles(block, at: 1, codes: codes)
  }

  @inlinable @inline(__always)
  public static func dequantise(
    _ block: UnsafeRawPointer, into weights: UnsafeMutablePointer<Float>
  ) {
    let d = halfScale(block)
    for i in 0..<16 {
      let byte = block.load(fromByteOffset: 1 &+ i, as: UInt8.self)
      weights[i] = d * Float(doubled(byte & 15))
      weights[16 &+ i] = d * Float(doubled(byte &>> 4))
    }
  }
}
