#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file read from front to back through a window of 256 KiB: headers of any size in bounded memory.
///
/// Skipping moves the position and reads nothing.
final class GGUFSource {
  /// The file's path, as it stands in messages.
  let path: String
  /// The file's length in bytes when it was opened.
  let size: Int
  /// Offset of the next byte to be read; never beyond `size`.
  private(set) var position = 0

  private static let windowSize = 256 << 10
  private let descriptor: Int32
  private var window = [UInt8](repeating: 0, count: windowSize)
  private var filled = 0..<0

  /// Opens the file at `path`; without `O_NONBLOCK` a named pipe would wait for a writer.
  init(path: String) throws(ModelError) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      let reason = String(cString: strerror(errno))
      throw ModelError(
        errno == ENOENT ? .notFound : .unreadable,
        "\(path): expected a GGUF file that can be opened, found: \(reason); check the path")
    }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw ModelError(
        .unreadable, "\(path): expected a regular file, found something else; name the file itself")
    }
    self.path = path
    size = Int(status.st_size)
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Bytes between the position and the end.
  var remaining: Int { size - position }

  /// A little-endian number; `what` names it in messages.
  func number<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws(ModelError) -> T {
    let start = try take(MemoryLayout<T>.size, what)
    let raw = window.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: T.self) }
    return T(littleEndian: raw)
  }

  /// A number that must fit an `Int` from `range`.
  func count(_ what: String, in range: ClosedRange<Int>) throws(ModelError) -> Int {
    let start = position
    let raw = try number(UInt64.self, what)
    guard let value = Int(exactly: raw), range.contains(value) else {
      throw malformed(
        at: start, "\(what) from \(range.lowerBound) to \(range.upperBound)", "\(raw)")
    }
    return value
  }

  /// The length of a string, which the rest of the file must hold. Source: ggml's limit of 1 GiB.
  func stringLength(_ what: String) throws(ModelError) -> Int {
    let start = position
    let length = try count("a length of \(what)", in: 0...1 << 30)
    guard length <= remaining else {
      throw malformed(
        at: start, "\(what) within the \(remaining) bytes that remain", "a length of \(length)")
    }
    return length
  }

  /// A string of at most `limit` bytes, less than a window, in UTF-8.
  func string(_ what: String, limit: Int) throws(ModelError) -> String {
    let start = position
    let length = try stringLength(what)
    guard length <= limit else {
      throw malformed(at: start, "\(what) of at most \(limit) bytes", "\(length) bytes")
    }
    return try text(length, what)
  }

  /// The next `length` bytes, at most a window, as UTF-8.
  func text(_ length: Int, _ what: String) throws(ModelError) -> String {
    let start = position
    let first = try take(length, what)
    guard let text = String(validating: window[first..<first + length], as: UTF8.self) else {
      throw malformed(at: start, "\(what) in UTF-8", "other bytes")
    }
    return text
  }

  /// Moves on by `count` bytes.
  func skip(_ count: Int, _ what: String) throws(ModelError) {
    try require(count, what)
    position += count
  }

  /// The error that something else was due at `offset`.
  func malformed(at offset: Int, _ expected: String, _ found: String) -> ModelError {
    .malformed(path, at: offset, expected: expected, found: found)
  }

  private func require(_ count: Int, _ what: String) throws(ModelError) {
    guard count <= remaining else {
      throw malformed(
        at: position, "\(count) bytes of \(what)", "the end of the file after \(remaining)")
    }
  }

  /// Moves on by `count` bytes, at most a window, and returns where they lie in the window.
  private func take(_ count: Int, _ what: String) throws(ModelError) -> Int {
    try require(count, what)
    if position < filled.lowerBound || position + count > filled.upperBound {
      try fill(atLeast: count, what)
    }
    defer { position += count }
    return position - filled.lowerBound
  }

  private func fill(atLeast count: Int, _ what: String) throws(ModelError) {
    var got = 0
    while got < count {
      let read = window.withUnsafeMutableBytes { bytes in
        pread(
          descriptor, bytes.baseAddress?.advanced(by: got), bytes.count - got,
          off_t(position + got))
      }
      if read < 0 && errno == EINTR { continue }
      guard read >= 0 else {
        throw ModelError(
          .unreadable,
          "\(path): reading at byte \(position) failed: \(String(cString: strerror(errno)))"
        )
      }
      guard read > 0 else {
        throw malformed(
          at: position + got, "\(what) in a file of \(size) bytes", "a file cut short since")
      }
      got += read
    }
    filled = position..<position + got
  }
}
