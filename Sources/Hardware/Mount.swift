/// One line of `/proc/self/mountinfo`.
struct Mount: Sendable, Equatable {
  /// The folder of the mounted file system that is its top here.
  var root: String
  /// Where it is mounted.
  var point: String
  /// The kind of file system: `ext4`, `tmpfs`, `cgroup2`.
  var type: String
  /// The device or whatever stands for one.
  var source: String
  /// The file system's own options; for version 1 control groups, its controllers.
  var options: Set<Substring>

  /// Reads `31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755`; nil for anything
  /// else.
  init?(_ line: Substring) {
    let fields = line.split(separator: " ")
    guard fields.count >= 10, let dash = fields[6...].firstIndex(of: "-"), dash + 3 < fields.count
    else { return nil }
    root = Self.unescaped(fields[3])
    point = Self.unescaped(fields[4])
    type = String(fields[dash + 1])
    source = Self.unescaped(fields[dash + 2])
    options = Set(fields[dash + 3].split(separator: ","))
  }

  /// `path` with the kernel's octal escapes (`\040` for a space) undone.
  private static func unescaped(_ path: Substring) -> String {
    guard path.contains("\\") else { return String(path) }
    var bytes: [UInt8] = []
    var rest = path.utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(Substring(digits)), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
