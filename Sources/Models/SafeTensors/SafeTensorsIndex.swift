/// The index of a sharded model, `model.safetensors.index.json`: which shard holds which tensor.
struct SafeTensorsIndex {
  /// The path of the index.
  let path: String
  /// For every tensor the name of its shard.
  private(set) var shardOf: [String: String] = [:]

  /// The shards, sorted.
  var shards: [String] { Set(shardOf.values).sorted() }

  /// Reads the index at `path`.
  ///
  /// Errors: `.malformed` for broken JSON, no `weight_map`, or a shard's name that leaves the folder.
  init(path: String) throws(ModelError) {
    self.path = path
    let content = try InputFile(path: path).contents(limit: SafeTensorsFile.longestHeader)
    var map: [String: String]?
    var reader = JSONReader(content)
    do throws(JSONError) {
      try reader.object { (key, reader) throws(JSONError) in
        if key == "weight_map" { map = try Self.weightMap(&reader) } else { _ = try reader.value() }
      }
      try reader.finish()
    } catch {
      throw .malformed(path, at: error.offset, expected: error.expected, found: error.found)
    }
    guard let map else {
      throw ModelError(
        .malformed, "\(path): expected the key 'weight_map', found none; it is no safetensors index"
      )
    }
    shardOf = map
  }

  /// Every tensor, shard by shard; each must lie in the shard that the index names.
  func tensors() throws(ModelError) -> [Tensor] {
    let folder = InputFolder(of: path)
    var tensors: [Tensor] = []
    for shard in shards {
      let stored = try SafeTensorsFile.tensors(path: folder.file(shard))
      for tensor in stored where shardOf[tensor.name] != shard {
        let place = shardOf[tensor.name].map { "in \(JSONError.quoted($0))" } ?? "in no shard"
        throw mismatch(tensor.name, place, found: "it in \(JSONError.quoted(shard))")
      }
      tensors += stored
    }
    let names = Set(tensors.map(\.name))
    let lost = shardOf.filter { !names.contains($0.key) }.min { $0.key < $1.key }
    if let lost {
      throw mismatch(
        lost.key, "in \(JSONError.quoted(lost.value))", found: "no such tensor there")
    }
    return tensors
  }

  private func mismatch(_ tensor: String, _ place: String, found: String) -> ModelError {
    ModelError(
      .malformed,
      "\(path): expected \(JSONError.quoted(tensor)) \(place), found \(found); "
        + "fetch the index and its shards again")
  }

  private static func weightMap(_ reader: inout JSONReader) throws(JSONError) -> [String: String] {
    var map: [String: String] = [:]
    try reader.object { (tensor, reader) throws(JSONError) in
      reader.skipBlanks()
      let start = reader.position
      guard map.count < 1 << 20 else {
        throw JSONError(offset: start, expected: "at most \(1 << 20) tensors", found: "more")
      }
      let shard = try reader.string()
      guard staysInFolder(shard) else {
        throw JSONError(
          offset: start, expected: "the plain name of a file beside the index",
          found: JSONError.quoted(shard))
      }
      map[tensor] = shard
    }
    return map
  }

  /// Whether `shard` is a plain file name: it cannot climb out of the folder, and no control
  /// character can cut it short.
  private static func staysInFolder(_ shard: String) -> Bool {
    !shard.isEmpty && shard != "." && shard != ".."
      && shard.utf8.allSatisfy {
        $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\")
      }
  }
}
