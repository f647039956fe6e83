import KernelReference
import Tensors

@testable import Kernels

/// A matrix of a seed's numbers, stored in some type, and the same numbers as floats.
///
/// Floats are of magnitude ½ to 1 and either sign; bytes are all from −128 to 127. The last row is as
/// long as the others, so that nothing lies behind the numbers but a guard.
struct MatrixOperandData {
  let type: ElementType
  let rowDistance: Int
  private let memory: AlignedBuffer
  private let shift: Int
  private let wide: AlignedBuffer

  /// `shift` elements into a buffer, so that vectors are not aligned.
  init(_ type: ElementType, rows: Int, rowDistance: Int, seed: UInt64, shift: Int) throws {
    (self.type, self.rowDistance, self.shift) = (type, rowDistance, shift)
    let count = rows * rowDistance
    memory = try AlignedBuffer(byteCount: (count + shift) * 4 + 64, pages: .small)
    let start = memory.baseAddress + shift * type.block.bytes
    wide = try AlignedBuffer(byteCount: count * 4, pages: .small)
    var random = SplitMix64(seed: seed)
    for index in 0..<count {
      wide.floats[index] = Self.store(random.next(), as: type, at: start, index: index)
    }
  }

  /// Makes a number of `bits`, stores it as element `index` and returns its value.
  private static func store(
    _ bits: UInt64, as type: ElementType, at start: UnsafeMutableRawPointer, index: Int
  ) -> Float {
    switch type {
    case .f32:
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: bits) & 0x807F_FFFF | 0x3F00_0000)
      start.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
      return value
    case .f16:
      let half = UInt16(truncatingIfNeeded: bits) & 0x83FF | 0x3800
      start.storeBytes(of: half, toByteOffset: 2 * index, as: UInt16.self)
      return Reference.value(half: half)
    case .bf16:
      let brain = UInt16(truncatingIfNeeded: bits) & 0x807F | 0x3F00
      start.storeBytes(of: brain, toByteOffset: 2 * index, as: UInt16.self)
      return Reference.value(brain: brain)
    default:
      // A third of them at the ends of the range, where instructions saturate.
      let any = Int8(truncatingIfNeeded: bits)
      let byte = bits >> 32 % 3 == 0 ? (any < 0 ? Int8.min : Int8.max) : any
      start.storeBytes(of: byte, toByteOffset: index, as: Int8.self)
      return Float(byte)
    }
  }

  /// What is stored as floats, row by row, gaps included.
  var values: UnsafePointer<Float> { UnsafePointer(wide.floats) }

  /// The stored numbers.
  var address: UnsafeMutableRawPointer { memory.baseAddress + shift * type.block.bytes }

  /// The stored numbers as an operand.
  var operand: MatrixOperand { MatrixOperand(address, type: type, rowDistance: rowDistance) }

  /// The stored numbers, of bytes.
  var bytes: UnsafeMutablePointer<Int8> { address.assumingMemoryBound(to: Int8.self) }
}
