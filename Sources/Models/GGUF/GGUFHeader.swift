import Tensors

/// The header of one GGUF file: metadata and the shapes, types and places of its tensors.
///
/// Source: the GGUF specification, versions 2 and 3, and the limits of ggml's own reader.
struct GGUFHeader {
  let path: String
  let version: Int
  /// Values by key.
  let entries: [String: GGUFEntry]
  /// Tensors in file order; their bytes follow each other from `dataStart`, each padded.
  let tensors: [Info]
  /// Every tensor starts on a multiple of so many bytes.
  let alignment: Int
  /// Byte offset of the first tensor.
  let dataStart: Int

  /// One tensor as the header describes it.
  struct Info: Equatable {
    let name: String
    /// Extents, row length first.
    let shape: [Int]
    let type: ElementType
    let bytes: Int
    /// Byte offset from `dataStart`.
    let offset: Int
    /// Byte offset of this description in the file.
    let position: Int
  }

  /// Reads the header of the file at `path`.
  ///
  /// Cost: reads the header and no tensor; memory is one window and what is returned.
  init(path: String) throws(ModelError) {
    let source = try GGUFSource(path: path)
    self.path = path
    version = try Self.version(source)
    // A description takes 8 + 4 + 4 + 8 bytes at least, an entry 8 + 1 + 4 + 1. Models have some
    // thousand tensors and some hundred entries: the limits keep lists smaller than their header.
    let tensorCount = try Self.count(source, "a tensor count", each: 24, atMost: 1 << 18)
    let entryCount = try Self.count(source, "a metadata count", each: 14, atMost: 1 << 16)
    entries = try Self.entries(source, entryCount)
    alignment = try Self.alignment(source, entries)
    tensors = try Self.infos(source, tensorCount, alignment: alignment)
    dataStart = try Self.padded(source.position, to: alignment, source)
    if let last = tensors.last { try Self.checkEnd(last, dataStart, source) }
    try source.requireSameLength()
  }

  private static func version(_ source: GGUFSource) throws(ModelError) -> Int {
    let magic = try source.number(UInt32.self, "the magic word 'GGUF'")
    guard magic == 0x4655_4747 else {
      throw source.malformed(
        at: 0, "the magic word 'GGUF'", "0x\(String(magic.byteSwapped, radix: 16))")
    }
    let version = try source.number(UInt32.self, "the format version")
    if version != 0, version & 0xFFFF == 0 {
      throw ModelError(
        .unsupported,
        """
        \(source.path): at byte 4 expected a little-endian GGUF version, found \
        \(version.byteSwapped) in big-endian order; convert the file to little-endian first
        """)
    }
    guard version != 1 else {
      throw ModelError(
        .unsupported,
        "\(source.path): at byte 4 expected GGUF version 2 or 3, found 1; convert the file again")
    }
    guard 2...3 ~= version else {
      throw source.malformed(at: 4, "GGUF version 2 or 3", "\(version)")
    }
    return Int(version)
  }

  private static func count(
    _ source: GGUFSource, _ what: String, each bytes: Int, atMost limit: Int
  ) throws(ModelError) -> Int {
    let start = source.position
    let raw = try source.number(Int64.self, what)
    guard raw >= 0, raw <= min(source.remaining / bytes, limit) else {
      throw source.malformed(
        at: start,
        "\(what) of at most \(limit) that the \(source.remaining) bytes left can hold", "\(raw)")
    }
    return Int(raw)
  }

  private static func entries(
    _ source: GGUFSource, _ count: Int
  ) throws(ModelError) -> [String: GGUFEntry] {
    var entries: [String: GGUFEntry] = [:]
    for _ in 0..<count {
      let start = source.position
      let key = try source.string("a metadata key", limit: 65_535)
      guard !key.isEmpty else {
        throw source.malformed(at: start, "a metadata key of one byte or more", "an empty key")
      }
      guard entries[key] == nil else {
        throw source.malformed(at: start, "each metadata key once", "'\(key)' again")
      }
      entries[key] = try source.entry(key)
    }
    return entries
  }

  private static func alignment(
    _ source: GGUFSource, _ entries: [String: GGUFEntry]
  ) throws(ModelError) -> Int {
    guard let entry = entries["general.alignment"] else { return 32 }
    guard entry.type == .uint32, case .integer(let value) = entry.value,
      value > 0, value & (value - 1) == 0
    else {
      throw source.malformed(
        at: entry.offset, "general.alignment to be an unsigned 32-bit power of two",
        "\(entry.value) of type \(entry.type)")
    }
    return value
  }

  private static func infos(
    _ source: GGUFSource, _ count: Int, alignment: Int
  ) throws(ModelError) -> [Info] {
    var infos: [Info] = []
    var names: Set<String> = []
    var due = 0
    for _ in 0..<count {
      let start = source.position
      let info = try info(source, due: due)
      guard names.insert(info.name).inserted else {
        throw source.malformed(at: start, "each tensor name once", "'\(info.name)' again")
      }
      let (end, overflow) = due.addingReportingOverflow(info.bytes)
      guard !overflow else {
        throw source.malformed(at: start, "tensor sizes whose sum is below 2^63", "a larger sum")
      }
      due = try padded(end, to: alignment, source)
      infos.append(info)
    }
    return infos
  }

  private static func info(_ source: GGUFSource, due: Int) throws(ModelError) -> Info {
    let start = source.position
    // ggml keeps names in 64 bytes, the last of them NUL.
    let name = try source.string("a tensor name", limit: 63)
    let shape = try shape(source, name)
    let typeStart = source.position
    let typeID = Int(try source.number(Int32.self, "the type of '\(name)'"))
    guard let type = ElementType(ggmlID: typeID) else {
      throw source.malformed(at: typeStart, "a known ggml type of '\(name)'", "type \(typeID)")
    }
    guard let bytes = type.bytes(shape: shape) else {
      throw source.malformed(
        at: start,
        "'\(name)' in whole blocks of \(type.block.elements) and below 2^63 bytes",
        "the shape \(shape) of \(type.rawValue)")
    }
    let offsetStart = source.position
    let offset = try source.number(UInt64.self, "the offset of '\(name)'")
    guard offset == UInt64(due) else {
      throw source.malformed(at: offsetStart, "'\(name)' at offset \(due)", "offset \(offset)")
    }
    return Info(
      name: name, shape: shape, type: type, bytes: bytes, offset: due, position: start)
  }

  /// Extents of a tensor: at most four, each positive, their product an `Int`.
  private static func shape(_ source: GGUFSource, _ name: String) throws(ModelError) -> [Int] {
    let start = source.position
    let rank = try source.number(UInt32.self, "the rank of '\(name)'")
    guard rank <= 4 else {
      throw source.malformed(at: start, "at most 4 dimensions of '\(name)'", "\(rank)")
    }
    var shape: [Int] = []
    var elements = 1
    for _ in 0..<rank {
      let at = source.position
      let extent = try source.number(Int64.self, "an extent of '\(name)'")
      let (product, overflow) = elements.multipliedReportingOverflow(by: Int(extent))
      guard extent > 0, !overflow else {
        throw source.malformed(
          at: at, "positive extents of '\(name)' whose product is below 2^63", "\(extent)")
      }
      elements = product
      shape.append(Int(extent))
    }
    return shape
  }

  private static func padded(
    _ offset: Int, to alignment: Int, _ source: GGUFSource
  ) throws(ModelError) -> Int {
    let (sum, overflow) = offset.addingReportingOverflow(alignment - 1)
    guard !overflow else {
      throw source.malformed(
        at: source.position, "an end that can be padded to \(alignment) bytes", "\(offset)")
    }
    return sum & ~(alignment - 1)
  }

  /// Offsets rise, so the last tensor ends last; the padding after it may be missing.
  private static func checkEnd(
    _ last: Info, _ dataStart: Int, _ source: GGUFSource
  ) throws(ModelError) {
    let (start, wraps) = dataStart.addingReportingOverflow(last.offset)
    let (end, overflow) = start.addingReportingOverflow(last.bytes)
    guard !wraps, !overflow, end <= source.size else {
      let needed = wraps || overflow ? "beyond byte 2^63" : "at byte \(end)"
      throw source.malformed(
        at: last.position, "'\(last.name)' to end within the file's \(source.size) bytes",
        "an end \(needed)")
    }
  }
}
