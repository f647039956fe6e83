import Tensors

/// What a GGUF file says before its data: metadata and tensor descriptions.
///
/// Source: the GGUF specification, versions 2 and 3, and the limits of ggml's own reader.
struct GGUFHeader {
  /// A metadata value; of an array only numbers are kept, and only up to `keptElements`.
  enum Value: Equatable {
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case string(String)
    case integers([Int])
    /// An array of so many items that are not kept.
    case skipped(count: Int)
  }

  /// A tensor as the file describes it.
  struct TensorInfo: Equatable {
    var name: String
    var shape: [Int]
    var type: ElementType
    var bytes: Int
  }

  private(set) var metadata: [String: Value] = [:]
  private(set) var tensors: [TensorInfo] = []

  /// Longest array of numbers that is kept: one number a layer, with room.
  static let keptElements = 4096
  /// Longest string that is kept; longer ones are names of nothing this reader asks for.
  static let keptString = 1 << 16
  static let longestName = 63

  /// Reads the header of `file` and checks that the data it promises are there.
  init(reading file: inout FileWindow) throws(ModelError) {
    try Self.checkMagic(&file)
    let (tensorCount, pairCount) = try Self.counts(&file)
    for _ in 0..<pairCount { try readPair(&file) }
    let alignment = try alignment(file)
    var names = Set<String>()
    var expectedOffset = 0
    for _ in 0..<tensorCount {
      try readTensor(&file, names: &names, expectedOffset: &expectedOffset, alignment: alignment)
    }
    try checkEnd(file, alignment: alignment)
  }

  private static func checkMagic(_ file: inout FileWindow) throws(ModelError) {
    let magic = try file.bytes(4, "the four letters GGUF")
    guard magic == Array("GGUF".utf8) else {
      throw file.malformed(at: 0, "the four letters GGUF", found: "\(magic)")
    }
    let version = try file.integer(UInt32.self, "the format version")
    guard version & 0xFFFF != 0 else {
      throw ModelError(
        .unsupported,
        "\(file.path): at byte 4 expected version 2 or 3, found a big-endian file; convert it to "
          + "little-endian")
    }
    guard version == 2 || version == 3 else {
      throw file.malformed(at: 4, "version 2 or 3", found: "\(version)")
    }
  }

  /// Each tensor takes 24 bytes at least and each pair 13, which bounds both counts.
  private static func counts(_ file: inout FileWindow) throws(ModelError) -> (Int, Int) {
    let start = file.offset
    let tensors = try file.integer(Int64.self, "the number of tensors")
    guard tensors >= 0, tensors <= file.remaining / 24 else {
      throw file.malformed(
        at: start, "at most \(file.remaining / 24) tensors, as many as the file has room for",
        found: "\(tensors)")
    }
    let pairs = try file.integer(Int64.self, "the number of metadata pairs")
    guard pairs >= 0, pairs <= file.remaining / 13 else {
      throw file.malformed(
        at: start + 8,
        "at most \(file.remaining / 13) metadata pairs, as many as the file has room for",
        found: "\(pairs)")
    }
    return (Int(tensors), Int(pairs))
  }

  private mutating func readPair(_ file: inout FileWindow) throws(ModelError) {
    let start = file.offset
    let key = try file.string("a metadata key")
    guard !key.isEmpty else { throw file.malformed(at: start, "a key", found: "an empty one") }
    guard metadata[key] == nil else {
      throw file.malformed(at: start, "each key once", found: "'\(key)' again")
    }
    let type = try file.valueType()
    metadata[key] = type == .array ? try Self.array(&file) : try file.value(type)
  }

  private static func array(_ file: inout FileWindow) throws(ModelError) -> Value {
    let type = try file.valueType()
    let start = file.offset
    guard type != .array else {
      throw file.malformed(at: start - 4, "an array of plain values", found: "nested arrays")
    }
    let count = try file.integer(UInt64.self, "an array's length")
    let room = file.remaining / type.leastBytes
    guard count <= room, count <= 1 << 30 else {
      throw file.malformed(
        at: start, "an array of at most \(min(room, 1 << 30)) items", found: "\(count)")
    }
    if type == .string {
      for _ in 0..<count { try file.skipString("an array's string") }
      return .skipped(count: Int(count))
    }
    guard count <= keptElements else {
      try file.skip(Int(count) * type.leastBytes, "an array")
      return .skipped(count: Int(count))
    }
    var integers: [Int] = []
    for _ in 0..<count {
      switch try file.value(type) {
      case .integer(let value): integers.append(value)
      case .bool(let value): integers.append(value ? 1 : 0)
      default: break
      }
    }
    return integers.count == Int(count) ? .integers(integers) : .skipped(count: Int(count))
  }

  private func alignment(_ file: borrowing FileWindow) throws(ModelError) -> Int {
    switch metadata["general.alignment"] {
    case nil: return 32
    case .integer(let value)? where value > 0 && value <= 1 << 30 && value & (value - 1) == 0:
      return value
    case let other?:
      throw file.malformed(
        at: file.offset, "general.alignment to be a power of two", found: "\(other)")
    }
  }

  private mutating func readTensor(
    _ file: inout FileWindow, names: inout Set<String>, expectedOffset: inout Int, alignment: Int
  ) throws(ModelError) {
    let start = file.offset
    let name = try file.string("a tensor's name")
    guard name.utf8.count <= Self.longestName else {
      throw file.malformed(
        at: start, "a tensor's name of at most \(Self.longestName) bytes",
        found: "\(name.utf8.count)")
    }
    guard names.insert(name).inserted else {
      throw file.malformed(at: start, "each tensor once", found: "'\(name)' again")
    }
    let shape = try Self.shape(&file, of: name)
    let typeOffset = file.offset
    let id = try file.integer(Int32.self, "the type of tensor '\(name)'")
    guard let type = ElementType(ggmlID: Int(id)) else {
      throw file.malformed(
        at: typeOffset, "a known element type for tensor '\(name)'", found: "type \(id)")
    }
    guard let bytes = type.bytes(shape: shape), bytes <= Int.max - alignment else {
      throw file.malformed(
        at: typeOffset,
        "tensor '\(name)' to have rows of whole \(type.rawValue) blocks and a size below 2⁶³ bytes",
        found: "\(shape)")
    }
    let offset = try file.integer(UInt64.self, "the offset of tensor '\(name)'")
    guard offset == expectedOffset else {
      throw file.malformed(
        at: file.offset - 8, "tensor '\(name)' to start at \(expectedOffset), after the one before",
        found: "\(offset)")
    }
    let padded = (bytes + alignment - 1) / alignment * alignment
    let (next, overflow) = expectedOffset.addingReportingOverflow(padded)
    guard !overflow else {
      throw file.malformed(
        at: file.offset - 8, "all tensors together below 2⁶³ bytes", found: "more at '\(name)'")
    }
    expectedOffset = next
    tensors.append(TensorInfo(name: name, shape: shape, type: type, bytes: bytes))
  }

  private static func shape(
    _ file: inout FileWindow, of name: String
  ) throws(ModelError) -> [Int] {
    let start = file.offset
    let count = try file.integer(UInt32.self, "the number of dimensions of '\(name)'")
    guard count <= 4 else {
      throw file.malformed(
        at: start, "at most 4 dimensions of tensor '\(name)'", found: "\(count)")
    }
    var shape: [Int] = []
    var elements = 1
    for _ in 0..<count {
      let extent = try file.integer(Int64.self, "a dimension of tensor '\(name)'")
      let (product, overflow) = elements.multipliedReportingOverflow(by: max(Int(extent), 1))
      guard extent > 0, !overflow else {
        throw file.malformed(
          at: file.offset - 8,
          "a positive dimension of tensor '\(name)' and fewer than 2⁶³ elements",
          found: "\(extent)")
      }
      elements = product
      shape.append(Int(extent))
    }
    return shape
  }

  /// The data of every tensor lie inside of the file; padding after the last may be missing.
  private func checkEnd(_ file: borrowing FileWindow, alignment: Int) throws(ModelError) {
    var position = (file.offset + alignment - 1) / alignment * alignment
    for tensor in tensors {
      let (end, overflow) = position.addingReportingOverflow(tensor.bytes)
      guard !overflow, end <= file.byteCount else {
        throw file.malformed(
          at: position, "\(tensor.bytes) bytes of tensor '\(tensor.name)'",
          found: "the end of the file at byte \(file.byteCount)")
      }
      position = (end + alignment - 1) / alignment * alignment
    }
  }
}

/// The types of metadata values.
enum GGUFValueType: Int32 {
  case u8, i8, u16, i16, u32, i32, f32, bool, string, array, u64, i64, f64

  /// The fewest bytes that a value takes.
  var leastBytes: Int {
    switch self {
    case .u8, .i8, .bool: 1
    case .u16, .i16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64, .string: 8
    case .array: 12
    }
  }
}

extension FileWindow {
  fileprivate mutating func valueType() throws(ModelError) -> GGUFValueType {
    let id = try integer(Int32.self, "a metadata type")
    guard let type = GGUFValueType(rawValue: id) else {
      throw malformed(at: offset - 4, "a metadata type from 0 to 12", found: "\(id)")
    }
    return type
  }

  /// One value that is no array.
  fileprivate mutating func value(_ type: GGUFValueType) throws(ModelError) -> GGUFHeader.Value {
    let what = "a metadata value"
    switch type {
    case .u8: return .integer(Int(try integer(UInt8.self, what)))
    case .i8: return .integer(Int(try integer(Int8.self, what)))
    case .u16: return .integer(Int(try integer(UInt16.self, what)))
    case .i16: return .integer(Int(try integer(Int16.self, what)))
    case .u32: return .integer(Int(try integer(UInt32.self, what)))
    case .i32: return .integer(Int(try integer(Int32.self, what)))
    case .u64: return .integer(Int(clamping: try integer(UInt64.self, what)))
    case .i64: return .integer(Int(try integer(Int64.self, what)))
    case .f32: return .number(Double(Float(bitPattern: try integer(UInt32.self, what))))
    case .f64: return .number(Double(bitPattern: try integer(UInt64.self, what)))
    case .bool: return .bool(try integer(UInt8.self, what) != 0)
    case .string: return .string(try string(what))
    case .array: throw malformed(at: offset, "a plain value", found: "an array")
    }
  }

  /// A length of 64 bits, then so many bytes.
  fileprivate mutating func string(_ what: String) throws(ModelError) -> String {
    let length = try stringLength(what)
    guard length <= GGUFHeader.keptString else {
      try skip(length, what)
      return ""
    }
    return String(decoding: try bytes(length, what), as: UTF8.self)
  }

  fileprivate mutating func skipString(_ what: String) throws(ModelError) {
    try skip(try stringLength(what), what)
  }

  private mutating func stringLength(_ what: String) throws(ModelError) -> Int {
    let start = offset
    let length = try integer(UInt64.self, "the length of \(what)")
    guard length <= remaining, length <= 1 << 30 else {
      throw malformed(
        at: start, "\(what) of at most \(min(remaining, 1 << 30)) bytes", found: "\(length)")
    }
    return Int(length)
  }
}
