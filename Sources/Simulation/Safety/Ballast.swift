import Hardware
import Tensors
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory taken away from the box, so that a smaller one can be rehearsed on it.
///
/// It goes back when the last reference goes, or with the process, however that ends.
public final class Ballast {
  /// How much.
  public let bytes: Bytes
  /// Whether the system holds it by a lock; else it stays since there is no swap to put it in.
  public let isLocked: Bool
  private let buffer: AlignedBuffer

  /// So much is locked by one call, between which the end may be asked for.
  private static let piece = 64 << 20

  /// Takes `bytes` away.
  ///
  /// Where the system locks no more (`ulimit -l`) and has no swap, memory that was written to stays just
  /// the same, and is taken instead.
  /// Errors: `.usage` for nothing or less; `.refused` where there is not so much beside the reserve, or where
  /// it could be swapped out; `.interrupted`. Cost: each page is touched once.
  public init(
    _ bytes: Bytes, isInterrupted: () -> Bool = { false }, from files: SystemFiles = .live
  ) throws(SimulationError) {
    guard bytes > .zero else {
      throw SimulationError(.usage, "a ballast of \(bytes) is none; name one such as 16GiB")
    }
    try WalkBudget(from: files).check(bytes, for: "the ballast")
    do throws(StorageError) {
      buffer = try AlignedBuffer(byteCount: bytes.count, pages: .huge)
    } catch { throw SimulationError(error) }
    self.bytes = bytes
    var isLocked = true
    for start in stride(from: 0, to: bytes.count, by: Self.piece) {
      guard !isInterrupted() else {
        throw SimulationError(.interrupted, "interrupted while memory was taken away")
      }
      let count = min(Self.piece, bytes.count - start)
      if isLocked, mlock(buffer.baseAddress + start, count) != 0 {
        let code = errno
        guard files.kibibytes("SwapTotal", of: "/proc/meminfo") == 0 else {
          throw .system(
            .refused,
            "the system locks no ballast of \(bytes) (see ulimit -l), and could swap it out",
            code: code)
        }
        isLocked = false
      }
      (buffer.baseAddress + start).initializeMemory(as: UInt8.self, repeating: 1, count: count)
    }
    self.isLocked = isLocked
  }
}
