#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file opened for bounded reads; closed when it goes out of scope.
public struct InputFile: ~Copyable {
  private let descriptor: Int32
  /// The path it was opened by.
  let path: String
  /// Its length in bytes.
  let size: Int

  /// Opens `path`.
  ///
  /// Errors: `.notFound`, `.unreadable` with the system's own reason, `.unsupported` for what is not
  /// a regular file (a pipe could make the read wait for ever).
  public init(path: String) throws(ModelError) {
    // Without O_NONBLOCK the open itself waits for the writer of a pipe.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.failure("open", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let failure = Self.failure("inspect", path)
      close(descriptor)
      throw failure
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ModelError(.unsupported, "\(path): expected a regular file, found another kind")
    }
    self.descriptor = descriptor
    self.path = path
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Exactly `count` bytes from `offset` on.
  func bytes(at offset: Int, count: Int) throws(ModelError) -> [UInt8] {
    guard offset >= 0, count >= 0, count <= size - offset else {
      throw .malformed(
        path, at: offset, expected: "\(count) bytes",
        found: "\(max(size - offset, 0)) before the end of the file")
    }
    var status = 0
    let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
        status = pread(descriptor, rest.baseAddress, count - filled, off_t(offset + filled))
        if status < 0, errno == EINTR { continue }
        if status <= 0 { return }
        filled += status
      }
    }
    if status < 0 { throw Self.failure("read", path) }
    guard result.count == count else {
      throw ModelError(.unreadable, "\(path): the file grew shorter while it was read; try again")
    }
    return result
  }

  /// The whole content, which must be at most `limit` bytes.
  ///
  /// Errors: `.malformed` for a longer file, `.unreadable` for one that can't be read to its end.
  public func contents(limit: Int) throws(ModelError) -> [UInt8] {
    guard size <= limit else {
      throw .malformed(
        path, at: limit, expected: "the end of the file", found: "\(size - limit) bytes more",
        advice: "this is not the kind of file its name promises")
    }
    return try bytes(at: 0, count: size)
  }

  /// The error for what `errno` tells of `verb` on `path`.
  static func failure(_ verb: String, _ path: String) -> ModelError {
    let code = errno
    let reason = String(cString: strerror(code)).lowercased()
    guard code != ENOENT && code != ENOTDIR else {
      return ModelError(.notFound, "\(path): cannot \(verb) it: \(reason); check the path")
    }
    return ModelError(
      .unreadable, "\(path): cannot \(verb) it: \(reason); check that you may read it")
  }
}
