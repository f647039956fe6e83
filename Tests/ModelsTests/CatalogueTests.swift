import Tensors
import Testing

@testable import Models

@Suite struct CatalogueTests {
  /// The three figures that each catalogue entry carries, worked out independently of this code.
  private struct Expected {
    let id: String
    let total: Int
    let active: Int
    let cacheElements: Int
  }

  private func expected() throws -> [Expected] {
    var reader = JSONReader(PackageResources.models_json)
    let fields = try JSONFields(try reader.value(), file: "models.json")
    return try fields.objects("models").map { entry in
      Expected(
        id: try entry.string("id"),
        total: try #require(
          try entry.optionalInteger("computed_total_params", in: 0...Int.max)),
        active: try #require(
          try entry.optionalInteger("computed_active_params", in: 0...Int.max)),
        cacheElements: try entry.integer("kv_elements_per_token"))
    }
  }

  @Test func hasEveryModelOnce() throws {
    let entries = try Catalogue.entries()
    #expect(entries.count == 101)
    #expect(Set(entries.map(\.id)).count == 101)
  }

  @Test func layoutsAddUpExactly() throws {
    for (entry, expected) in zip(try Catalogue.entries(), try expected()) {
      let model = entry.model()
      #expect(entry.id == expected.id)
      #expect(entry.parameterCount == expected.total, "\(entry.id): parameters")
      #expect(activeParameters(model) == expected.active, "\(entry.id): active parameters")
      #expect(cacheElements(model.geometry) == expected.cacheElements, "\(entry.id): cache")
    }
  }

  private func activeParameters(_ model: Model) -> Int {
    var used = 0
    var count = 1
    for layer in model.geometry.layers {
      if case .experts(let all, let some, _, _) = layer.feedForward { (count, used) = (all, some) }
    }
    return model.tensors.reduce(0) { sum, tensor in
      switch tensor.role {
      case .tokenEmbedding: sum + (model.geometry.tiedEmbeddings ? tensor.elements : 0)
      case .routedExperts: sum + tensor.elements / count * used
      case .lookup, .auxiliary: sum
      default: sum + tensor.elements
      }
    }
  }

  private func cacheElements(_ geometry: ModelGeometry) -> Int {
    geometry.layers.reduce(0) { sum, layer in
      switch layer.mixer {
      case .attention(_, let kvHeads, let key, let value, _): sum + kvHeads * (key + value)
      case .latentAttention(_, let rank, let rope, _, _): sum + rank + rope
      case .recurrent, .sharedCache, .none: sum
      }
    }
  }

  @Test(arguments: [
    ("llama-3.1-70b", "meta-llama/Meta-Llama-3.1-70B"),
    ("Llama3.1-70B", "meta-llama/Meta-Llama-3.1-70B"),
    ("meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
    ("LLAMA 3.3 70B", "meta-llama/Llama-3.3-70B-Instruct"),
    ("qwen3-235b-a22b", "Qwen/Qwen3-235B-A22B"), ("gpt_oss_120b", "openai/gpt-oss-120b"),
    ("mixtral-8x7b", "mistralai/Mixtral-8x7B-v0.1"), ("gemma-3-27b", "google/gemma-3-27b-it"),
    ("llama-2-7b", "meta-llama/Llama-2-7b-hf"), ("gemma 4 31b", "google/gemma-4-31B-it"),
    ("nemotron-3-nano-30b-a3b", "nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B"),
    ("ministral-3-3b", "mistralai/Ministral-3-3B-Instruct-2512"),
  ])
  func namesAreForgiving(name: String, id: String) throws {
    #expect(try Catalogue.entry(named: name).id == id)
  }

  @Test(arguments: [
    ("llama-3.1-7b", "8B"), ("qwen3-30b", "Qwen3-30B-A3B"), ("deepsek-v3", "deepseek"),
  ])
  func unknownNamesGetSuggestions(name: String, near: String) {
    #expect {
      try Catalogue.entry(named: name)
    } throws: { error in
      guard let error = error as? ModelError else { return false }
      return error.kind == .notFound
        && error.suggestions.contains { $0.lowercased().contains(near.lowercased()) }
    }
  }

  @Test(arguments: [
    ("google/gemma-2-9b", 21), ("google/gemma-3-27b-it", 52), ("openai/gpt-oss-20b", 12),
    ("mistralai/Mistral-7B-v0.1", 32), ("meta-llama/Llama-4-Scout-17B-16E-Instruct", 36),
    ("google/gemma-4-31B-it", 50), ("meta-models/Muse-Glimmer-30B", 39),
  ])
  func windowsFollowThePublishedPattern(id: String, local: Int) throws {
    let layers = try Catalogue.entry(named: id).model().geometry.layers
    let windows = layers.filter {
      if case .attention(_, _, _, _, let window) = $0.mixer { window != nil } else { false }
    }
    #expect(windows.count == local)
  }

  @Test func layersOfOnePartAreWhatTheirLettersSay() throws {
    let layers = try Catalogue.entry(named: "nemotron-3-nano-30b-a3b").model().geometry.layers
    let attention = ModelGeometry.Mixer.attention(
      heads: 32, kvHeads: 2, keyLength: 128, valueLength: 128, window: nil)
    #expect(layers.filter { $0.mixer == attention }.count == 6)
    // 3 · (64 · 64 + 2 · 8 · 128) + 128 · 64 · 64
    #expect(layers.filter { $0.mixer == .recurrent(stateElements: 542_720) }.count == 23)
    let experts = ModelGeometry.FeedForward.experts(
      count: 128, used: 6, width: 1856, sharedWidth: 3712)
    let alone = ModelGeometry.Layer(mixer: .none, feedForward: experts)
    #expect(layers.filter { $0 == alone }.count == 23)
    #expect(layers[1] == alone && layers[0].feedForward == ModelGeometry.FeedForward.none)
  }

  @Test func shortConvolutionsKeepTheirTail() throws {
    let layers = try Catalogue.entry(named: "lfm2.5-2.6b").model().geometry.layers
    #expect(layers.filter { $0.mixer == .recurrent(stateElements: 2 * 2048) }.count == 22)
    #expect(layers.allSatisfy { $0.feedForward == .dense(width: 10752, gated: true) })
  }

  @Test func lastLayersOfGemma4ReadAnEarlierCache() throws {
    let model = try Catalogue.entry(named: "gemma-4-e2b").model(Quantisation(parsing: "BF16"))
    let layers = model.geometry.layers
    #expect(
      layers[0].mixer
        == .attention(heads: 8, kvHeads: 1, keyLength: 256, valueLength: 256, window: 512))
    #expect(
      layers[14].mixer
        == .attention(heads: 8, kvHeads: 1, keyLength: 512, valueLength: 512, window: nil))
    #expect(
      layers[15].mixer == .sharedCache(heads: 8, keyLength: 256, valueLength: 256, window: 512))
    #expect(
      layers[34].mixer == .sharedCache(heads: 8, keyLength: 512, valueLength: 512, window: nil))
    #expect(layers[14].feedForward == .dense(width: 6144, gated: true))
    #expect(layers[15].feedForward == .dense(width: 12288, gated: true))
    let table = try #require(model.tensors.first { $0.role == .lookup })
    #expect(table.elements == 35 * 256 * 262_144 && table.bytes == 2 * table.elements)
    let unused = model.tensors.filter { $0.role == .auxiliary }
    #expect(unused.count == 60 && unused.allSatisfy { !$0.name.contains("attn_q") })
  }
}

@Suite struct QuantisationTests {
  /// Bytes of published files, less their headers, which are below 0.1 %.
  @Test(arguments: [
    ("llama-3.1-70b", "Q4_K_M", 42_520_395_584), ("llama-3.1-8b", "Q4_K_M", 4_920_734_272),
    ("llama-3.1-8b", "Q8_0", 8_540_770_880), ("gpt-oss-20b", "MXFP4", 12_101_000_000),
    ("gpt-oss-120b", "MXFP4", 63_372_000_000),
  ])
  func sizesComeNearPublishedFiles(name: String, quantisation: String, bytes: Int) throws {
    let model = try Catalogue.entry(named: name).model(Quantisation(parsing: quantisation))
    let total = model.tensors.reduce(0) { $0 + $1.bytes }
    let error = Double(total) / Double(bytes) - 1
    #expect(abs(error) < 0.005, "\(name) \(quantisation): \(total) bytes")
  }

  /// Bits a weight that llama-quantize makes of Llama-3.1-8B. Source: llama.cpp,
  /// `tools/quantize/README.md` (its row of IQ4_NL repeats Q4_K_S's and is left out).
  @Test(arguments: [
    ("IQ4_XS", 4.4597), ("Q2_K", 3.1593), ("Q3_K_S", 3.6429), ("Q4_K_S", 4.6672),
    ("Q4_K_M", 4.8944), ("Q5_K_S", 5.5704), ("Q5_K_M", 5.7036), ("Q6_K", 6.5633),
    ("Q8_0", 8.5008), ("F16", 16.0005),
  ])
  func mixesAreThoseOfLlamaQuantize(quantisation: String, bitsPerWeight: Double) throws {
    let entry = try Catalogue.entry(named: "llama-3.1-8b")
    let model = entry.model(try Quantisation(parsing: quantisation))
    let (bytes, elements) = model.tensors.reduce((0, 0)) {
      ($0.0 + $1.bytes, $0.1 + $1.shape.reduce(1, *))
    }
    let bits = 8 * Double(bytes) / Double(elements)
    #expect(abs(bits - bitsPerWeight) < 0.0005, "\(quantisation): \(bits)")
  }

  /// A model without experts has none to store in MXFP4: it says so, is as big as in Q8_0, and says no more of
  /// it once it is stored in another way.
  @Test func mxfp4IsForExperts() throws {
    let mxfp4 = try Quantisation(parsing: "MXFP4")
    let (dense, eight) = (
      try Catalogue.entry(named: "llama-3.1-8b").model(mxfp4),
      try Catalogue.entry(named: "llama-3.1-8b").model(Quantisation(parsing: "Q8_0"))
    )
    #expect(dense.warnings.map(\.code) == ["no-experts"])
    #expect(dense.requantised(to: mxfp4).warnings == dense.warnings)
    #expect(dense.tensors == eight.tensors && eight.warnings.isEmpty)
    #expect(dense.requantised(to: try Quantisation(parsing: "Q4_0")).warnings.isEmpty)
    #expect(try Catalogue.entry(named: "gpt-oss-20b").model(mxfp4).warnings.isEmpty)
  }

  @Test(arguments: [("q4_k", "Q4_K_M"), ("Q5_K", "Q5_K_M"), ("q3k", "Q3_K_M")])
  func shortNamesAreLlamaQuantizes(short: String, long: String) throws {
    #expect(try Quantisation(parsing: short).name == long)
  }

  @Test func smallPartsStayF32() throws {
    for tensor in try Catalogue.entry(named: "qwen3-30b-a3b").model().tensors
    where tensor.shape.count == 1 || tensor.name.contains("ffn_gate_inp") {
      #expect(tensor.type == .f32, "\(tensor.name)")
    }
  }

  @Test(arguments: ["q4_k_m", "Q4KM", "q4-k-m"])
  func namesAreForgiving(name: String) throws {
    #expect(try Quantisation(parsing: name).name == "Q4_K_M")
  }

  @Test func unknownNamesAreUsageErrors() {
    #expect { try Quantisation(parsing: "Q4_K_X") } throws: { error in
      (error as? ModelError)?.kind == .usage && "\(error)".contains("Q4_K_M")
    }
  }

  @Test func rowsThatAreNoWholeBlocksFallBack() throws {
    let model = try Catalogue.entry(named: "qwen2.5-0.5b").model(Quantisation(parsing: "Q4_K_M"))
    let query = try #require(model.tensors.first { $0.name == "blk.5.attn_q.weight" })
    #expect(query.type == .q5_0)
    #expect(query.bytes == 896 * 896 / 32 * 22)
  }

  @Test func theLadderDescends() throws {
    let entry = try Catalogue.entry(named: "llama-3.1-8b")
    let sizes = Quantisation.ladder.map { entry.model($0).tensors.reduce(0) { $0 + $1.bytes } }
    #expect(sizes.count == 7 && sizes == sizes.sorted(by: >))
  }
}
