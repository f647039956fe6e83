#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Whole pages of anonymous memory, unmapped when the last reference goes.
///
/// `@unchecked Sendable`: immutable addresses; nothing is read or written here.
final class AnonymousMapping: @unchecked Sendable {
  /// The first byte, aligned as asked for.
  let start: UnsafeMutableRawPointer
  /// One past the last byte that may be touched: whole pages after `start`, at least one.
  let end: UnsafeMutableRawPointer
  private let mapped: UnsafeMutableRawBufferPointer

  /// Bytes of an ordinary page.
  static let pageSize = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))

  /// Maps `length` bytes (not negative) rounded up to whole pages, at a multiple of `alignment`.
  ///
  /// More is mapped than needed, so that an aligned part can be chosen; what is not touched takes up
  /// addresses and no memory.
  init(length: Int, alignment: Int, guardsEnd: Bool) throws(TensorsError) {
    let page = Self.pageSize
    let slack = alignment + 2 * page
    guard length <= Int.max - slack - page else {
      throw .invalid("a buffer of \(length) bytes was asked for; no machine addresses so many")
    }
    let usable = max(1, (length + page - 1) / page) * page
    let all = mmap(
      nil, usable + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let all, all != UnsafeMutableRawPointer(bitPattern: -1) else {
      throw .refused(
        "the system refused \(length) bytes of memory (\(String(cString: strerror(errno)))); "
          + "choose a smaller size or lift its limit")
    }
    mapped = UnsafeMutableRawBufferPointer(start: all, count: usable + slack)
    start = all.alignedUp(toMultipleOf: alignment)
    end = start + usable
    guard !guardsEnd || mprotect(end, page, PROT_NONE) == 0 else {
      throw .refused("the system refused a guard page: \(String(cString: strerror(errno)))")
    }
  }

  /// Asks for `pages`; says why the kernel refused, or nil.
  func advise(_ pages: AlignedBuffer.Pages) -> String? {
    #if os(Linux)
      let advice: Int32
      switch pages {
      case .system: return nil
      case .huge: advice = Int32(MADV_HUGEPAGE)
      case .small: advice = Int32(MADV_NOHUGEPAGE)
      }
      guard madvise(start, end - start, advice) == 0 else {
        return "madvise: \(String(cString: strerror(errno)))"
      }
      return nil
    #else
      return pages == .huge ? "this system has no transparent huge pages" : nil
    #endif
  }

  deinit { munmap(mapped.baseAddress, mapped.count) }
}
