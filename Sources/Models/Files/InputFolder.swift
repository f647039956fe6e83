#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What lies at a path, found out without opening it.
enum PathKind {
  case folder
  case file

  /// The kind of `path`, links followed, or nil when nothing is there.
  ///
  /// Errors: `.unreadable` when the system does not let us look.
  static func of(_ path: String) throws(ModelError) -> PathKind? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let missing = errno == ENOENT || errno == ENOTDIR
      if missing { return nil }
      throw InputFile.failure("inspect", path)
    }
    return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
  }
}

/// A folder whose files are asked for by name.
struct InputFolder {
  /// Its path, without a slash at the end.
  let path: String

  /// The folder at `path`.
  init(path: String) {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// The folder that `file` lies in.
  init(of file: String) {
    guard let slash = file.lastIndex(of: "/") else {
      path = "."
      return
    }
    path = slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// Its last part, as people name a model by it.
  var name: String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  /// The path of `file` in it.
  func file(_ file: String) -> String { path.hasSuffix("/") ? path + file : "\(path)/\(file)" }

  /// The names in it, sorted.
  func names() throws(ModelError) -> [String] {
    guard let stream = opendir(path) else { throw InputFile.failure("list", path) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // The record is only as long as its name, so the name is read in place and never copied whole.
      let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
      let start = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      names.append(String(cString: start))
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }
}
