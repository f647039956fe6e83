import Hardware
import Tensors
public import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

// Files of weights that are kept for the next time.

extension WalkFile {
  /// What kept files end in.
  static let suffix = ".plimsoll-weights"
  private static let partial = ".partial-"

  /// The kept file `name` in `folder` where it has `byteCount` bytes and, at places drawn from them, what
  /// `fill` would write there; else it is written there first.
  ///
  /// It is written under the name of this process and renamed when it is whole. What processes that are
  /// gone left half-written in that folder is removed.
  ///
  /// - Parameter note: told in a sentence why a file that was there is written anew.
  /// Errors: as for a nameless file. Cost: 64 blocks of what is there are read.
  public convenience init(
    keeping name: String, _ byteCount: Int, in folder: String, reserve: Bytes? = nil,
    isInterrupted: () -> Bool = { false }, progress: (Double) -> Void = { _ in },
    note: (String) -> Void = { _ in }, fill: Fill
  ) throws(SimulationError) {
    Self.sweep(folder)
    let path = "\(folder)/\(name)\(Self.suffix)"
    if let part = try Self.kept(path) {
      let difference: String?
      do throws(SimulationError) {
        difference = try Self.difference(part, byteCount, fill: fill)
      } catch {
        close(part.descriptor)
        throw error
      }
      guard let difference else {
        self.init(parts: [part])
        return
      }
      close(part.descriptor)
      note(
        "'\(path)' is written anew, since it was changed or is of another version: \(difference)")
      // Its room is needed for the new one.
      guard unlink(path) == 0 else { throw .system(.inputOutput, "'\(path)' can't be replaced") }
    }
    try DiskSpace(folder: folder).check(byteCount, reserve: reserve)
    let partial = "\(path)\(Self.partial)\(getpid())"
    let descriptor = open(partial, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .system(.inputOutput, "'\(partial)' could not be made") }
    do throws(SimulationError) {
      try DiskSpace.checkMedium(of: descriptor, folder: folder)
      try Self.write(byteCount, to: descriptor, isInterrupted, progress, fill)
      guard rename(partial, path) == 0 else { throw .system(.inputOutput, "'\(path)'") }
    } catch {
      close(descriptor)
      unlink(partial)
      throw error
    }
    self.init(parts: [Part(descriptor: descriptor, path: path, range: 0..<byteCount)])
  }

  /// The file at `path`; nil where there is none.
  private static func kept(_ path: String) throws(SimulationError) -> Part? {
    do throws(SimulationError) { return try opened(path, at: 0) } catch {
      guard error.kind == .notFound else { throw error }
      return nil
    }
  }

  /// Blocks that are looked at, and their bytes.
  private static let (samples, block) = (64, 4096)

  /// How a kept file differs from what would be written; nil where it doesn't at 64 places, one in each 64th
  /// of the file, so that a stretch of two of them can't be missed. The first and the last block are two.
  private static func difference(
    _ part: Part, _ byteCount: Int, fill: Fill
  ) throws(SimulationError) -> String? {
    guard part.range.count == byteCount else {
      return "it has \(part.range.count) bytes, not \(byteCount)"
    }
    let buffer: AlignedBuffer
    do { buffer = try AlignedBuffer(byteCount: 2 * block, pages: .small) } catch {
      throw SimulationError(error)
    }
    var generator = SplitMix64(seed: UInt64(byteCount))
    let last = max(0, byteCount - block)
    for index in 0..<samples {
      let first = last / samples * index + last % samples * index / samples
      let width = UInt64(last / samples + 1)
      let inside = Int(generator.next().multipliedFullWidth(by: width).high)
      let start = index == 0 ? 0 : index == samples - 1 ? last : min(first + inside, last)
      let range = start..<min(start + block, byteCount)
      fill(range, UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: range.count))
      let found = buffer.baseAddress + block
      guard pread(part.descriptor, found, range.count, off_t(start)) == range.count else {
        throw .system(.inputOutput, "reading '\(part.path ?? "the file of weights")' failed")
      }
      if memcmp(buffer.baseAddress, found, range.count) != 0 {
        return "its bytes from \(start) on are not those of these weights"
      }
    }
    return nil
  }

  /// Removes half-written files of processes that are gone.
  static func sweep(_ folder: String) {
    for name in SystemFiles(root: folder).names(in: "") {
      guard let mark = name.firstRange(of: suffix + partial),
        let owner = pid_t(name[mark.upperBound...]), owner > 0
      else { continue }
      if kill(owner, 0) != 0, errno == ESRCH { unlink("\(folder)/\(name)") }
    }
  }
}
