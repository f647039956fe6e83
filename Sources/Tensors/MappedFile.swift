import CShims
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file's bytes, mapped read-only, unmapped with the last reference.
///
/// The pages are those of the page cache: nothing is copied, nothing is charged to the process until
/// it is read. When another process cuts the file short meanwhile, reading a page that is gone ends the
/// program with a sentence that names the file and exit code 74; `hasShrunk` tells before a walk.
///
/// `@unchecked Sendable`: the address, the length and the descriptor never change, and nothing is
/// written.
public final class MappedFile: @unchecked Sendable {
  /// Where the file is.
  public let path: String
  /// Its length when it was mapped, in bytes.
  public let byteCount: Int
  private let descriptor: Int32
  private let start: UnsafeMutableRawPointer?

  /// Maps all of the regular file at `path`.
  ///
  /// - Parameter minimumLength: a shorter file is refused before anything is mapped.
  ///
  /// Errors: `.notFound`; `.inputOutput` for a folder, a device or a file without permission;
  /// `.malformed` for one that is too short; `.refused` when the system maps no more.
  public init(path: String, minimumLength: Int = 0) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.openError(path, errno) }
    do throws(StorageError) {
      byteCount = try Self.length(of: descriptor, path: path, minimum: minimumLength)
      start = try Self.map(descriptor, byteCount, path)
    } catch {
      close(descriptor)
      throw error
    }
    self.path = path
    self.descriptor = descriptor
    if let start { mapping_watch(start, byteCount, path) }
  }

  deinit {
    if let start {
      mapping_forget(start)
      munmap(start, byteCount)
    }
    close(descriptor)
  }

  /// Calls `body` with all bytes, which stay valid until it returns.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// The first byte, nil for an empty file; valid only as long as the object lives, which its user
  /// must see to.
  public var baseAddress: UnsafeRawPointer? { start.map { UnsafeRawPointer($0) } }

  /// Whether the file is now shorter than what is mapped, so that reading its end would be fatal.
  public var hasShrunk: Bool {
    var status = stat()
    return fstat(descriptor, &status) != 0 || Int(status.st_size) < byteCount
  }

  /// Lets a mapping that was made elsewhere end the program as these do, when the file at `path` is cut
  /// short while it is read, until `forget` is told of it.
  public static func watch(_ start: UnsafeRawPointer, byteCount: Int, path: String) {
    mapping_watch(start, byteCount, path)
  }

  /// The mapping at `start` is about to go.
  public static func forget(_ start: UnsafeRawPointer) { mapping_forget(start) }

  /// Bytes of `range` that lie in memory now, counted in whole pages.
  ///
  /// Linux tells it only to those who own the file or may write to it; others see every page as
  /// present. Errors: `.refused`, also for a range outside of the file.
  ///
  /// Cost: one byte a page.
  public func residentBytes(in range: Range<Int>? = nil) throws(StorageError) -> Bytes {
    guard let (address, length) = try pages(of: range) else { return .zero }
    let page = Int(getpagesize())
    var states = [MincoreState](repeating: 0, count: (length + page - 1) / page)
    guard mincore(address, length, &states) == 0 else {
      throw .system(.refused, "the system does not tell which pages of '\(path)' are in memory")
    }
    let present = states.count { $0 & 1 != 0 }
    return Bytes(min(present * page, length))
  }

  /// The whole pages that cover `range`, nil for none.
  func pages(
    of range: Range<Int>?
  ) throws(StorageError) -> (address: UnsafeMutableRawPointer, length: Int)? {
    let range = range ?? 0..<byteCount
    guard range.lowerBound >= 0, range.upperBound <= byteCount else {
      throw StorageError(
        .refused, "bytes \(range) of '\(path)' were asked for; it has \(byteCount)")
    }
    guard let start, !range.isEmpty else { return nil }
    let first = range.lowerBound - range.lowerBound % Int(getpagesize())
    return (start + first, range.upperBound - first)
  }

  private static func openError(_ path: String, _ code: Int32) -> StorageError {
    let isMissing = code == ENOENT || code == ENOTDIR
    return .system(isMissing ? .notFound : .inputOutput, "cannot open '\(path)'", code: code)
  }

  private static func length(
    of descriptor: Int32, path: String, minimum: Int
  ) throws(StorageError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw openError(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StorageError(.inputOutput, "'\(path)' is not a regular file; name a file")
    }
    let length = Int(status.st_size)
    guard length >= minimum else {
      throw StorageError(
        .malformed,
        "'\(path)' has \(length) bytes where at least \(minimum) were expected; "
          + "it may be cut short, fetch it again")
    }
    return length
  }

  private static func map(
    _ descriptor: Int32, _ length: Int, _ path: String
  ) throws(StorageError) -> UnsafeMutableRawPointer? {
    guard length > 0 else { return nil }
    let start = mmap(nil, length, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      throw .system(.refused, "the system refused to map the \(length) bytes of '\(path)'")
    }
    return start
  }
}

#if canImport(Darwin)
  private typealias MincoreState = CChar
#else
  private typealias MincoreState = UInt8
#endif
