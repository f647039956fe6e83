import Tensors

/// Memory for packed operands, kept from one multiplication for the next.
final class PackingBuffers {
  private var left = KeptBuffer()
  private var right = KeptBuffer()

  /// Room for so many bytes on each side.
  ///
  /// Errors: the system has no such memory.
  func room(
    left leftBytes: Int, right rightBytes: Int
  ) throws(KernelError) -> (left: UnsafeMutableRawPointer, right: UnsafeMutableRawPointer) {
    do {
      let left = try left.room(byteCount: leftBytes)
      return (left.baseAddress, try right.room(byteCount: rightBytes).baseAddress)
    } catch {
      throw KernelError(description: "matmul has no memory for packing: \(error)")
    }
  }
}

/// `extent` rounded up to a multiple of `unit`.
func rounded(_ extent: Int, to unit: Int) -> Int { (extent + unit - 1) / unit * unit }
