#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that ends, and with an unused stretch of less than a page begins, at pages that may not be
/// touched: a kernel under test that runs past the end is stopped by the hardware at the first byte.
///
/// `@unchecked Sendable`: address and size never change; the bytes are as safe as any raw memory.
public final class GuardedBuffer: @unchecked Sendable {
  /// The first byte; aligned only as far as `byteCount` is a multiple of something.
  public let baseAddress: UnsafeMutableRawPointer
  /// Usable bytes, up to the guard.
  public let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Maps `byteCount` bytes, which read as zero until they are written.
  ///
  /// Errors: `.refused` for a negative count, one of 2⁴⁶ and more, or by the system.
  public init(byteCount: Int) throws(StorageError) {
    guard byteCount >= 0, byteCount < 1 << 46 else {
      throw StorageError(.refused, "a buffer of \(byteCount) bytes is more than any box can map")
    }
    let page = Int(getpagesize())
    let usable = (byteCount + page - 1) / page * page
    mappedBytes = page + usable + page
    let address = mmap(nil, mappedBytes, PROT_NONE, MAP_PRIVATE | mapAnonymous, -1, 0)
    guard let address, address != MAP_FAILED else {
      throw .system(.refused, "the system refused \(byteCount) bytes of memory")
    }
    mapping = address
    self.byteCount = byteCount
    baseAddress = address + page + usable - byteCount
    guard mprotect(address + page, usable, PROT_READ | PROT_WRITE) == 0 else {
      throw .system(.refused, "the system refused \(byteCount) bytes between guard pages")
    }
  }

  deinit { munmap(mapping, mappedBytes) }
}

#if os(Linux)
  private let mapAnonymous = MAP_ANONYMOUS
#else
  private let mapAnonymous = MAP_ANON
#endif
