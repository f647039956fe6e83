import CShims
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Anonymous memory of its own mapping, aligned to its pages and given back when the last reference
/// goes.
///
/// `@unchecked Sendable`: address and size never change; what lies behind the address is as safe as
/// any raw memory, so whoever shares a buffer between threads divides it among them.
public final class AlignedBuffer: @unchecked Sendable {
  /// How the memory is divided.
  public enum Pages: Sendable {
    /// The system's smallest pages, also where it would give huge ones.
    case small
    /// 2 MiB pages, where the system gives them.
    case huge

    /// Bytes of a page.
    public var size: Int {
      switch self {
      case .small: Int(getpagesize())
      case .huge: 2 << 20
      }
    }
  }

  /// The first byte, aligned to `pages.size`.
  public let baseAddress: UnsafeMutableRawPointer
  /// Usable bytes.
  public let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  /// Maps `byteCount` bytes, which read as zero until they are written.
  ///
  /// Errors: `.refused` for a negative count, one beyond a quarter of the address space, or when the
  /// system has no more. Cost: no page is touched.
  public init(byteCount: Int, pages: Pages) throws(StorageError) {
    guard byteCount >= 0, byteCount < 1 << 46 else {
      throw StorageError(.refused, "a buffer of \(byteCount) bytes is more than any box can map")
    }
    let mappedBytes = max(byteCount, 1) + pages.size
    let address = mmap(
      nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | mapAnonymous, -1, 0)
    guard let address, address != MAP_FAILED else {
      throw .system(.refused, "the system refused \(Bytes(byteCount)) of memory")
    }
    mapping = address
    self.mappedBytes = mappedBytes
    self.byteCount = byteCount
    baseAddress = address.alignedUp(toMultipleOf: pages.size)
    storage_advise_pages(baseAddress, max(byteCount, 1), pages == .huge ? 1 : 0)
  }

  deinit { munmap(mapping, mappedBytes) }

  /// The buffer as floats.
  public var floats: UnsafeMutablePointer<Float> {
    baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// Fills the buffer with floats of magnitude ½ to 1 and either sign: no zeros, no denormals, no
  /// NaN, whatever the seed.
  ///
  /// Cost: one pass.
  public func fill(seed: UInt64) {
    // Exponent of ½ (126) in both floats of the word; sign and fraction are random.
    fillWords(seed: seed, free: 0x807F_FFFF_807F_FFFF, fixed: 0x3F00_0000_3F00_0000)
    for offset in byteCount / 8 * 8..<byteCount {
      (baseAddress + offset).storeBytes(of: 0x3F, as: UInt8.self)
    }
  }

  /// Fills whole words of 64 bits: bits of `free` at random, those of `fixed` set.
  ///
  /// Source of the generator: Marsaglia, Xorshift RNGs (2003), 64 bits.
  func fillWords(seed: UInt64, free: UInt64, fixed: UInt64) {
    let words = baseAddress.assumingMemoryBound(to: UInt64.self)
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    for index in 0..<byteCount / 8 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      words[index] = state & free | fixed
    }
  }

  /// Writes one byte every `stride` bytes, so that each page is there.
  public func touch(every stride: Int) {
    for offset in Swift.stride(from: 0, to: byteCount, by: max(stride, 1)) {
      (baseAddress + offset).storeBytes(of: 1, as: UInt8.self)
    }
  }
}

#if os(Linux)
  private let mapAnonymous = MAP_ANONYMOUS
#else
  private let mapAnonymous = MAP_ANON
#endif
