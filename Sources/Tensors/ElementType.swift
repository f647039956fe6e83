// `q4_0` is the field's own name.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// How the elements of a tensor are stored: plain numbers, or blocks that share scales.
///
/// The raw value is the name as GGUF and safetensors spell it. Source: the ggml type table and the
/// safetensors 0.8 format; block sizes are those of ggml's own header.
public enum ElementType: String, Sendable, Hashable, CaseIterable, Codable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i8 = "I8"
  case i16 = "I16"
  case i32 = "I32"
  case i64 = "I64"

  case q4_0 = "Q4_0"
  case q4_1 = "Q4_1"
  case q5_0 = "Q5_0"
  case q5_1 = "Q5_1"
  case q8_0 = "Q8_0"
  case q8_1 = "Q8_1"
  case q2K = "Q2_K"
  case q3K = "Q3_K"
  case q4K = "Q4_K"
  case q5K = "Q5_K"
  case q6K = "Q6_K"
  case q8K = "Q8_K"
  case iq2XXS = "IQ2_XXS"
  case iq2XS = "IQ2_XS"
  case iq3XXS = "IQ3_XXS"
  case iq1S = "IQ1_S"
  case iq4NL = "IQ4_NL"
  case iq3S = "IQ3_S"
  case iq2S = "IQ2_S"
  case iq4XS = "IQ4_XS"
  case iq1M = "IQ1_M"
  case tq1_0 = "TQ1_0"
  case tq2_0 = "TQ2_0"
  case mxfp4 = "MXFP4"
  case nvfp4 = "NVFP4"
  case q1_0 = "Q1_0"
  case q2_0 = "Q2_0"

  case bool = "BOOL"
  case u8 = "U8"
  case u16 = "U16"
  case u32 = "U32"
  case u64 = "U64"
  case c64 = "C64"
  case f4 = "F4"
  case f6E2M3 = "F6_E2M3"
  case f6E3M2 = "F6_E3M2"
  case f8E4M3 = "F8_E4M3"
  case f8E5M2 = "F8_E5M2"
  case f8E8M0 = "F8_E8M0"
  case f8E4M3FNUZ = "F8_E4M3FNUZ"
  case f8E5M2FNUZ = "F8_E5M2FNUZ"

  /// The smallest unit of storage: so many elements in so many bytes.
  public var block: (elements: Int, bytes: Int) {
    switch self {
    case .i8, .u8, .bool, .f8E4M3, .f8E5M2, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: (1, 1)
    case .f16, .bf16, .i16, .u16: (1, 2)
    case .f32, .i32, .u32: (1, 4)
    case .f64, .i64, .u64, .c64: (1, 8)
    case .f4: (2, 1)
    case .f6E2M3, .f6E3M2: (4, 3)
    case .q4_0, .iq4NL: (32, 18)
    case .q4_1: (32, 20)
    case .q5_0: (32, 22)
    case .q5_1: (32, 24)
    case .q8_0: (32, 34)
    case .q8_1: (32, 36)
    case .mxfp4: (32, 17)
    case .nvfp4: (64, 36)
    case .q2_0: (64, 18)
    case .q1_0: (128, 18)
    case .q2K: (256, 84)
    case .q3K, .iq3S: (256, 110)
    case .q4K: (256, 144)
    case .q5K: (256, 176)
    case .q6K: (256, 210)
    case .q8K: (256, 292)
    case .iq2XXS, .tq2_0: (256, 66)
    case .iq2XS: (256, 74)
    case .iq3XXS: (256, 98)
    case .iq1S: (256, 50)
    case .iq2S: (256, 82)
    case .iq4XS: (256, 136)
    case .iq1M: (256, 56)
    case .tq1_0: (256, 54)
    }
  }

  /// Stored bits per element, scales included: 4.5 for `Q4_0`.
  public var bitsPerElement: Double { Double(block.bytes * 8) / Double(block.elements) }

  /// The type with this number in a GGUF file, or nil for a number that is unknown or was removed.
  public init?(ggmlID: Int) {
    guard let type = Self.ggmlTypes[ggmlID] else { return nil }
    self = type
  }

  private static let ggmlTypes: [Int: ElementType] = [
    0: .f32, 1: .f16, 2: .q4_0, 3: .q4_1, 6: .q5_0, 7: .q5_1, 8: .q8_0, 9: .q8_1, 10: .q2K,
    11: .q3K, 12: .q4K, 13: .q5K, 14: .q6K, 15: .q8K, 16: .iq2XXS, 17: .iq2XS, 18: .iq3XXS,
    19: .iq1S, 20: .iq4NL, 21: .iq3S, 22: .iq2S, 23: .iq4XS, 24: .i8, 25: .i16, 26: .i32,
    27: .i64, 28: .f64, 29: .iq1M, 30: .bf16, 34: .tq1_0, 35: .tq2_0, 39: .mxfp4, 40: .nvfp4,
    41: .q1_0, 42: .q2_0,
  ]

  /// Bytes of a tensor whose rows hold `shape[0]` elements, or nil when a row is not whole blocks or
  /// the size does not fit an `Int`.
  ///
  /// - Parameter shape: extents, row length first (ggml's `ne`); no extents is one element.
  public func bytes(shape: [Int]) -> Int? {
    let rowLength = shape.first ?? 1
    guard rowLength >= 0, rowLength.isMultiple(of: block.elements) else { return nil }
    var total = rowLength / block.elements
    for extent in shape.dropFirst() + [block.bytes] {
      let (product, overflow) = total.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else { return nil }
      total = product
    }
    return total
  }
}
