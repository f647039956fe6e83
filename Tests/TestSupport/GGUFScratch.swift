package import Models

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A folder of its own for the files of one test, removed with it.
package final class GGUFScratch {
  package let folder: String
  private var files: Set<String> = []

  package init() {
    var name = Array("/tmp/plimsoll-gguf-XXXXXX".utf8CString)
    _ = mkdtemp(&name)
    folder = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for file in files { unlink(file) }
    rmdir(folder)
  }

  /// Writes `bytes` to the file `name` and returns its path.
  package func write(_ bytes: [UInt8], as name: String = "model.gguf") -> String {
    let path = "\(folder)/\(name)"
    files.insert(path)
    if let file = fopen(path, "w") {
      fwrite(bytes, 1, bytes.count, file)
      fclose(file)
    }
    return path
  }

  /// Removes the file `name`.
  package func remove(_ name: String) { unlink("\(folder)/\(name)") }

  /// What reading `bytes` as a model gives.
  package func read(_ bytes: [UInt8]) throws(ModelError) -> Model {
    try GGUFFile.read(path: write(bytes))
  }
}
