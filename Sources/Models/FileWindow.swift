#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file read front to back through a window of bounded size, every step checked against its end.
struct FileWindow: ~Copyable {
  /// Where the file is, for messages.
  let path: String
  /// Its length when it was opened.
  let byteCount: Int
  /// The next byte to be read.
  private(set) var offset = 0
  private let descriptor: Int32
  private var window: [UInt8] = []
  private var windowStart = 0

  static let windowSize = 256 << 10

  /// Opens a regular file.
  ///
  /// Errors: `.notFound`, `.unreadable`.
  init(path: String) throws(ModelError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      let reason = String(cString: strerror(errno))
      throw ModelError(
        errno == ENOENT ? .notFound : .unreadable,
        "\(path) could not be opened: \(reason); check the path and its permissions")
    }
    self.path = path
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      byteCount = 0
      throw ModelError(.unreadable, "\(path) is not a regular file; name a model file")
    }
    byteCount = Int(status.st_size)
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Bytes from here to the end.
  var remaining: Int { byteCount - offset }

  /// The next `count` bytes. `what` stands in the message.
  mutating func bytes(_ count: Int, _ what: String) throws(ModelError) -> [UInt8] {
    try check(count, what)
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      try fill(what)
      let from = offset - windowStart
      let part = min(count - result.count, window.count - from)
      result += window[from..<from + part]
      offset += part
    }
    return result
  }

  /// The next integer, little end first.
  mutating func integer<T: FixedWidthInteger>(
    _ type: T.Type, _ what: String
  ) throws(ModelError) -> T {
    let width = MemoryLayout<T>.size
    try check(width, what)
    var value: T = 0
    for index in 0..<width {
      if offset < windowStart || offset >= windowStart + window.count { try fill(what) }
      value |= T(truncatingIfNeeded: window[offset - windowStart]) << T(8 * index)
      offset += 1
    }
    return value
  }

  /// Leaves `count` bytes out; they must be there.
  mutating func skip(_ count: Int, _ what: String) throws(ModelError) {
    try check(count, what)
    offset += count
  }

  /// An error about this file.
  func malformed(at offset: Int, _ expected: String, found: String) -> ModelError {
    .malformed(path, at: offset, expected: expected, found: found)
  }

  private func check(_ count: Int, _ what: String) throws(ModelError) {
    guard count <= remaining else {
      throw malformed(
        at: offset, "\(count) bytes of \(what)", found: "the end of the file at byte \(byteCount)")
    }
  }

  /// Makes the window hold the byte at `offset`.
  private mutating func fill(_ what: String) throws(ModelError) {
    guard offset < windowStart || offset >= windowStart + window.count else { return }
    let wanted = min(Self.windowSize, remaining)
    let (descriptor, start) = (descriptor, off_t(offset))
    window = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, wanted, start))
    }
    windowStart = offset
    guard !window.isEmpty else {
      throw ModelError(
        .unreadable,
        "\(path): reading \(what) at byte \(offset) failed: \(String(cString: strerror(errno)))")
    }
  }
}
