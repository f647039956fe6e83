import Tensors
import TestSupport
import Testing

@testable import Models

@Suite struct GGUFFileTests {
  private func model(_ file: GGUFBuilder) throws -> Model { try GGUFScratch().read(file.bytes) }

  private func windows(_ model: Model) -> [Int?] {
    model.geometry.layers.map { layer in
      guard case .attention(_, _, _, _, let window) = layer.mixer else { return -1 }
      return window
    }
  }

  @Test(arguments: [2, 3] as [UInt32], [true, false])
  func aDenseModel(version: UInt32, output: Bool) throws {
    var file = GGUFBuilder.model()
    file.version = version
    file.addTensors(output: output)
    let model = try model(file)
    #expect(model.name == "Small")
    #expect(model.geometry.tiedEmbeddings == !output)
    #expect(model.geometry.vocabularySize == 3)
    #expect(model.geometry.contextLength == 4096)
    let layer = ModelGeometry.Layer(
      mixer: .attention(heads: 4, kvHeads: 2, keyLength: 16, valueLength: 16, window: nil),
      feedForward: .dense(width: 128, gated: true))
    #expect(model.geometry.layers == [layer, layer])
    #expect(model.warnings.map(\.code) == ["key-length-assumed"])
    #expect(model.tensors.map(\.bytes).reduce(0, +) == file.dataEnd)
    #expect(
      model.tensors.map(\.role) == [.tokenEmbedding]
        + [.small, .attention, .feedForward, .small, .attention, .feedForward]
        + (output ? [.output] : []))
  }

  @Test func thePaddingOfTheLastTensorMayBeMissing() throws {
    var file = GGUFBuilder.model()
    file.addTensors()
    file.tensor("rope_freqs.weight", [3])
    file.dataBytes = file.dataEnd - 20
    #expect(try model(file).tensors.last?.bytes == 12)
  }

  @Test func routedAndSharedExperts() throws {
    var file = GGUFBuilder.model("qwen2moe", layers: 2)
    file.set("qwen2moe.expert_count", 8)
    file.set("qwen2moe.expert_used_count", 2)
    file.set("qwen2moe.expert_feed_forward_length", 32)
    file.tensor("token_embd.weight", [64, 3])
    file.tensor("blk.0.ffn_down.weight", [128, 64])
    file.tensor("blk.1.ffn_gate_inp.weight", [64, 8])
    file.tensor("blk.1.ffn_down_exps.weight", [32, 64, 8])
    file.tensor("blk.1.ffn_down_shexp.weight", [48, 64])
    let model = try model(file)
    #expect(
      model.geometry.layers.map(\.feedForward) == [
        .dense(width: 128, gated: true),
        .experts(count: 8, used: 2, width: 32, sharedWidth: 48),
      ])
    #expect(model.tensors.map(\.role).suffix(3) == [.small, .routedExperts, .feedForward])
  }

  @Test(arguments: [true, false])
  func latentAttentionNeedsItsKeys(withKeys: Bool) throws {
    var file = GGUFBuilder.model("deepseek2", layers: 3)
    file.set("deepseek2.attention.key_length", withKeys ? 576 : 192)
    file.set("deepseek2.attention.value_length", withKeys ? 512 : 128)
    file.set("deepseek2.attention.kv_lora_rank", 512)
    file.set("deepseek2.rope.dimension_count", 64)
    file.set("deepseek2.nextn_predict_layers", 1)
    if withKeys {
      file.set("deepseek2.attention.key_length_mla", 192)
      file.set("deepseek2.attention.value_length_mla", 128)
    }
    file.addTensors(layers: 3)
    let model = try model(file)
    let mixer: ModelGeometry.Mixer =
      withKeys
      ? .latentAttention(heads: 4, rank: 512, ropeLength: 64, keyLength: 192, valueLength: 128)
      : .attention(heads: 4, kvHeads: 2, keyLength: 192, valueLength: 128, window: nil)
    #expect(model.geometry.layers.map(\.mixer) == [mixer, mixer])
    #expect(model.tensors.filter { $0.role == .auxiliary }.count == 3)
  }

  @Test(
    arguments: [
      ("gemma3", 6, [9, 9, 9, 9, 9, nil]), ("gemma2", 4, [9, nil, 9, nil]),
      ("phi3", 2, [9, 9]), ("cohere2", 5, [9, 9, 9, nil, 9]), ("llama", 2, [9, 9]),
    ] as [(String, Int, [Int?])])
  func slidingWindows(architecture: String, layers: Int, expected: [Int?]) throws {
    var file = GGUFBuilder.model(architecture, layers: layers)
    file.set("\(architecture).attention.sliding_window", 9)
    file.addTensors(layers: layers)
    #expect(windows(try model(file)) == expected)
  }

  @Test func theFilesOwnPatternOverridesTheArchitectures() throws {
    var file = GGUFBuilder.model("gemma3", layers: 4)
    file.set("gemma3.attention.sliding_window", 9)
    file.set("gemma3.attention.sliding_window_pattern", 2)
    file.addTensors(layers: 4)
    #expect(windows(try model(file)) == [9, nil, 9, nil])
  }

  @Test func hybridLayersKeepAState() throws {
    var file = GGUFBuilder.model("qwen3next", layers: 4)
    file.set("qwen3next.ssm.conv_kernel", 4)
    file.set("qwen3next.ssm.inner_size", 64)
    file.set("qwen3next.ssm.state_size", 8)
    file.set("qwen3next.ssm.group_count", 2)
    file.addTensors(layers: 4)
    let mixers = try model(file).geometry.layers.map(\.mixer)
    // 3 · (64 + 2·2·8) + 8 · 64
    #expect(mixers.prefix(3) == Array(repeating: .recurrent(stateElements: 800), count: 3)[...])
    #expect(
      mixers.last
        == .attention(heads: 4, kvHeads: 2, keyLength: 16, valueLength: 16, window: nil))
  }

  @Test func kvHeadsByLayer() throws {
    var file = GGUFBuilder()
    file.set("general.architecture", "llama")
    file.set("llama.block_count", 2)
    file.set("llama.embedding_length", 64)
    file.set("llama.attention.head_count", 4)
    file.set("llama.attention.head_count_kv", [1, 4])
    file.addTensors()
    let kvHeads = try model(file).geometry.layers.map { layer in
      guard case .attention(_, let kvHeads, _, _, _) = layer.mixer else { return 0 }
      return kvHeads
    }
    #expect(kvHeads == [1, 4])
  }

  @Test func anUnknownArchitectureKeepsItsTensors() throws {
    var file = GGUFBuilder.model("novel")
    file.addTensors()
    let model = try model(file)
    #expect(model.geometry.layers.isEmpty)
    #expect(model.warnings.map(\.code) == ["unknown-architecture"])
    #expect(model.tensors.map(\.bytes).reduce(0, +) == file.dataEnd)
  }

  @Test(arguments: [(7, "Q8_0"), (15, "Q8_0"), (99, "Q8_0")] as [(UInt32, String)])
  func theLabelFollowsTheBytes(fileType: UInt32, label: String) throws {
    var file = GGUFBuilder.model()
    file.set("general.file_type", fileType)
    file.tensor("blk.1.ffn_down.weight", [128, 64], type: 8, bytes: 64 * 4 * 34)
    #expect(try model(file).quantisation == label)
  }

  @Test func partsAreFoundFromAnyAndMustBeComplete() throws {
    let scratch = GGUFScratch()
    var paths: [String] = []
    for part in 0..<3 {
      var file = part == 0 ? GGUFBuilder.model() : GGUFBuilder()
      file.set("split.count", 3)
      file.set("split.no", UInt32(part))
      file.set("split.tensors.count", 3)
      file.tensor(part == 0 ? "token_embd.weight" : "blk.\(part - 1).attn_q.weight", [64, 64])
      paths.append(scratch.write(file.bytes, as: "m-0000\(part + 1)-of-00003.gguf"))
    }
    for path in paths {
      let model = try GGUFFile.read(path: path)
      #expect(model.tensors.count == 3)
      #expect(model.origin == .files(paths: paths))
    }
    var odd = GGUFBuilder()
    odd.set("split.count", 3)
    odd.set("split.no", 2)
    odd.set("split.tensors.count", 3)
    odd.tensor("blk.1.attn_q.weight", [64, 64])
    odd.tensor("blk.1.attn_k.weight", [64, 64])
    _ = scratch.write(odd.bytes, as: "m-00003-of-00003.gguf")
    let wrong = #expect(throws: ModelError.self) { try GGUFFile.read(path: paths[0]) }
    #expect(wrong?.description.contains("'split.tensors.count' to be 4") == true)
    scratch.remove("m-00002-of-00003.gguf")
    let missing = #expect(throws: ModelError.self) { try GGUFFile.read(path: paths[0]) }
    #expect(missing?.kind == .notFound)
    #expect(missing?.description.contains("m-00002-of-00003.gguf") == true)
  }

  @Test func aMissingFileIsNotFound() {
    let error = #expect(throws: ModelError.self) { try GGUFFile.read(path: "/no/such.gguf") }
    #expect(error?.kind == .notFound)
  }
}
