import Hardware

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of files that stands for a machine; removed with everything in it at the end.
final class Fixture {
  /// The folder; the root of `files`.
  let root: String
  private var folders: [String] = []
  private var written: [String] = []

  /// What a test hands to the code under test.
  var files: SystemFiles { SystemFiles(root: root) }

  struct Failure: Error {
    let what: String
  }

  /// A new folder holding `contents` by path (`/proc/cpuinfo`).
  init(_ contents: [String: String] = [:]) throws {
    var template = Array("/tmp/plimsoll-fixture-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(what: "mkdtemp") }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try write(contents)
  }

  /// Writes or replaces files.
  func write(_ contents: [String: String]) throws {
    for (path, text) in contents {
      let parts = path.split(separator: "/")
      for depth in 0..<max(0, parts.count - 1) {
        let folder = root + "/" + parts[0...depth].joined(separator: "/")
        if mkdir(folder, 0o755) == 0 { folders.append(folder) }
      }
      guard let file = fopen(root + path, "w") else { throw Failure(what: path) }
      defer { fclose(file) }
      written.append(root + path)
      guard fputs(text, file) >= 0 else { throw Failure(what: path) }
    }
  }

  /// Removes a file.
  func remove(_ path: String) { unlink(root + path) }

  deinit {
    for path in written { unlink(path) }
    for folder in folders.reversed() { rmdir(folder) }
    rmdir(root)
  }
}
