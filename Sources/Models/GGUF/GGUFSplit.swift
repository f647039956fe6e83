/// A model in several files: `name-00001-of-00005.gguf`.
struct GGUFSplit {
  /// All that stands before `-00001-of-00005.gguf`.
  let stem: String
  /// Which part a path names, from 1.
  let part: Int
  /// Number of parts.
  let count: Int

  /// The parts of the model that `path` is one of, or nil when its name is not that of a part.
  init?(path: String) {
    let suffix = "-00001-of-00005.gguf".count
    let name = Array(path.utf8)
    guard name.count > suffix else { return nil }
    let tail = String(decoding: name.suffix(suffix), as: UTF8.self)
    let fields = tail.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 4, fields[0].isEmpty, fields[2] == "of", fields[1].count == 5,
      fields[3].count == 10, fields[3].hasSuffix(".gguf"),
      let part = Int(fields[1]), let count = Int(fields[3].prefix(5)), 1...max(count, 1) ~= part
    else { return nil }
    stem = String(decoding: name.dropLast(suffix), as: UTF8.self)
    self.part = part
    self.count = count
  }

  /// The path of part `part`, from 1.
  func path(of part: Int) -> String {
    "\(stem)-\(Self.fiveDigits(part))-of-\(Self.fiveDigits(count)).gguf"
  }

  /// The headers of all parts in order, of one file when `path` names no part.
  static func headers(path: String) throws(ModelError) -> [GGUFHeader] {
    let named = try GGUFHeader(path: path)
    let declared = try GGUFMetadata(file: path, entries: named.entries)
      .integer("split.count", in: 0...99_999)
    guard let split = GGUFSplit(path: path), split.count > 1 || declared != nil else {
      guard let declared, declared > 1 else { return [named] }
      throw ModelError(
        .malformed,
        """
        \(path): expected a name like model-00001-of-\(fiveDigits(declared)).gguf, as split.count \
        is \(declared), found another; give the parts their names back
        """)
    }
    var headers: [GGUFHeader] = []
    for part in 1...split.count {
      headers.append(part == split.part ? named : try split.header(of: part))
      try split.check(headers[part - 1], part: part)
    }
    try split.checkTensors(headers)
    return headers
  }

  private func header(of part: Int) throws(ModelError) -> GGUFHeader {
    do {
      return try GGUFHeader(path: path(of: part))
    } catch {
      guard error.kind == .notFound else { throw error }
      throw ModelError(
        .notFound,
        """
        \(path(of: part)): expected part \(part) of \(count) beside the others, found no such \
        file; fetch it
        """)
    }
  }

  private func check(_ header: GGUFHeader, part: Int) throws(ModelError) {
    let metadata = GGUFMetadata(file: header.path, entries: header.entries)
    try metadata.expect("split.count", count)
    try metadata.expect("split.no", part - 1)
  }

  /// The parts must hold as many tensors as promised, and each name once.
  private func checkTensors(_ headers: [GGUFHeader]) throws(ModelError) {
    let total = headers.reduce(0) { $0 + $1.tensors.count }
    for header in headers where header.entries["split.tensors.count"] != nil {
      try GGUFMetadata(file: header.path, entries: header.entries)
        .expect("split.tensors.count", total)
    }
    var names: Set<String> = []
    for header in headers {
      for info in header.tensors where !names.insert(info.name).inserted {
        throw .malformed(
          header.path, at: info.position, expected: "each tensor in one part only",
          found: "'\(info.name)' again")
      }
    }
  }

  private static func fiveDigits(_ number: Int) -> String {
    String(String(100_000 + number).dropFirst())
  }
}
