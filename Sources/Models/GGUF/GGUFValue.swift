/// The types a metadata value may have, by their number in the file.
enum GGUFValueType: Int32 {
  case uint8
  case int8
  case uint16
  case int16
  case uint32
  case int32
  case float32
  case bool
  case string
  case array
  case uint64
  case int64
  case float64

  /// Bytes of one value, or nil where the length stands in the file.
  var size: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// A metadata value, as far as a geometry can need it.
enum GGUFValue: Equatable {
  /// Any whole number or flag; flags are 0 and 1.
  case integer(Int)
  case string(String)
  /// A fraction.
  case real(Double)
  /// An array of whole numbers or flags, a layer an item.
  case integers([Int])
  /// An array that was skipped: tokens, merges, scores.
  case skipped(count: Int)
  /// A number above `Int.max` or a long text: nothing a shape is made of.
  case other
}

/// A metadata value and where it stands.
struct GGUFEntry: Equatable {
  let type: GGUFValueType
  let value: GGUFValue
  /// Byte offset of the value.
  let offset: Int
}

extension GGUFSource {
  /// Longest array and longest text that are kept: more layers or longer names do not exist.
  private static let kept = (items: 16_384, bytes: 65_535)

  /// Reads the type of a value and the value.
  func entry(_ key: String) throws(ModelError) -> GGUFEntry {
    let type = try valueType("the type of '\(key)'")
    let offset = position
    return GGUFEntry(type: type, value: try value(type, key), offset: offset)
  }

  private func valueType(_ what: String) throws(ModelError) -> GGUFValueType {
    let start = position
    let raw = try number(Int32.self, what)
    guard let type = GGUFValueType(rawValue: raw) else {
      throw malformed(at: start, "\(what) from 0 to 12", "\(raw)")
    }
    return type
  }

  private func value(_ type: GGUFValueType, _ key: String) throws(ModelError) -> GGUFValue {
    let what = "the value of '\(key)'"
    switch type {
    case .string:
      let length = try stringLength(what)
      guard length > Self.kept.bytes else { return .string(try text(length, what)) }
      try skip(length, what)
      return .other
    case .array: return try array(key)
    case .float32: return .real(Double(Float(bitPattern: try number(UInt32.self, what))))
    case .float64: return .real(Double(bitPattern: try number(UInt64.self, what)))
    default: return try scalar(type, what).map(GGUFValue.integer) ?? .other
    }
  }

  private func scalar(_ type: GGUFValueType, _ what: String) throws(ModelError) -> Int? {
    switch type {
    case .uint8: return Int(try number(UInt8.self, what))
    case .int8: return Int(try number(Int8.self, what))
    case .uint16: return Int(try number(UInt16.self, what))
    case .int16: return Int(try number(Int16.self, what))
    case .uint32: return Int(try number(UInt32.self, what))
    case .int32: return Int(try number(Int32.self, what))
    case .uint64: return Int(exactly: try number(UInt64.self, what))
    case .int64: return Int(exactly: try number(Int64.self, what))
    case .bool: return try number(UInt8.self, what) == 0 ? 0 : 1
    case .float32, .float64, .string, .array:
      try skip(type.size ?? 0, what)
      return nil
    }
  }

  /// Reads a short array of whole numbers; walks over any other. Source: ggml's limit of 2³⁰ items.
  private func array(_ key: String) throws(ModelError) -> GGUFValue {
    let start = position
    let type = try valueType("the item type of '\(key)'")
    guard type != .array else {
      throw malformed(at: start, "no array inside the array '\(key)'", "a nested array")
    }
    let countStart = position
    let count = try count("the item count of '\(key)'", in: 0...1 << 30)
    // A string holds at least its length.
    guard count <= remaining / (type.size ?? 8) else {
      throw malformed(
        at: countStart, "the items of '\(key)' within the \(remaining) bytes that remain",
        "\(count) items")
    }
    guard type != .string else { return try skipStrings(count, key) }
    guard type != .float32, type != .float64, count <= min(Self.kept.items, keepable) else {
      try skip(count * (type.size ?? 0), "'\(key)'")
      return .skipped(count: count)
    }
    keepable -= count
    var items: [Int] = []
    for _ in 0..<count {
      guard let item = try scalar(type, "'\(key)'") else {
        throw malformed(at: position - 8, "items of '\(key)' below 2^63", "a larger one")
      }
      items.append(item)
    }
    return .integers(items)
  }

  private func skipStrings(_ count: Int, _ key: String) throws(ModelError) -> GGUFValue {
    for _ in 0..<count { try skip(try stringLength(key), key) }
    return .skipped(count: count)
  }
}
