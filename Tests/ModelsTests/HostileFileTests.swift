import Foundation
import Tensors
import TestSupport
import Testing

@testable import Models

/// Files made to break a reader, and things that are no files: each is refused in one sentence.
@Suite struct HostileFileTests {
  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private func refusal(_ path: String) -> ModelError? {
    do throws(ModelError) {
      _ = try ModelReader.read(path)
      return nil
    } catch { return error }
  }

  // MARK: What is no file

  static let names = ["model", "model.gguf", "model.safetensors", "config.json"]

  /// A pipe that nobody writes to would keep a reader waiting for ever.
  @Test(arguments: names) func aPipeIsRefusedAtOnce(name: String) throws {
    let path = "\(folder.path)/\(name)"
    try #require(mkfifo(path, 0o600) == 0)
    #expect(refusal(path)?.kind == .unsupported)
    #expect(refusal(path)?.description.contains("a regular file") == true)
  }

  @Test(arguments: names) func anEmptyFolderIsNoModel(name: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/\(name)", withIntermediateDirectories: false)
    // What ends in .json can only be a file.
    let kind: ModelError.Kind = name.hasSuffix(".json") ? .unsupported : .notFound
    #expect(refusal("\(folder.path)/\(name)")?.kind == kind)
  }

  @Test(arguments: [true, false]) func aShardThatIsNoFileIsRefused(isPipe: Bool) throws {
    let index = try folder.write(
      text: #"{"weight_map":{"a":"one.safetensors"}}"#, as: SafeTensorsModel.indexName)
    let made = (isPipe ? mkfifo : mkdir)(folder.path + "/one.safetensors", 0o700)
    try #require(made == 0)
    #expect(refusal(index)?.kind == .unsupported)
    #expect(refusal(index)?.description.contains("one.safetensors") == true)
  }

  /// Hugging Face's cache keeps shards as links to a folder of blobs: a link is the owner's own doing,
  /// unlike a name in a file from elsewhere.
  @Test func aShardThatIsALinkIsFollowed() throws {
    try folder.write(safeTensorsFile([("a", [2, 3])]), as: "blobs/0123")
    try folder.write(
      text: #"{"weight_map":{"a":"one.safetensors"}}"#,
      as: "snapshot/\(SafeTensorsModel.indexName)")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/snapshot/one.safetensors", withDestinationPath: "../blobs/0123")
    #expect(try ModelReader.read(folder.path + "/snapshot").tensors.map(\.bytes) == [12])
  }

  // MARK: Files that change

  @Test(arguments: [0, 100, 5000])
  func aFileOfAnotherLengthThanWhenOpenedIsRefused(length: Int) throws {
    let path = try folder.write([UInt8](repeating: 1, count: 1000))
    let file = try InputFile(path: path)
    try file.requireSameLength()
    try #require(truncate(path, length) == 0)
    let error = #expect(throws: ModelError.self) { try file.requireSameLength() }
    #expect(error?.kind == .unreadable)
    if length < 1000 {
      let cut = #expect(throws: ModelError.self) { try file.bytes(at: 0, count: 1000) }
      #expect(cut?.kind == .unreadable)
    }
  }

  // MARK: Lists without end

  /// Found by fuzzing: a sentence was made for each of them, well or not.
  @Test func emptyStringsWithoutEndArePassedOver() throws {
    let scratch = GGUFScratch()
    var file = GGUFBuilder.model()
    let count = 1 << 18
    file.entry(
      "tokenizer.ggml.merges", type: 9,
      GGUFBuilder.little(Int32(8)) + GGUFBuilder.little(Int64(count))
        + [UInt8](repeating: 0, count: 8 * count))
    let plain = try scratch.read(GGUFBuilder.model().bytes)
    #expect(try scratch.read(file.bytes).geometry == plain.geometry)
  }

  // MARK: Numbers chosen to overflow

  @Test func aLayerNumberAtTheEndOfTheIntegersIsRefused() throws {
    let scratch = GGUFScratch()
    var file = GGUFBuilder.model()
    file.tensor("blk.\(Int.max).attn_q.weight", [32])
    let error = #expect(throws: ModelError.self) { try scratch.read(file.bytes) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains("llama.block_count") == true)
  }

  @Test func anEmptyExtentMakesATensorEmptyHoweverLargeTheOthers() throws {
    let header = #"{"t":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}"#
    let path = try folder.write(safeTensorsFile(header, dataLength: 0))
    #expect(try ModelReader.read(path).tensors.map(\.elements) == [0])
  }

  /// Each number by itself at the end of what is believed, and beyond it.
  @Test(arguments: ["llama", "qwen3_next", "qwen3_moe", "deepseek_v3", "gpt_oss", "llama4_text"])
  func theLargestNumbersOfAConfigurationStayIn64Bits(type: String) throws {
    let keys = [
      "hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size",
      "intermediate_size", "moe_intermediate_size", "num_experts", "num_local_experts",
      "n_routed_experts", "n_shared_experts", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim",
      "qk_rope_head_dim", "v_head_dim",
    ]
    // Products of three of them are built.
    let extents = [
      "linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim",
      "linear_value_head_dim", "linear_conv_kernel_dim",
    ]
    func read(_ value: Int) throws -> Model {
      let large = keys.map { #","\#($0)":\#(value)"# }.joined()
      let numbers = large + extents.map { #","\#($0)":\#(min(value, 1 << 15))"# }.joined()
      return try ModelReader.read(
        folder.write(
          text: #"{"model_type":"\#(type)","num_hidden_layers":4\#(numbers)}"#, as: "config.json"))
    }
    let model = try read(JSONFields.largest)
    #expect(model.tensors.allSatisfy { $0.elements > 0 && $0.bytes > 0 })
    #expect(throws: ModelError.self) { try read(JSONFields.largest + 1) }
  }

  // MARK: Memory

  /// A sparse file may promise as much as it likes.
  @Test(arguments: [(1 << 18, 0), (0, 1 << 16)])
  func countsBeyondAnyModelAreRefused(tensors: Int, entries: Int) throws {
    for excess in [0, 1] {
      var file = GGUFBuilder()
      file.tensorCount = Int64(tensors + (tensors > 0 ? excess : 0))
      file.entryCount = Int64(entries + (entries > 0 ? excess : 0))
      let path = try folder.write(file.bytes, as: "model.gguf")
      try #require(truncate(path, 1 << 32) == 0)
      let says = refusal(path)?.description ?? ""
      #expect(says.contains("of at most") == (excess > 0), "\(says)")
    }
  }

  @Test func aHeaderLongerThanAnyVocabularyIsRefused() throws {
    var file = GGUFBuilder()
    file.entry("k", type: 8, GGUFBuilder.little(UInt64(GGUFSource.longestHeader)))
    let path = try folder.write(file.bytes, as: "model.gguf")
    try #require(truncate(path, 1 << 32) == 0)
    #expect(refusal(path)?.description.contains("the value of 'k' within") == true)
  }

  @Test func onlySoManyItemsOfArraysAreKept() throws {
    var file = GGUFBuilder.model()
    let items = GGUFBuilder.little(Int32(0)) + GGUFBuilder.little(UInt64(16_384))
    for array in 0..<65 {
      file.entry("a\(array)", type: 9, items + [UInt8](repeating: 1, count: 16_384))
    }
    let header = try GGUFHeader(path: folder.write(file.bytes, as: "model.gguf"))
    #expect(header.entries["a63"]?.value == .integers(Array(repeating: 1, count: 16_384)))
    #expect(header.entries["a64"]?.value == .skipped(count: 16_384))
  }

  @Test func onlySoManyValuesOfATextAreBuilt() throws {
    let digits = Array(repeating: "0", count: JSONReader.mostValues)
    let path = try folder.write(text: "[\(digits.joined(separator: ","))]", as: "config.json")
    let error = refusal(path)
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains("at most \(JSONReader.mostValues) values") == true)
  }

  // MARK: Texts chosen to steer a terminal

  @Test func whatAFileSaysCannotSteerATerminal() throws {
    let escape = "\u{1B}[2J\u{7}"
    let scratch = GGUFScratch()
    var file = GGUFBuilder()
    file.set("general.architecture", "made-up\(escape)")
    file.set("general.name", "Name\(escape)")
    let model = try scratch.read(file.bytes)
    for _ in 0..<2 { file.set(String(repeating: "k\(escape)", count: 10_000), 1) }
    let twice = #expect(throws: ModelError.self) { try scratch.read(file.bytes) }
    let config = try folder.write(text: #"{"model_type":"made-up\u001b[2J"}"#, as: "config.json")
    for text in [
      model.name, model.geometry.architecture, model.warnings.first?.message,
      twice?.description, refusal(config)?.description,
    ] {
      let scalars = try #require(text).unicodeScalars
      #expect(scalars.count < 2500)
      #expect(scalars.allSatisfy { $0.properties.generalCategory != .control })
    }
  }
}
