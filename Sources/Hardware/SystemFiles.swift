#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kernel's small text files (`/proc`, `/sys`, `/etc`), below a root that tests may replace.
///
/// Everything this module knows of a Linux machine comes through here, so that a folder written by a
/// test stands for any machine.
public struct SystemFiles: Sendable {
  /// Prefix of every path; empty for the machine itself.
  public let root: String

  /// Files below `root`; the machine's own by default.
  public init(root: String = "") { self.root = root }

  /// The machine this process runs on.
  public static let live = SystemFiles()

  /// Longest text read; a list of a thousand processors takes 2 MiB.
  private static let maximumLength = 16 << 20

  /// The text of the file at `path` without trailing white space or NUL.
  ///
  /// Errors: as a reason: absent, unreadable, longer than 16 MiB or not UTF-8.
  public func text(_ path: String) -> Reading<String> {
    let descriptor = open(root + path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return .unavailable(Self.reason(path, errno)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .unavailable(Self.reason(path, errno)) }
      guard count > 0 else { break }
      bytes += chunk[..<count]
      guard bytes.count <= Self.maximumLength else {
        return .unavailable("\(path): longer than 16 MiB")
      }
    }
    while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
    return Reading(String(validating: bytes, as: UTF8.self), orReason: "\(path): not UTF-8")
  }

  /// The whole number that the file at `path` holds; `0x` before hexadecimal digits is understood.
  public func integer(_ path: String) -> Reading<Int> {
    text(path).flatMap {
      Reading(Int(kernel: $0), orReason: "\(path): '\($0.prefix(40))' is not a whole number")
    }
  }

  /// The lines of the file at `path`.
  public func lines(_ path: String) -> Reading<[Substring]> {
    text(path).map { $0.split(separator: "\n", omittingEmptySubsequences: true) }
  }

  /// The whole number beside `name` in a file of lines `name: number`; nil where there is none.
  public func field(_ name: String, of path: String) -> Int? {
    lines(path).value.flatMap { KeyedText($0, separator: ":").integer(name) }
  }

  /// The bytes beside `name` in a file of lines `name: number kB`; nil where there are none.
  public func kibibytes(_ name: String, of path: String) -> Int? {
    lines(path).value.flatMap { KeyedText($0, separator: ":").kibibytes(name) }
  }

  /// The names in the folder at `path`, sorted; empty when the folder cannot be read.
  public func names(in path: String) -> [String] {
    guard let folder = opendir(root + path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { field in
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The numbers `n` of the entries called `prefix` and `n` in the folder at `path`, ascending.
  public func numbered(_ prefix: String, in path: String) -> [Int] {
    names(in: path)
      .compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }
      .filter { $0 >= 0 }.sorted()
  }

  /// Whether there is anything at `path`.
  public func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  private static func reason(_ path: String, _ code: Int32) -> String {
    "\(path): \(String(cString: strerror(code)))"
  }
}

extension Int {
  /// A number as the kernel prints it: decimal, or hexadecimal after `0x`.
  init?(kernel text: some StringProtocol) {
    if text.hasPrefix("0x") {
      self.init(text.dropFirst(2), radix: 16)
    } else {
      self.init(text)
    }
  }
}
