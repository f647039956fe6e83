import TestSupport
import Testing

@testable import Models

/// Layers that are not all alike, by the keys that llama.cpp's converters write.
@Suite struct GGUFLayerTests {
  private func model(_ file: GGUFBuilder) throws -> Model { try GGUFScratch().read(file.bytes) }

  /// A model 64 wide with 4 heads.
  private func file(_ architecture: String, layers: Int) -> GGUFBuilder {
    var file = GGUFBuilder()
    file.set("general.architecture", architecture)
    file.set("\(architecture).block_count", UInt32(layers))
    file.set("\(architecture).embedding_length", 64)
    file.set("\(architecture).attention.head_count", 4)
    file.set("tokenizer.ggml.tokens", strings: ["a", "bc", ""])
    file.tensor("token_embd.weight", [64, 3])
    return file
  }

  private static let attention = ModelGeometry.Mixer.attention(
    heads: 4, kvHeads: 2, keyLength: 16, valueLength: 16, window: nil)

  @Test func layersWithoutHeadsAreConvolutions() throws {
    var file = file("lfm2", layers: 3)
    file.set("lfm2.attention.head_count_kv", [0, 2, 0])
    file.set("lfm2.feed_forward_length", 128)
    file.set("lfm2.shortconv.l_cache", 3)
    for layer in 0..<3 { file.tensor("blk.\(layer).ffn_down.weight", [128, 64]) }
    let layers = try model(file).geometry.layers
    let convolution = ModelGeometry.Mixer.recurrent(stateElements: 2 * 64)
    #expect(layers.map(\.mixer) == [convolution, Self.attention, convolution])
    #expect(layers.allSatisfy { $0.feedForward == .dense(width: 128, gated: true) })
  }

  /// Source of the keys: conversion of Falcon-H1 and `llama_model_falcon_h1` in llama.cpp.
  @Test func layersOfFalconH1KeepBothCacheAndState() throws {
    var file = file("falcon-h1", layers: 2)
    file.set("falcon-h1.attention.head_count_kv", 2)
    file.set("falcon-h1.feed_forward_length", 96)
    file.set("falcon-h1.ssm.conv_kernel", 4)
    file.set("falcon-h1.ssm.inner_size", 64)
    file.set("falcon-h1.ssm.state_size", 8)
    file.set("falcon-h1.ssm.time_step_rank", 4)
    file.set("falcon-h1.ssm.group_count", 2)
    for layer in 0..<2 { file.tensor("blk.\(layer).ffn_down.weight", [96, 64]) }
    let layer = ModelGeometry.Layer(
      mixer: Self.attention, feedForward: .dense(width: 96, gated: true), parallelState: 800)
    #expect(try model(file).geometry.layers == [layer, layer])
  }

  @Test func layersOfOnePartHaveNoOther() throws {
    var file = file("nemotron_h_moe", layers: 4)
    file.set("nemotron_h_moe.attention.head_count_kv", [0, 0, 2, 0])
    file.set("nemotron_h_moe.feed_forward_length", [0, 32, 0, 96])
    file.set("nemotron_h_moe.expert_count", 8)
    file.set("nemotron_h_moe.expert_used_count", 2)
    file.set("nemotron_h_moe.expert_feed_forward_length", 32)
    file.set("nemotron_h_moe.ssm.conv_kernel", 4)
    file.set("nemotron_h_moe.ssm.inner_size", 64)
    file.set("nemotron_h_moe.ssm.state_size", 8)
    file.set("nemotron_h_moe.ssm.group_count", 2)
    file.tensor("blk.0.ssm_out.weight", [64, 64])
    file.tensor("blk.1.ffn_down_exps.weight", [32, 64, 8])
    file.tensor("blk.1.ffn_down_shexp.weight", [48, 64])
    file.tensor("blk.2.attn_q.weight", [64, 64])
    file.tensor("blk.3.ffn_down.weight", [96, 64])
    let model = try model(file)
    let layers: [ModelGeometry.Layer] = [
      // 3 · (64 + 2 · 2 · 8) + 8 · 64
      .init(mixer: .recurrent(stateElements: 800), feedForward: .none),
      .init(mixer: .none, feedForward: .experts(count: 8, used: 2, width: 32, sharedWidth: 48)),
      .init(mixer: Self.attention, feedForward: .none),
      .init(mixer: .none, feedForward: .dense(width: 96, gated: false)),
    ]
    #expect(model.geometry.layers == layers)
  }

  @Test func headsAndCachesOfGemma4DifferByLayer() throws {
    var file = file("gemma4", layers: 6)
    file.set("gemma4.attention.head_count_kv", [2, 1, 2, 1, 2, 1])
    file.set("gemma4.attention.sliding_window", 8)
    file.set("gemma4.attention.sliding_window_pattern", [1, 0, 1, 0, 1, 0])
    for (key, length) in [("", 32), ("_swa", 16)] as [(String, UInt32)] {
      file.set("gemma4.attention.key_length" + key, length)
      file.set("gemma4.attention.value_length" + key, length)
    }
    file.set("gemma4.attention.shared_kv_layers", 2)
    file.set("gemma4.feed_forward_length", [128, 128, 128, 128, 256, 256])
    file.tensor("per_layer_token_embd.weight", [48, 3])
    file.tensor("per_layer_model_proj.weight", [64, 48])
    for layer in 0..<6 {
      file.tensor("blk.\(layer).attn_q.weight", [64, 64])
      file.tensor("blk.\(layer).attn_k.weight", [64, 32])
    }
    let model = try model(file)
    let windowed = ModelGeometry.Mixer.attention(
      heads: 4, kvHeads: 2, keyLength: 16, valueLength: 16, window: 8)
    let full = ModelGeometry.Mixer.attention(
      heads: 4, kvHeads: 1, keyLength: 32, valueLength: 32, window: nil)
    #expect(
      model.geometry.layers.map(\.mixer) == [
        windowed, full, windowed, full,
        .sharedCache(heads: 4, keyLength: 16, valueLength: 16, window: 8),
        .sharedCache(heads: 4, keyLength: 32, valueLength: 32, window: nil),
      ])
    #expect(model.geometry.layers[5].feedForward == .dense(width: 256, gated: true))
    let unused = model.tensors.filter { $0.role == .auxiliary }.map(\.name)
    #expect(unused == ["blk.4.attn_k.weight", "blk.5.attn_k.weight"])
    #expect(model.tensors[1].role == .lookup && model.tensors[2].role == .attention)
  }

  @Test func aDenseNetworkBesideExpertsIsShared() throws {
    var file = file("gemma4", layers: 1)
    file.set("gemma4.expert_count", 8)
    file.set("gemma4.expert_used_count", 2)
    file.set("gemma4.expert_feed_forward_length", 32)
    file.set("gemma4.feed_forward_length", 128)
    file.tensor("blk.0.ffn_down.weight", [128, 64])
    file.tensor("blk.0.ffn_down_exps.weight", [32, 64, 8])
    #expect(
      try model(file).geometry.layers[0].feedForward
        == .experts(count: 8, used: 2, width: 32, sharedWidth: 128))
  }

  @Test func moreSharedCachesThanLayersAreRefused() throws {
    var file = file("gemma4", layers: 2)
    file.set("gemma4.attention.shared_kv_layers", 3)
    file.tensor("blk.1.attn_q.weight", [64, 64])
    let error = #expect(throws: ModelError.self) { try model(file) }
    #expect(error?.description.contains("shared_kv_layers") == true)
  }
}
