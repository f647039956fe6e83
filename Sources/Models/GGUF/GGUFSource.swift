/// A file read from front to back through a window of 256 KiB: headers of any size in bounded memory.
///
/// Skipping moves the position and reads nothing.
final class GGUFSource {
  /// Offset of the next byte to be read; never beyond the longest header.
  private(set) var position = 0
  /// How many more items of arrays are kept: with many short arrays they would outgrow the header.
  var keepable = 1 << 20

  /// The longest header that is believed, in bytes: vocabularies take megabytes, and a sparse file can
  /// promise items without end.
  static let longestHeader = 256 << 20

  private static let windowSize = 256 << 10
  private let file: InputFile
  private let end: Int
  private var window = [UInt8](repeating: 0, count: windowSize)
  private var filled = 0..<0

  /// Opens the regular file at `path`.
  init(path: String) throws(ModelError) {
    let file = try InputFile(path: path)
    end = min(file.size, Self.longestHeader)
    self.file = file
  }

  /// The file's path, as it stands in messages.
  var path: String { file.path }

  /// The file's length in bytes when it was opened.
  var size: Int { file.size }

  /// Requires that the file is still as long as when it was opened.
  func requireSameLength() throws(ModelError) { try file.requireSameLength() }

  /// Bytes between the position and the end of the file, or of the longest header.
  var remaining: Int { end - position }

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
    // A header may hold millions of strings: no sentence is made before there is something to say.
    let raw = try number(UInt64.self, what)
    guard let length = Int(exactly: raw), length <= 1 << 30 else {
      throw malformed(at: start, "a length of \(what) from 0 to \(1 << 30)", "\(raw)")
    }
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
      let limit = end < size ? "a header of more than \(end) bytes" : "the end of the file"
      throw malformed(at: position, "\(count) bytes of \(what)", "\(limit) after \(remaining)")
    }
  }

  /// Moves on by `count` bytes, at most a window, and returns where they lie in the window.
  private func take(_ count: Int, _ what: String) throws(ModelError) -> Int {
    try require(count, what)
    if position < filled.lowerBound || position + count > filled.upperBound {
      try fill(atLeast: count)
    }
    defer { position += count }
    return position - filled.lowerBound
  }

  private func fill(atLeast count: Int) throws(ModelError) {
    let got = try window.withUnsafeMutableBytes { bytes in
      Result { () throws(ModelError) in try file.read(into: bytes, at: position) }
    }.get()
    guard got >= count else { throw file.changed }
    filled = position..<position + got
  }
}
