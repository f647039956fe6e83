import Tensors

/// A GGUF file put together byte by byte, sound or broken as a test needs it.
package struct GGUFBuilder {
  package init() {}

  package var version: UInt32 = 3
  package var magic = Array("GGUF".utf8)
  package var alignment = 32
  /// Overrides of the counts in the head.
  package var tensorCount: Int64?
  package var entryCount: Int64?
  /// Bytes of data kept, all when nil.
  package var dataBytes: Int?
  package private(set) var entries: [[UInt8]] = []
  package private(set) var infos: [[UInt8]] = []
  package private(set) var dataEnd = 0
  /// Data that is not zero, and where it goes.
  private var contents: [(offset: Int, bytes: [UInt8])] = []

  package static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  package static func string(_ text: String) -> [UInt8] {
    little(UInt64(text.utf8.count)) + text.utf8
  }

  /// A key, the number of its type and the bytes of its value.
  package mutating func entry(_ key: String, type: Int32, _ value: [UInt8]) {
    entries.append(Self.string(key) + Self.little(type) + value)
  }

  /// An entry of any bytes.
  package mutating func rawEntry(_ bytes: [UInt8]) { entries.append(bytes) }

  package mutating func set(_ key: String, _ value: UInt32) {
    entry(key, type: 4, Self.little(value))
  }

  package mutating func set(_ key: String, _ text: String) {
    entry(key, type: 8, Self.string(text))
  }

  package mutating func set(_ key: String, _ items: [UInt32]) {
    entry(
      key, type: 9,
      Self.little(Int32(4)) + Self.little(UInt64(items.count)) + items.flatMap { Self.little($0) })
  }

  package mutating func set(_ key: String, strings: [String]) {
    entry(
      key, type: 9,
      Self.little(Int32(8)) + Self.little(UInt64(strings.count)) + strings.flatMap(Self.string))
  }

  /// A description of any kind; `offset` is the right one when nil, and `bytes` of data follow.
  package mutating func tensor(
    _ name: String, _ shape: [Int64], type: Int32 = 0, bytes: Int? = nil, rank: UInt32? = nil,
    offset: UInt64? = nil
  ) {
    infos.append(
      Self.string(name) + Self.little(rank ?? UInt32(shape.count))
        + shape.flatMap { Self.little($0) } + Self.little(type)
        + Self.little(offset ?? UInt64(dataEnd)))
    dataEnd += ((bytes ?? Int(shape.reduce(1, &*)) * 4) + alignment - 1) / alignment * alignment
  }

  /// A tensor of `type` with its data; the shape has the row length first.
  package mutating func tensor(
    _ name: String, _ shape: [Int], type: ElementType, data: [UInt8]
  ) {
    contents.append((dataEnd, data))
    let id = (0..<64).first { ElementType(ggmlID: $0) == type } ?? 0
    tensor(name, shape.map { Int64($0) }, type: Int32(id), bytes: data.count)
  }

  package mutating func set(_ key: String, real value: Float) {
    entry(key, type: 6, Self.little(value.bitPattern))
  }

  /// The whole file.
  package var bytes: [UInt8] {
    var file = magic + Self.little(version)
    file += Self.little(tensorCount ?? Int64(infos.count))
    file += Self.little(entryCount ?? Int64(entries.count))
    file += entries.joined()
    file += infos.joined()
    let start = (file.count + alignment - 1) / alignment * alignment
    file += [UInt8](repeating: 0, count: start - file.count + (dataBytes ?? dataEnd))
    for (offset, bytes) in contents {
      file.replaceSubrange(start + offset..<start + offset + bytes.count, with: bytes)
    }
    return file
  }

  /// A small sound model of `layers` layers, 64 wide, 4 heads of 16 with 2 for keys and values.
  package static func model(_ architecture: String = "llama", layers: Int = 2) -> GGUFBuilder {
    var file = GGUFBuilder()
    file.set("general.architecture", architecture)
    file.set("general.name", "Small")
    file.set("\(architecture).block_count", UInt32(layers))
    file.set("\(architecture).embedding_length", 64)
    file.set("\(architecture).feed_forward_length", 128)
    file.set("\(architecture).attention.head_count", 4)
    file.set("\(architecture).attention.head_count_kv", 2)
    file.set("\(architecture).context_length", 4096)
    file.set("tokenizer.ggml.tokens", strings: ["a", "bc", ""])
    return file
  }

  /// The tensors of `layers` dense layers; tied without `output`.
  package mutating func addTensors(layers: Int = 2, output: Bool = true) {
    tensor("token_embd.weight", [64, 3])
    for layer in 0..<layers {
      tensor("blk.\(layer).attn_norm.weight", [64])
      tensor("blk.\(layer).attn_q.weight", [64, 64])
      tensor("blk.\(layer).ffn_down.weight", [128, 64], type: 8, bytes: 64 * 4 * 34)
    }
    if output { tensor("output.weight", [64, 3]) }
  }
}
