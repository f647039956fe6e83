import Kernels
import Tensors

/// The table of tokens' vectors, a row a token, in any type that has kernels.
///
/// `@unchecked Sendable`: the memory is a file's, mapped read-only by who made this.
struct TokenEmbedding: @unchecked Sendable {
  private let start: UnsafeRawPointer
  private let rowBytes: Int
  private let widen: @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void

  /// Nil for a type that can't be read, or rows that are no whole blocks.
  init?(
    _ start: UnsafeRawPointer, _ type: ElementType, _ hidden: Int, _ vocabulary: Int,
    _ table: KernelTable
  ) {
    guard let rowBytes = type.bytes(shape: [hidden]) else { return nil }
    (self.start, self.rowBytes) = (start, rowBytes)
    let conversions = table.conversions
    switch type {
    case .f32:
      widen = { $1.update(from: $0.assumingMemoryBound(to: Float.self), count: hidden) }
    case .f16:
      widen = { conversions.widenHalf($0.assumingMemoryBound(to: UInt16.self), $1, hidden) }
    case .bf16:
      widen = { conversions.widenBrain($0.assumingMemoryBound(to: UInt16.self), $1, hidden) }
    default:
      guard let kernels = table.kernels(for: type) else { return nil }
      widen = { kernels.dequantise($0, hidden / kernels.block.columns, $1) }
    }
  }

  /// Writes the vector of `token`, which the table has.
  func read(_ token: Int, into vector: UnsafeMutablePointer<Float>) {
    widen(start + token * rowBytes, vector)
  }
}
