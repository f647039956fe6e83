import Tensors

/// The header of one safetensors file: what is stored, without the weights.
///
/// Source: the safetensors format, whose rules are all checked; and stricter than its own reader in
/// one: a key that comes twice is refused, as the format says.
public enum SafeTensorsFile {
  /// The tensors in the order of their data.
  ///
  /// Shapes are turned to row length first; roles follow Hugging Face's names.
  /// Errors: `.malformed` with byte offset or key, `.notFound`, `.unreadable`, `.unsupported`.
  /// Cost: reads the header alone, at most 100 MB.
  public static func tensors(path: String) throws(ModelError) -> [Tensor] {
    let file = try InputFile(path: path)
    let headerLength = try headerLength(of: file)
    let header = try file.bytes(at: lengthBytes, count: headerLength)
    var entries: [Entry]
    do throws(JSONError) {
      entries = try parse(header)
    } catch {
      throw .malformed(
        path, at: lengthBytes + error.offset, expected: error.expected, found: error.found)
    }
    entries.sort { ($0.begin, $0.end) < ($1.begin, $1.end) }
    try requireContiguous(entries, bufferLength: file.size - lengthBytes - headerLength, path)
    try file.requireSameLength()
    return entries.map(\.tensor)
  }

  /// The longest header the format allows, in bytes.
  static let longestHeader = 100_000_000
  /// The header's length comes first, in so many bytes.
  private static let lengthBytes = 8

  /// A tensor with the place of its data in the buffer and of its entry in the header.
  private struct Entry {
    let tensor: Tensor
    let begin: Int
    let end: Int
    let offset: Int
  }

  private static func headerLength(of file: borrowing InputFile) throws(ModelError) -> Int {
    guard file.size >= lengthBytes else {
      throw .malformed(
        file.path, at: 0, expected: "the header's length in \(lengthBytes) bytes",
        found: "a file of \(file.size) bytes")
    }
    let length = try file.bytes(at: 0, count: lengthBytes)
      .reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(longestHeader) else {
      throw .malformed(
        file.path, at: 0, expected: "a header of at most \(longestHeader) bytes",
        found: "\(length)", advice: "this is no safetensors file, or it is damaged")
    }
    guard length <= UInt64(file.size - lengthBytes) else {
      throw .malformed(
        file.path, at: 0, expected: "a header within the file's \(file.size) bytes",
        found: "a header of \(length) bytes")
    }
    return Int(length)
  }

  /// The entries as they are written.
  private static func parse(_ header: [UInt8]) throws(JSONError) -> [Entry] {
    var entries: [Entry] = []
    var reader = JSONReader(header)
    try reader.object { (key, reader) throws(JSONError) in
      if key == "__metadata__" {
        try reader.object { (_, reader) throws(JSONError) in _ = try reader.string() }
      } else {
        entries.append(try entry(key, &reader))
      }
    }
    try reader.finish()
    return entries
  }

  /// Reads the value of `key`: type, shape and place.
  private static func entry(
    _ key: String, _ reader: inout JSONReader
  ) throws(JSONError) -> Entry {
    reader.skipBlanks()
    let start = reader.position
    var type: ElementType?
    var shape: [Int]?
    var place: [Int]?
    try reader.object { (member, reader) throws(JSONError) in
      switch member {
      case "dtype": type = try elementType(&reader, of: key)
      case "shape": shape = try extents(&reader, "extents of \(JSONError.quoted(key))")
      case "data_offsets": place = try extents(&reader, "data_offsets of \(JSONError.quoted(key))")
      default: _ = try reader.value()
      }
    }
    guard let type, let shape, let place else {
      throw JSONError(
        offset: start, expected: "dtype, shape and data_offsets of \(JSONError.quoted(key))",
        found: "\(type == nil ? "no dtype" : shape == nil ? "no shape" : "no data_offsets")")
    }
    guard place.count == 2, place[0] <= place[1] else {
      throw JSONError(
        offset: start,
        expected: "data_offsets of \(JSONError.quoted(key)) to be a begin and an end not before it",
        found: "\(place)")
    }
    let bytes = place[1] - place[0]
    guard let due = storedBytes(shape, type), due == bytes else {
      throw JSONError(
        offset: start,
        expected:
          "data_offsets of \(JSONError.quoted(key)) to span \(type.rawValue) elements of shape \(shape)",
        found: "\(bytes) bytes")
    }
    let tensor = Tensor(
      name: key, shape: shape.reversed(), type: type, bytes: bytes,
      role: HuggingFaceName.role(of: key, extents: shape.count, layers: nil))
    return Entry(tensor: tensor, begin: place[0], end: place[1], offset: start)
  }

  private static func elementType(
    _ reader: inout JSONReader, of key: String
  ) throws(JSONError) -> ElementType {
    reader.skipBlanks()
    let start = reader.position
    let name = try reader.string()
    guard let type = types[name] else {
      throw JSONError(
        offset: start, expected: "a safetensors dtype for \(JSONError.quoted(key))",
        found: JSONError.quoted(name))
    }
    return type
  }

  /// Reads whole numbers that are not negative.
  private static func extents(
    _ reader: inout JSONReader, _ what: @autoclosure () -> String
  ) throws(JSONError) -> [Int] {
    reader.skipBlanks()
    let start = reader.position
    let numbers = try reader.integers()
    guard numbers.allSatisfy({ $0 >= 0 }) else {
      throw JSONError(
        offset: start, expected: "\(what()) not to be negative", found: "\(numbers)")
    }
    return numbers
  }

  /// `∏shape · bits / 8`, or nil when that is no whole number or leaves 64 bits.
  private static func storedBytes(_ shape: [Int], _ type: ElementType) -> Int? {
    var bits = type.block.bytes * 8 / type.block.elements
    // A tensor with an empty extent is empty, however large the others are.
    if shape.contains(0) { return 0 }
    for extent in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      bits = product
    }
    return bits.isMultiple(of: 8) ? bits / 8 : nil
  }

  /// Requires that the data fill the buffer without holes and without overlap.
  private static func requireContiguous(
    _ entries: [Entry], bufferLength: Int, _ path: String
  ) throws(ModelError) {
    var end = 0
    for entry in entries {
      guard entry.begin == end else {
        throw .malformed(
          path, at: lengthBytes + entry.offset,
          expected:
            "the data of \(JSONError.quoted(entry.tensor.name)) to begin at \(end), where the last ended",
          found: "\(entry.begin), \(entry.begin < end ? "an overlap" : "a hole")")
      }
      end = entry.end
    }
    guard end == bufferLength else {
      throw .malformed(
        path, at: 0, expected: "\(end) bytes of data after the header", found: "\(bufferLength)")
    }
  }

  private static let types: [String: ElementType] = Dictionary(
    uniqueKeysWithValues: [
      ElementType.f4, .f6E2M3, .f6E3M2, .f8E4M3FNUZ, .f8E5M2FNUZ, .bool, .u8, .i8, .f8E4M3, .f8E5M2,
      .f8E8M0, .i16, .u16, .f16, .bf16, .i32, .u32, .f32, .i64, .u64, .f64, .c64,
    ].map { ($0.rawValue, $0) })
}
