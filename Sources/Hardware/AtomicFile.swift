#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a file could not be written; its text names the path and gives the system's own words.
public struct FileWriteError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The system's error number.
  public let code: Int32
  /// One sentence for people.
  public let description: String

  /// The failure of `step` on `path` with error number `code`.
  init(_ step: String, _ path: String, code: Int32 = errno) {
    self.code = code
    description = "cannot \(step) '\(path)': \(String(cString: strerror(code)))"
  }

  /// Whether the box has no room for it, rather than having failed to write.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
}

/// Writing a whole file so that a reader finds the old one or the new one and nothing in between,
/// whoever is killed and whenever.
public enum AtomicFile {
  /// Replaces the file at `path` by one that holds `bytes`, making missing folders above it.
  ///
  /// The bytes go to a new file beside it, to the disk, and then under its name. A file that was
  /// there keeps its permissions; a new one gets those of the process's mask. What is a symbolic link
  /// is replaced, not followed, unless it leads to a pipe or a device: those are written to, as nobody
  /// wants a file in the place of `/dev/null`. Nothing half-written stays, unless the process is killed:
  /// then a file `<name>.….part` may.
  ///
  /// Errors: of the step that failed; `path` is then as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileWriteError) {
    guard !isPipeOrDevice(path) else { return try send(bytes, to: path) }
    try makeFolders(above: path)
    let (descriptor, temporary) = try makeFile(beside: path)
    do throws(FileWriteError) {
      try fill(descriptor, with: bytes, path: path)
      guard fsync(descriptor) == 0 else { throw FileWriteError("write to disk", path) }
      guard rename(temporary, path) == 0 else { throw FileWriteError("replace", path) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)
    syncFolder(of: path)
  }

  /// Replaces the file at `path` by one that holds `text` in UTF-8.
  public static func write(_ text: String, to path: String) throws(FileWriteError) {
    try write(Array(text.utf8), to: path)
  }

  /// A new file of its own name in the folder of `path`, with the permissions of a file that is
  /// already there.
  private static func makeFile(
    beside path: String
  ) throws(FileWriteError) -> (descriptor: Int32, path: String) {
    var status = stat()
    let isThere = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    for _ in 0..<8 {
      let temporary = path + "." + String(UInt64.random(in: 0 ... .max), radix: 36) + ".part"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0, errno == EEXIST { continue }
      guard descriptor >= 0 else { break }
      // A new file is its maker's, who may always do this; where modes mean nothing, nothing is lost.
      if isThere { fchmod(descriptor, status.st_mode & 0o777) }
      return (descriptor, temporary)
    }
    throw FileWriteError("make a file beside", path)
  }

  private static func fill(
    _ descriptor: Int32, with bytes: [UInt8], path: String
  ) throws(FileWriteError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw FileWriteError("write", path) }
      rest = rest.dropFirst(count)
    }
  }

  private static func isPipeOrDevice(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  private static func send(_ bytes: [UInt8], to path: String) throws(FileWriteError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileWriteError("open", path) }
    defer { close(descriptor) }
    try fill(descriptor, with: bytes, path: path)
  }

  private static func makeFolders(above path: String) throws(FileWriteError) {
    let parts = path.split(separator: "/").dropLast()
    var folder = path.hasPrefix("/") ? "" : "."
    for part in parts {
      folder += "/" + part
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST || isFolder(folder) else {
        throw FileWriteError("make the folder", folder)
      }
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The rename itself outlives a power cut only once its folder is on the disk; file systems that
  /// cannot do that say so and lose nothing else, so that an error is no failure of the write.
  private static func syncFolder(of path: String) {
    let parent = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}

/// `write(2)`, whose name `AtomicFile.write` hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
