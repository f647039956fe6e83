import Tensors

/// Memory for packed operands, kept from one multiplication for the next.
final class PackingBuffers {
  private var left: AlignedBuffer?
  private var right: AlignedBuffer?

  /// Room for so many bytes on each side.
  ///
  /// Errors: the system has no such memory.
  func room(
    left leftBytes: Int, right rightBytes: Int
  ) throws(KernelError) -> (left: UnsafeMutableRawPointer, right: UnsafeMutableRawPointer) {
    do {
      let left = try Self.reuse(left, bytes: leftBytes)
      self.left = left
      let right = try Self.reuse(right, bytes: rightBytes)
      self.right = right
      return (left.baseAddress, right.baseAddress)
    } catch {
      throw KernelError(description: "matmul has no memory for packing: \(error)")
    }
  }

  private static func reuse(
    _ buffer: AlignedBuffer?, bytes: Int
  ) throws(StorageError) -> AlignedBuffer {
    if let buffer, buffer.byteCount >= bytes { return buffer }
    return try AlignedBuffer(byteCount: bytes, pages: .huge)
  }
}

/// `extent` rounded up to a multiple of `unit`.
func rounded(_ extent: Int, to unit: Int) -> Int { (extent + unit - 1) / unit * unit }
