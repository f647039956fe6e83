import Capacity
import Models
import Tensors
import Testing
import Units

/// Whatever people type, the answer is an answer.
@Suite struct SaturationTests {
  @Test(arguments: Runtime.allCases, CacheType.allCases)
  func hugeSettingsExceedInsteadOfTrapping(runtime: Runtime, type: CacheType) {
    let huge = 1 << 31
    for method in TrainingSettings.Method.allCases {
      let training = TrainingSettings(
        method: method, rank: huge, sequence: huge, batch: huge,
        recipe: TrainingRecipe(.litgpt))
      let settings = CheckSettings(
        context: huge, batch: huge, microBatch: huge, cacheType: type, runtime: runtime,
        flashAttention: false, training: training, boxes: huge)
      let answer = Capacity.assess(
        model: TestModel.qwen3At235B.model(.q8_0), box: .test(pool: .system), settings: settings)
      #expect(answer.verdict == .exceeds)
      #expect(answer.training?.verdict == .exceeds)
      #expect(answer.headroom < .zero)
    }
  }

  @Test(arguments: [Int.min, -1, 0, Int.max])
  func extremesAreTakenAsTheNearestPossible(count: Int) {
    let settings = CheckSettings(
      context: count, depth: count, batch: count, microBatch: count,
      training: TrainingSettings(method: .lora, rank: count, sequence: count, batch: count),
      boxes: count)
    let answer = Capacity.assess(
      model: TestModel.llama3At1B.model(.f16), box: .test(), settings: settings)
    #expect(answer.context >= 1)
    #expect(answer.verdict == (count == .max ? .exceeds : .fits))
  }

  @Test func hugeGeometriesSaturate() {
    var model = TestModel.llama3At1B.model(.f16)
    let most = Int.max
    model.geometry.hiddenSize = most
    model.geometry.vocabularySize = most
    model.geometry.layers = [
      .init(
        mixer: .attention(
          heads: most, kvHeads: most, keyLength: most, valueLength: most, window: most),
        feedForward: .experts(count: most, used: most, width: most, sharedWidth: most)),
      .init(
        mixer: .latentAttention(
          heads: most, rank: most, ropeLength: most, keyLength: most, valueLength: most),
        feedForward: .dense(width: most, gated: true)),
      .init(mixer: .recurrent(stateElements: most), feedForward: .none),
    ]
    for type in CacheType.allCases {
      let settings = CheckSettings(
        context: most, cacheType: type, training: TrainingSettings(method: .full))
      let answer = Capacity.assess(model: model, box: .test(), settings: settings)
      #expect(answer.required == Bytes(Int.max))
      #expect(answer.verdict == .exceeds)
      #expect(answer.warnings.contains { $0.code == "beyond-counting" })
    }
  }

  @Test func anEmptyModelIsUnknown() {
    let geometry = ModelGeometry(
      architecture: "", hiddenSize: 0, vocabularySize: 0, contextLength: nil,
      tiedEmbeddings: false, layers: [])
    let model = Model(
      name: "", geometry: geometry, tensors: [], quantisation: "",
      origin: .files(paths: []))
    #expect(Capacity.assess(model: model, box: .test()).verdict == .unknown)
  }
}
