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
    var failure: ModelError?
    let result = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(ModelError) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch { failure = error }
    }
    if let failure { throw failure }
    guard result.count == count else { throw changed }
    return result
  }

  /// Fills `buffer` from `offset` on, up to the end of the file; returns how many bytes came.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(ModelError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure("read", path) }
      guard count > 0 else { break }
      filled += count
    }
    return filled
  }

  /// Requires that the file is still as long as when it was opened: a file that is being written or
  /// fetched tells nothing that will stay true.
  func requireSameLength() throws(ModelError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure("inspect", path) }
    guard Int(status.st_size) == size else { throw changed }
  }

  /// The error that the file is not as long as it was.
  var changed: ModelError {
    ModelError(
      .unreadable,
      "\(path): the file had \(size) bytes when it was opened and was cut short or written on since; "
        + "try again when it is complete")
  }

  /// The whole content, which must be at most `limit` bytes.
  ///
  /// Errors: `.malformed` for a longer file, `.unreadable` for one that can't be read to its end or
  /// changes its length meanwhile.
  public func contents(limit: Int) throws(ModelError) -> [UInt8] {
    guard size <= limit else {
      throw .malformed(
        path, at: limit, expected: "the end of the file", found: "\(size - limit) bytes more",
        advice: "this is not the kind of file its name promises")
    }
    let bytes = try bytes(at: 0, count: size)
    try requireSameLength()
    return bytes
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
