import CShims

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A program's file, copied to other pages of memory, and there as long as this value.
///
/// Where a file's pages lie decides a little about how fast its code runs, and stays as it is while the
/// file is in the page cache: only a new copy draws anew. The copy has no name, so that nothing is left
/// however the program ends. Where the system executes no such files, and for scripts, whose interpreters
/// want a name, the path is the program's own.
public final class ProgramCopy {
  /// What to start, for this process alone.
  public let path: String
  private let descriptor: Int32

  /// A copy of the file at `path`, or of this program.
  ///
  /// Cost: its size in memory. Errors: `.notFound`; `.malformed` for what is no executable file.
  public init(of path: String?) throws(ProviderError) {
    var buffer = [CChar](repeating: 0, count: 4096)
    let source = path ?? String(cString: process_own_path(&buffer, 4096))
    let file = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else {
      throw ProviderError(
        errno == ENOENT || errno == ENOTDIR ? .notFound : .malformed,
        "\(source): \(String(cString: strerror(errno))); expected a program")
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(source, X_OK) == 0
    else { throw ProviderError(.malformed, "\(source) is no executable file") }
    descriptor = Self.isScript(file) ? -1 : process_open_program()
    guard descriptor >= 0 else {
      self.path = source
      return
    }
    self.path = "/proc/self/fd/\(descriptor)"
    guard Self.copy(file, to: descriptor) else {
      throw ProviderError(
        .refused, "\(source) could not be copied to memory: \(String(cString: strerror(errno)))")
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  private static func isScript(_ file: Int32) -> Bool {
    var head: (UInt8, UInt8) = (0, 0)
    return pread(file, &head, 2, 0) == 2 && head == (UInt8(ascii: "#"), UInt8(ascii: "!"))
  }

  private static func copy(_ source: Int32, to destination: Int32) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = read(source, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 }
      var rest = chunk[..<count]
      while !rest.isEmpty {
        let written = rest.withUnsafeBytes { write(destination, $0.baseAddress, $0.count) }
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        rest = rest.dropFirst(written)
      }
    }
  }
}
