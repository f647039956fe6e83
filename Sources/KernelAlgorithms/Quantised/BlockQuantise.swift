// The requirements are documented once, at the protocol.
// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation

// Weights to blocks, for the formats whose quantisation is a rounding and no search. None of it takes a
// tag, so nothing of it may be inlinable: each module of kernels would make a body of the same name.

/// A format that 32 weights are rounded to.
public protocol RoundedFormat: BlockFormat {
  /// The block nearest to 32 finite weights, by the format's own rule.
  ///
  /// Source: ggml's reference quantisation (`quantize_row_…_ref`), bit for bit.
  static func quantise(_ weights: UnsafePointer<Float>, into block: UnsafeMutableRawPointer)
}

extension RoundedFormat {
  /// The number of greatest magnitude, the first of equals.
  static func extreme(_ weights: UnsafePointer<Float>) -> Float {
    var extreme = weights[0]
    for i in 1..<32 where abs(weights[i]) > abs(extreme) { extreme = weights[i] }
    return extreme
  }

  /// Stores `value` in half precision, rounded to nearest, ties to even.
  static func storeHalf(_ value: Float, in block: UnsafeMutableRawPointer) {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern &>> 16) & 0x8000
    let magnitude = abs(value)
    let bits: UInt16
    if magnitude >= 65520 {
      bits = 0x7C00
    } else if magnitude < 0x1p-14 {
      bits = UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven))
    } else {
      // Thirteen bits go; the one that stays last decides ties.
      let pattern = magnitude.bitPattern
      let rounded = pattern &+ 0xFFF &+ (pattern &>> 13 & 1)
      bits = UInt16(truncatingIfNeeded: rounded &>> 13 &- 112 &<< 10)
    }
    block.storeBytes(of: sign | bits, as: UInt16.self)
  }

  /// Stores 32 codes of four bits, the first 16 low.
  static func storeNibbles(
    in bytes: UnsafeMutableRawPointer, _ code: (Int) -> UInt8
  ) {
    for i in 0..<16 {
      bytes.storeBytes(of: code(i) | code(i &+ 16) &<< 4, toByteOffset: i, as: UInt8.self)
    }
  }
}

extension Q4_0: RoundedFormat {
  /// The extreme becomes −8 · d, so that its sign has the larger range.
  public static func quantise(
    _ weights: UnsafePointer<Float>, into block: UnsafeMutableRawPointer
  ) {
    let d = extreme(weights) / -8
    let inverse = d == 0 ? 0 : 1 / d
    storeHalf(d, in: block)
    storeNibbles(in: block + 2) { i in
      UInt8(min(max(weights[i] * inverse + 8.5, 0), 15))
    }
  }
}

extension Q8_0: RoundedFormat {
  /// d = max|w| / 127; halves are rounded away from zero.
  public static func quantise(
    _ weights: UnsafePointer<Float>, into block: UnsafeMutableRawPointer
  ) {
    let d = abs(extreme(weights)) / 127
    let inverse = d == 0 ? 0 : 1 / d
    storeHalf(d, in: block)
    for i in 0..<32 {
      let code = (weights[i] * inverse).rounded(.toNearestOrAwayFromZero)
      block.storeBytes(of: Int8(code), toByteOffset: 2 &+ i, as: Int8.self)
    }
  }
}

extension MXFP4: RoundedFormat {
  /// The exponent is that of the extreme less two (the largest E2M1 number is 1.5 · 2²), and each
  /// weight becomes the number nearest to it, the one with the smaller code when two are.
  public static func quantise(
    _ weights: UnsafePointer<Float>, into block: UnsafeMutableRawPointer
  ) {
    let extreme = abs(extreme(weights))
    let exponent = extreme > 0 ? UInt8(clamping: Int(extreme.exponent) &+ 125) : 0
    block.storeBytes(of: exponent, as: UInt8.self)
    let d = halfScale(block)
    storeNibbles(in: block + 1) { i in
      var (best, error) = (UInt8(0), Float.infinity)
      for code in UInt8(0)..<16 {
        let distance = abs(d * Float(doubled(code)) - weights[i])
        if distance < error { (best, error) = (code, distance) }
      }
      return best
    }
  }
}
