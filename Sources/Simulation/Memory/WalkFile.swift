import CShims
import Tensors
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that a walk reads, end to end in one row of addresses: a file of its own, written to be
/// read and without a name unless it is kept, or somebody's model as it is.
///
/// `@unchecked Sendable`: descriptors are opened by `init`, closed by `deinit` and read in between.
public final class WalkFile: @unchecked Sendable {
  /// One file, and where its bytes stand among all.
  struct Part {
    let descriptor: Int32
    /// Where it is, if it was there before: others may cut it short.
    var path: String?
    /// Starts at a multiple of `alignment`.
    let range: Range<Int>
  }

  /// Writes the bytes of a range into a buffer of the same length.
  public typealias Fill = (Range<Int>, UnsafeMutableRawBufferPointer) -> Void

  let parts: [Part]
  /// Addresses from the first byte of the first file to the last one's last.
  public let byteCount: Int

  /// Files start at multiples of this, which pages and direct reading both ask for.
  public static let alignment = 2 << 20
  /// Bytes written by one call.
  static let chunk = 8 << 20
  /// After so many bytes what was written is put on the disk, so that dirty pages don't pile up.
  private static let flushed = 256 << 20

  /// Opens the files at `paths` for reading.
  ///
  /// Errors: `.notFound`; `.inputOutput` for what is no regular file or can't be read.
  public init(opening paths: [String]) throws(SimulationError) {
    var (parts, start): ([Part], Int) = ([], 0)
    do throws(SimulationError) {
      for path in paths {
        let part = try Self.opened(path, at: start)
        parts.append(part)
        start = (part.range.upperBound + Self.alignment - 1) / Self.alignment * Self.alignment
      }
    } catch {
      for part in parts { close(part.descriptor) }
      throw error
    }
    self.parts = parts
    byteCount = parts.last?.range.upperBound ?? 0
  }

  /// Writes a nameless file of `byteCount` bytes in `folder`, which is gone when this process ends,
  /// however it ends.
  ///
  /// - Parameters:
  ///   - reserve: what has to stay free on the disk.
  ///   - progress: told the share written, 0 to 1.
  /// Errors: `.refused` without room for it or for a folder in memory, with what is missing;
  /// `.inputOutput`; `.interrupted`. Cost: all of it is written once, at the disk's speed.
  public convenience init(
    writing byteCount: Int, in folder: String, reserve: Bytes? = nil,
    isInterrupted: () -> Bool = { false }, progress: (Double) -> Void = { _ in }, fill: Fill
  ) throws(SimulationError) {
    try DiskSpace(folder: folder).check(byteCount, reserve: reserve)
    let descriptor = storage_open_unnamed(folder)
    guard descriptor >= 0 else {
      throw .system(.inputOutput, "no file could be made in \(folder); name another --directory")
    }
    do throws(SimulationError) {
      try DiskSpace.checkMedium(of: descriptor, folder: folder)
      try Self.write(byteCount, to: descriptor, isInterrupted, progress, fill)
    } catch {
      close(descriptor)
      throw error
    }
    self.init(parts: [Part(descriptor: descriptor, range: 0..<byteCount)])
  }

  init(parts: [Part]) {
    self.parts = parts
    byteCount = parts.last?.range.upperBound ?? 0
  }

  deinit { for part in parts { close(part.descriptor) } }

  /// Drops the pages of all files from the page cache, as far as the kernel lets go of them.
  public func evict() { for part in parts { _ = storage_evict(part.descriptor) } }
}

extension WalkFile {
  static func opened(_ path: String, at start: Int) throws(SimulationError) -> Part {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw .system(isMissing ? .notFound : .inputOutput, "cannot open '\(path)'")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw SimulationError(.inputOutput, "'\(path)' is not a regular file; name a model file")
    }
    return Part(
      descriptor: descriptor, path: path, range: start..<start + Int(status.st_size))
  }

  /// Writes all bytes, and puts them on the disk.
  static func write(
    _ byteCount: Int, to descriptor: Int32, _ isInterrupted: () -> Bool,
    _ progress: (Double) -> Void, _ fill: Fill
  ) throws(SimulationError) {
    let buffer: AlignedBuffer
    do { buffer = try AlignedBuffer(byteCount: chunk, pages: .huge) } catch {
      throw SimulationError(error)
    }
    for start in stride(from: 0, to: byteCount, by: chunk) {
      guard !isInterrupted() else {
        throw SimulationError(.interrupted, "interrupted: the file of weights was given up")
      }
      let range = start..<min(start + chunk, byteCount)
      fill(range, UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count))
      var written = 0
      while written < range.count {
        let count = pwrite(
          descriptor, buffer.baseAddress + written, range.count - written, off_t(start + written))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          let isFull = errno == ENOSPC || errno == EDQUOT || errno == EFBIG
          throw .system(isFull ? .refused : .inputOutput, "writing the file of weights failed")
        }
        written += count
      }
      if range.upperBound.isMultiple(of: flushed) || range.upperBound == byteCount {
        guard fsync(descriptor) == 0 else {
          throw .system(.inputOutput, "writing the file of weights failed")
        }
        // What was written is not what the walk should find in memory.
        _ = storage_evict(descriptor)
      }
      progress(Double(range.upperBound) / Double(byteCount))
    }
  }
}
