import TestSupport
import Testing

@testable import Models

/// A way to break a sound file, and what the refusal must say.
struct GGUFBreakage: Sendable, CustomTestStringConvertible {
  let name: String
  let expected: String
  let bytes: @Sendable () -> [UInt8]

  var testDescription: String { name }

  init(_ name: String, _ expected: String, bytes: @escaping @Sendable () -> [UInt8]) {
    self.name = name
    self.expected = expected
    self.bytes = bytes
  }

  /// A sound model changed by `change` before its tensors are added.
  static func metadata(
    _ name: String, _ expected: String, _ change: @escaping @Sendable (inout GGUFBuilder) -> Void
  ) -> GGUFBreakage {
    GGUFBreakage(name, expected) {
      var file = GGUFBuilder.model()
      change(&file)
      file.addTensors()
      return file.bytes
    }
  }

  /// A sound model with further tensors from `change`.
  static func tensors(
    _ name: String, _ expected: String, _ change: @escaping @Sendable (inout GGUFBuilder) -> Void
  ) -> GGUFBreakage {
    GGUFBreakage(name, expected) {
      var file = GGUFBuilder.model()
      file.addTensors()
      change(&file)
      return file.bytes
    }
  }

  /// A model whose geometry key is `value`.
  static func key(_ name: String, _ value: UInt32) -> GGUFBreakage {
    GGUFBreakage("\(name) \(value)", name) {
      var file = GGUFBuilder()
      file.set("general.architecture", "llama")
      for (key, usual) in [
        ("llama.block_count", 2), ("llama.embedding_length", 64),
        ("llama.attention.head_count", 4),
      ] as [(String, UInt32)] {
        file.set(key, key == name ? value : usual)
      }
      file.addTensors()
      return file.bytes
    }
  }

  static let all: [GGUFBreakage] = head + values + infos + geometry

  static let head = [
    GGUFBreakage("empty", "4 bytes of the magic word") { [] },
    GGUFBreakage("4 bytes (CVE-2024-39720)", "4 bytes of the format version") {
      Array("GGUF".utf8)
    },
    GGUFBreakage("other magic", "the magic word 'GGUF'") { Array("GGML".utf8) + [3, 0, 0, 0] },
    .metadata("version 0", "GGUF version 2 or 3") { $0.version = 0 },
    .metadata("version 4", "GGUF version 2 or 3") { $0.version = 4 },
    .metadata("huge tensor count", "a tensor count") { $0.tensorCount = .max },
    .metadata("negative tensor count", "a tensor count") { $0.tensorCount = -1 },
    .metadata("huge metadata count", "a metadata count") { $0.entryCount = .max },
    .metadata("negative metadata count", "a metadata count") { $0.entryCount = -1 },
  ]

  static let values: [GGUFBreakage] = [
    .metadata("string of 2^63 bytes", "a length of the value of 'k'") {
      $0.entry("k", type: 8, GGUFBuilder.little(UInt64(1) << 63))
    },
    .metadata("string of 1 GiB", "bytes that remain") {
      $0.entry("k", type: 8, GGUFBuilder.little(UInt64(1) << 30))
    },
    .metadata("array of 2^62 items", "the item count of 'k'") {
      $0.entry("k", type: 9, GGUFBuilder.little(Int32(10)) + GGUFBuilder.little(UInt64(1) << 62))
    },
    .metadata("array of 2^30 items", "the items of 'k'") {
      $0.entry("k", type: 9, GGUFBuilder.little(Int32(8)) + GGUFBuilder.little(UInt64(1) << 30))
    },
    .metadata("nested array", "no array inside the array 'k'") {
      $0.entry("k", type: 9, GGUFBuilder.little(Int32(9)) + GGUFBuilder.little(UInt64(0)))
    },
    .metadata("value type 13", "from 0 to 12") { $0.entry("k", type: 13, []) },
    .metadata("negative value type", "from 0 to 12") { $0.entry("k", type: -1, []) },
    .metadata("empty key", "one byte or more") { $0.set("", 1) },
    .metadata("duplicate key", "each metadata key once") { $0.set("llama.block_count", 2) },
    .metadata("key that is not UTF-8", "UTF-8") {
      $0.rawEntry(GGUFBuilder.little(UInt64(1)) + [0x80] + [4, 0, 0, 0, 0, 0, 0, 0])
    },
    .metadata("alignment of type u64", "general.alignment") {
      $0.entry("general.alignment", type: 10, GGUFBuilder.little(UInt64(32)))
    },
    .metadata("alignment 0", "power of two") { $0.set("general.alignment", 0) },
    .metadata("alignment 48", "power of two") { $0.set("general.alignment", 48) },
  ]

  static let infos: [GGUFBreakage] = [
    .tensors("zero dimension", "positive extents") { $0.tensor("t", [0, 4]) },
    .tensors("negative dimension", "positive extents") { $0.tensor("t", [-4], bytes: 0) },
    .tensors("ne = (INT64_MAX, 2)", "below 2^63") { $0.tensor("t", [.max, 2], bytes: 0) },
    .tensors("elements × size (CVE-2026-33298)", "below 2^63 bytes") {
      $0.tensor("t", [1 << 61], bytes: 0)
    },
    .tensors("sum of sizes (CVE-2025-53630)", "sum is below 2^63") {
      $0.tensor("t", [1 << 62], type: 24, bytes: 1 << 62)
      $0.dataBytes = 0
      $0.tensor("u", [1 << 62], type: 24, bytes: 0)
    },
    .tensors("padding wraps", "can be padded") {
      $0.tensor("t", [.max - Int64($0.dataEnd) - 16], type: 24, bytes: 0)
    },
    .tensors("row of part of a block", "whole blocks of 32") {
      $0.tensor("t", [33], type: 8, bytes: 34)
    },
    .tensors("five dimensions", "at most 4") { $0.tensor("t", [1, 1, 1, 1, 1]) },
    .tensors("huge rank", "at most 4") { $0.tensor("t", [1], rank: .max) },
    .tensors("negative type", "a known ggml type") { $0.tensor("t", [32], type: -1) },
    .tensors("removed type", "a known ggml type") { $0.tensor("t", [32], type: 4) },
    .tensors("unknown type", "a known ggml type") { $0.tensor("t", [32], type: 1000) },
    .tensors("duplicate tensor", "each tensor name once") { $0.tensor("output.weight", [32]) },
    .tensors("name of 64 bytes", "at most 63 bytes") {
      $0.tensor(String(repeating: "n", count: 64), [32])
    },
    .tensors("gap between tensors", "at offset") { $0.tensor("t", [32], offset: 1 << 20) },
    .tensors("overlap", "at offset") { $0.tensor("t", [32], offset: 0) },
    .tensors("offset of 2^64 - 1", "at offset") { $0.tensor("t", [32], offset: .max) },
    .tensors("past the end (CVE-2026-7482)", "to end within the file's") {
      $0.tensor("t", [1 << 40], bytes: 0)
    },
    .tensors("last byte missing", "to end within the file's") {
      $0.dataBytes = $0.dataEnd - 1
    },
  ]

  static let geometry: [GGUFBreakage] = [
    .key("llama.block_count", 0), .key("llama.block_count", 10_001),
    .key("llama.block_count", .max), .key("llama.block_count", 1),
    .key("llama.block_count", 3), .key("llama.attention.head_count", 0),
    .key("llama.embedding_length", 0),
    .metadata("expert_used_count above expert_count", "llama.expert_used_count") {
      $0.set("llama.expert_count", 4)
      $0.set("llama.expert_used_count", 5)
    },
  ]
}

@Suite struct GGUFMalformedTests {
  @Test(arguments: GGUFBreakage.all)
  func aBrokenFileIsRefusedWithItsByteAndWhatWasDue(_ breakage: GGUFBreakage) {
    let scratch = GGUFScratch()
    let error = #expect(throws: ModelError.self) { try scratch.read(breakage.bytes()) }
    #expect(error?.kind == .malformed)
    let text = error?.description ?? ""
    #expect(text.contains("at byte ") && text.contains(breakage.expected), "\(text)")
  }

  @Test func bigEndianAndVersion1AreUnsupported() {
    let scratch = GGUFScratch()
    for version in [0x0300_0000, 1] as [UInt32] {
      var file = GGUFBuilder.model()
      file.version = version
      let error = #expect(throws: ModelError.self) { try scratch.read(file.bytes) }
      #expect(error?.kind == .unsupported)
    }
  }

  @Test func aFileCutShortAfterOpeningIsRefused() throws {
    let scratch = GGUFScratch()
    let bytes = GGUFBuilder.model().bytes
    let source = try GGUFSource(path: scratch.write(bytes))
    _ = scratch.write([])
    let error = #expect(throws: ModelError.self) { try source.number(UInt32.self, "the magic") }
    #expect(error?.description.contains("cut short") == true)
  }

  @Test func everyTruncationIsRefused() {
    let scratch = GGUFScratch()
    var file = GGUFBuilder.model()
    file.addTensors()
    let bytes = file.bytes
    let header = bytes.count - file.dataEnd
    for length in Array(0..<header) + [bytes.count - 1] {
      #expect(throws: ModelError.self) { try scratch.read(Array(bytes.prefix(length))) }
    }
  }

  /// Any outcome but a crash or a hang; what is read must also add up.
  @Test func mutantsDoNotCrash() {
    let scratch = GGUFScratch()
    var file = GGUFBuilder.model()
    file.addTensors()
    let sound = file.bytes
    let header = sound.count - file.dataEnd
    var state: UInt64 = 42
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var refused = 0
    for _ in 0..<3000 {
      var mutant = sound
      for _ in 0...random(4) {
        let edges: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, UInt8(random(256))]
        mutant[random(header)] = edges[random(edges.count)]
      }
      do {
        let model = try scratch.read(mutant)
        #expect(model.tensors.reduce(0) { $0 + $1.bytes } <= sound.count)
      } catch {
        refused += 1
      }
    }
    #expect((1..<3000).contains(refused))
  }
}
