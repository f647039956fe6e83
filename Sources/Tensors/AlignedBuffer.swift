import CShims
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory for a kernel's operands: page-aligned, really present, filled, and freed with the last
/// reference.
///
/// Every page is written when the buffer is made. Fresh anonymous pages all read from one page of
/// zeros, which lies in the cache: a bandwidth measured over them is not memory's.
///
/// `@unchecked Sendable`: the address and the length never change; the bytes behind them are no more
/// synchronised than those behind any pointer, and threads that share them divide them up.
public final class AlignedBuffer: @unchecked Sendable {
  /// Bytes that may be used.
  public let byteCount: Int
  /// The first byte; valid only as long as the buffer lives, which its user must see to.
  ///
  /// Aligned to a page, with `.huge` to 2 MiB, with `guardsEnd` to nothing at all.
  public let baseAddress: UnsafeMutableRawPointer
  /// Why the kernel did not take the advice on page size; nil when it did or none was given. Advice
  /// taken is no promise: whether huge pages were given, only the kernel's accounts tell.
  public let adviceRefused: String?
  private let mapping: AnonymousMapping

  /// What pages the buffer asks for.
  public enum Pages: Sendable {
    /// What the system gives by itself.
    case system
    /// Transparent huge pages.
    case huge
    /// Ordinary pages, whatever the system is set to.
    case small
  }

  /// The budget for callers that name none: enough for operands of a kernel, not for a model.
  public static let defaultBudget = Bytes.gibibytes(1)

  /// Maps `byteCount` bytes and fills them with the SplitMix64 stream of `seed`.
  ///
  /// - Parameters:
  ///   - byteCount: zero or more.
  ///   - pages: what pages to ask for.
  ///   - seed: two buffers with one seed hold the same bytes.
  ///   - budget: the most that may be asked for. Linux promises more memory than there is and kills
  ///     whoever uses it, so a size that comes from outside is checked before it is asked for.
  ///   - guardsEnd: the buffer ends where a page begins that may not be touched, so that a kernel
  ///     which runs past the end is stopped there; for tests.
  ///
  /// Errors: `.invalid` for a negative size or one over the budget, `.refused` by the kernel.
  ///
  /// Cost: one page fault a page, and `byteCount` bytes written.
  public init(
    byteCount: Int, pages: Pages = .system, seed: UInt64 = 0,
    within budget: Bytes = AlignedBuffer.defaultBudget, guardsEnd: Bool = false
  ) throws(TensorsError) {
    guard byteCount >= 0, byteCount <= budget.count else {
      throw .invalid(
        "a buffer of \(byteCount) bytes was asked for where 0 to \(budget.count) are allowed; "
          + "choose a smaller shape or a larger memory budget")
    }
    mapping = try AnonymousMapping(
      length: byteCount, alignment: pages == .huge ? 2 << 20 : AnonymousMapping.pageSize,
      guardsEnd: guardsEnd)
    self.byteCount = byteCount
    baseAddress = guardsEnd ? mapping.end - byteCount : mapping.start
    adviceRefused = mapping.advise(pages)
    fill(seed: seed)
  }

  /// Calls `body` with all bytes, which stay valid until it returns.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { extendLifetime() }
    return try body(UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount))
  }

  /// Calls `body` with as many whole elements as there are, which stay valid until it returns.
  ///
  /// One buffer is to be used as one element type at a time.
  public func withElements<Element: BitwiseCopyable, Result, Failure: Error>(
    of type: Element.Type, _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { extendLifetime() }
    let count = byteCount / MemoryLayout<Element>.stride
    let start = baseAddress.bindMemory(to: type, capacity: count)
    return try body(UnsafeMutableBufferPointer(start: start, count: count))
  }

  /// Overwrites all bytes with the SplitMix64 stream of `seed`, eight bytes a word, little end first.
  public func fill(seed: UInt64) {
    let words = byteCount / 8
    let start = baseAddress
    if UInt(bitPattern: start).isMultiple(of: 8) {
      hardware_fill_words(start.assumingMemoryBound(to: UInt64.self), words, seed, 0)
    } else {
      for word in 0..<words {
        start.storeBytes(
          of: hardware_splitmix64(seed, UInt64(word)), toByteOffset: word * 8, as: UInt64.self)
      }
    }
    withUnsafeBytes(of: hardware_splitmix64(seed, UInt64(words))) { last in
      let tail = UnsafeMutableRawBufferPointer(start: start + words * 8, count: byteCount % 8)
      tail.copyMemory(from: UnsafeRawBufferPointer(rebasing: last[..<tail.count]))
    }
  }

  /// Overwrites all whole `Float` elements with multiples of 2⁻²³ drawn from [−1, 1).
  public func fillUniform(seed: UInt64) {
    withElements(of: Float.self) { elements in
      guard let start = elements.baseAddress else { return }
      hardware_fill_floats(start, elements.count, seed)
    }
  }

  /// Keeps this object alive up to the call.
  private func extendLifetime() { withExtendedLifetime(self) {} }
}
