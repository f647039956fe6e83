/// Memory on huge pages that is kept from one use for the next, and grows when it must.
public struct KeptBuffer: Sendable {
  /// The memory that the last use had.
  public private(set) var buffer: AlignedBuffer?

  /// Nothing yet.
  public init() {}

  /// The memory, at least `byteCount` bytes of it; what it held is lost when it grows.
  ///
  /// Errors: `.refused` when the system has no more; what there was is kept then.
  public mutating func room(byteCount: Int) throws(StorageError) -> AlignedBuffer {
    if let buffer, buffer.byteCount >= byteCount { return buffer }
    let fresh = try AlignedBuffer(byteCount: byteCount, pages: .huge)
    buffer = fresh
    return fresh
  }
}
