extension AlignedBuffer {
  /// Fills the buffer with valid elements of `type`: random codes, and scales that make weights of
  /// magnitude 10⁻³ to 1, never zero, NaN or infinite. What is no whole block at the end stays.
  ///
  /// Types other than floats and the block formats of kernels get random bytes.
  public func fill(seed: UInt64, as type: ElementType) {
    guard type != .f32 else { return fill(seed: seed) }
    fillWords(seed: seed, free: .max, fixed: 0)
    let (_, bytes) = type.block
    for (offset, exponent) in type.scaleBytes {
      for start in stride(from: offset, to: byteCount / bytes * bytes, by: bytes) {
        let byte = baseAddress.load(fromByteOffset: start, as: UInt8.self)
        baseAddress.storeBytes(
          of: byte & exponent.free | exponent.fixed, toByteOffset: start, as: UInt8.self)
      }
    }
  }
}

extension ElementType {
  /// The bytes of a block that hold exponents: which bits may vary, and what the others are.
  fileprivate var scaleBytes: [(offset: Int, (free: UInt8, fixed: UInt8))] {
    switch self {
    case .f16: [(1, (0x87, 0x30))]  // ±⅛ … ½, the fraction's upper bits vary
    case .bf16: [(1, (0x80, 0x3E))]  // ±⅛ … ½
    case .q4_0, .q8_0: [(1, (0x83, 0x20))]  // ±2⁻⁷ … 2⁻⁶
    case .q4K, .q5K: [(1, (0x03, 0x0C)), (3, (0x03, 0x0C))]  // 2⁻¹² … 2⁻¹¹, times scales to 63
    case .q6K: [(209, (0x83, 0x0C))]
    case .mxfp4: [(0, (0x03, 0x78))]  // 2⁻⁷ … 2⁻⁴
    default: []
    }
  }
}
