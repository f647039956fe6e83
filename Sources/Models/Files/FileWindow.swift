/// A file read front to back through a window of bounded size, every step checked against its end.
struct FileWindow: ~Copyable {
  /// The next byte to be read.
  private(set) var offset = 0
  private let file: InputFile
  private var window: [UInt8] = []
  private var windowStart = 0

  static let windowSize = 256 << 10

  /// Opens a regular file. Errors: as `InputFile`.
  init(path: String) throws(ModelError) { file = try InputFile(path: path) }

  /// Where the file is, for messages.
  var path: String { file.path }

  /// Its length when it was opened.
  var byteCount: Int { file.size }

  /// Bytes from here to the end.
  var remaining: Int { byteCount - offset }

  /// The next `count` bytes. `what` stands in the message.
  mutating func bytes(_ count: Int, _ what: String) throws(ModelError) -> [UInt8] {
    try check(count, what)
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      try fill()
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
      try fill()
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

  /// Makes the window hold the byte at `offset`, which is inside of the file.
  private mutating func fill() throws(ModelError) {
    guard offset < windowStart || offset >= windowStart + window.count else { return }
    window = try file.bytes(at: offset, count: min(Self.windowSize, remaining))
    windowStart = offset
  }
}
