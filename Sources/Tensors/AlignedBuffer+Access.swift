extension AlignedBuffer {
  /// Calls `body` with all bytes, which stay valid until it returns.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount))
  }

  /// Calls `body` with as many whole elements as there are, which stay valid until it returns.
  ///
  /// One buffer is to be used as one element type at a time.
  public func withElements<Element: BitwiseCopyable, Result, Failure: Error>(
    of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    let count = byteCount / MemoryLayout<Element>.stride
    let start = baseAddress.bindMemory(to: type, capacity: count)
    return try body(UnsafeMutableBufferPointer(start: start, count: count))
  }
}
