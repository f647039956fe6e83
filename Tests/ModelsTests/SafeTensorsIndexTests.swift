import Testing

@testable import Models

@Suite struct SafeTensorsIndexTests {
  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private func index(_ weightMap: String) throws -> String {
    try folder.write(
      text: #"{"metadata":{"total_size":1},"weight_map":\#(weightMap)}"#,
      as: "model.safetensors.index.json")
  }

  @Test func readsEveryTensorOfEveryShard() throws {
    try folder.write(safeTensorsFile([("a", [2, 3])]), as: "one.safetensors")
    try folder.write(safeTensorsFile([("c", [1]), ("b", [5])]), as: "two.safetensors")
    let path = try index(#"{"a":"one.safetensors","b":"two.safetensors","c":"two.safetensors"}"#)
    let tensors = try SafeTensorsIndex(path: path).tensors()
    #expect(tensors.map(\.name) == ["a", "c", "b"])
    #expect(tensors.map(\.bytes) == [12, 2, 10])
  }

  @Test(
    arguments: [
      "../one.safetensors", "..", ".", "", "/etc/passwd", "sub/one.safetensors",
      #"..\\one.safetensors"#, #"one.safetensors\u0000.json"#,
      #"\u002e\u002e\u002fone.safetensors"#,
    ])
  func refusesAShardThatLeavesTheFolder(name: String) throws {
    try folder.write(safeTensorsFile([("a", [1])]), as: "one.safetensors")
    try folder.write(safeTensorsFile([("a", [1])]), as: "sub/one.safetensors")
    let path = try index(#"{"a":"\#(name)"}"#)
    let error = #expect(throws: ModelError.self) { try SafeTensorsIndex(path: path) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains("byte 47") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("the plain name of a file") == true)
  }

  @Test(
    arguments: [
      (#"{"a":"one.safetensors"}"#, "expected 'b' in no shard, found it in 'one.safetensors'"),
      (
        #"{"a":"one.safetensors","b":"one.safetensors","c":"one.safetensors"}"#,
        "expected 'c' in 'one.safetensors', found no such tensor"
      ),
      (
        #"{"a":"one.safetensors","b":"two.safetensors"}"#,
        "expected 'b' in 'two.safetensors', found it in 'one.safetensors'"
      ),
      (#"{"a":"one.safetensors","a":"one.safetensors"}"#, "'a' again"),
      (#"{"a":7}"#, "expected a string"),
      ("[]", "expected an object"),
    ])
  func refusesAnIndexThatContradictsItsShards(weightMap: String, says: String) throws {
    try folder.write(safeTensorsFile([("a", [1]), ("b", [1])]), as: "one.safetensors")
    try folder.write(safeTensorsFile([("d", [1])]), as: "two.safetensors")
    let path = try index(weightMap)
    let error = #expect(throws: ModelError.self) { try SafeTensorsIndex(path: path).tensors() }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func refusesAnIndexWithoutAMap() throws {
    let path = try folder.write(text: "{}", as: "model.safetensors.index.json")
    let error = #expect(throws: ModelError.self) { try SafeTensorsIndex(path: path) }
    #expect(error?.kind == .malformed)
    #expect(error?.description.contains("weight_map") == true)
  }

  @Test func aMissingShardIsNotFound() throws {
    let path = try index(#"{"a":"one.safetensors"}"#)
    let error = #expect(throws: ModelError.self) { try SafeTensorsIndex(path: path).tensors() }
    #expect(error?.kind == .notFound)
    #expect(error?.description.contains("one.safetensors") == true)
  }

  @Test(
    arguments: [
      ("model.embed_tokens.weight", 2, .tokenEmbedding), ("lm_head.weight", 2, .output),
      ("transformer.wte.weight", 2, .tokenEmbedding),
      ("backbone.embeddings.weight", 2, .tokenEmbedding),
      ("model.language_model.embed_tokens_per_layer.weight", 2, .lookup),
      ("model.layers.0.self_attn.q_proj.weight", 2, .attention),
      ("model.layers.0.self_attn.q_proj.bias", 1, .small),
      ("model.layers.0.self_attn.q_norm.weight", 1, .small),
      ("model.layers.1.linear_attn.in_proj_qkvz.weight", 2, .attention),
      ("model.layers.1.linear_attn.A_log", 1, .small),
      ("model.layers.0.mlp.gate_proj.weight", 2, .feedForward),
      ("model.layers.0.mlp.gate.weight", 2, .small),
      ("model.layers.0.mlp.experts.17.gate_proj.weight", 2, .routedExperts),
      ("model.layers.0.mlp.experts.gate_up_proj_blocks", 4, .routedExperts),
      ("model.layers.0.mlp.shared_expert.up_proj.weight", 2, .feedForward),
      ("model.layers.0.mlp.shared_experts.up_proj.weight", 2, .feedForward),
      ("model.layers.0.mlp.shared_expert_gate.weight", 2, .small),
      ("model.layers.0.block_sparse_moe.experts.0.w1.weight", 2, .routedExperts),
      ("model.layers.0.block_sparse_moe.input_linear.weight", 3, .routedExperts),
      ("model.layers.0.block_sparse_moe.router.layer.weight", 2, .small),
      ("model.layers.0.shared_mlp.input_linear.weight", 2, .feedForward),
      ("model.layers.0.feed_forward.w1.weight", 2, .feedForward),
      ("model.layers.2.self_attn.q_proj.weight", 2, .auxiliary),
      ("vision_tower.layers.0.self_attn.q_proj.weight", 2, .auxiliary),
      ("model.visual.blocks.0.attn.qkv.weight", 2, .auxiliary),
      ("audio_tower.conv.weight", 3, .auxiliary), ("mtp.fc.weight", 2, .auxiliary),
      ("model.norm.weight", 1, .small), ("mystery", 2, .small),
    ] as [(String, Int, Tensor.Role)])
  func aNameTellsTheRole(name: String, extents: Int, role: Tensor.Role) {
    #expect(HuggingFaceName.role(of: name, extents: extents, layers: 2) == role)
  }
}
