import Models
import Testing
import Units

@testable import Capacity

/// What a layer keeps of a token, counted by hand.
@Suite struct ActivationSizeTests {
  private func size(
    _ geometry: ModelGeometry, _ method: TrainingSettings.Method,
    _ change: (inout TrainingRecipe) -> Void = { _ in }
  ) -> ActivationSize {
    var settings = TrainingSettings(method: method)
    change(&settings.recipe)
    return ActivationSize(geometry, settings)
  }

  /// h = q = 4096, f = 14,336: 6h + 4q + 4f; fused kernels leave out 2h and f.
  @Test func aGatedLayer() {
    let geometry = TestModel.llama3At8B.geometry
    for method in [TrainingSettings.Method.full, .qlora, .lora] {
      #expect(size(geometry, method).widest == 98_304)
      #expect(size(geometry, method).all == 32 * 98_304)
      #expect(size(geometry, method) { $0.isFused = true }.widest == 75_776)
    }
  }

  /// Frozen 16-bit layers without adapters need no inputs: h and f less. Dropout keeps 3h for two adapters.
  @Test func adaptersOnQueriesAndValues() {
    let geometry = TestModel.llama3At8B.geometry
    #expect(size(geometry, .lora) { $0.targets = .queryValue }.widest == 79_872)
    #expect(size(geometry, .qlora) { $0.targets = .queryValue }.widest == 98_304)
    let dropping = size(geometry, .lora) { ($0.targets, $0.dropout) = (.queryValue, true) }
    #expect(dropping.widest == 79_872 + 12_288)
    #expect(size(geometry, .full) { $0.dropout = true }.widest == 98_304)
  }

  /// h = 2048, q = 4096, eight experts of 768 a token.
  @Test func experts() {
    let layer = size(TestModel.qwen3At30B.geometry, .full)
    let elements: Double = 6 * 2048 + 4 * 4096 + 4 * 8 * 768
    #expect(layer.widest == elements)
  }

  /// h = 10, q = 10, f = 40, without a gate: 6h + 4q + 2f; and with latent attention of two heads of 3 and 2,
  /// which is run expanded: 2 · 2 · (3 + 2) instead of 4q.
  @Test func otherLayers() {
    let network = ModelGeometry.FeedForward.dense(width: 40, gated: false)
    let mixers: [(ModelGeometry.Mixer, Double)] = [
      (.attention(heads: 2, kvHeads: 1, keyLength: 5, valueLength: 5, window: nil), 40),
      (.latentAttention(heads: 2, rank: 4, ropeLength: 1, keyLength: 3, valueLength: 2), 20),
      (.recurrent(stateElements: 99), 80),
    ]
    var geometry = TestModel.llama3At1B.geometry
    geometry.hiddenSize = 10
    for (mixer, kept) in mixers {
      geometry.layers = [.init(mixer: mixer, feedForward: network)]
      let elements: Double = 60 + kept + 80
      #expect(size(geometry, .full).widest == elements)
    }
    // Mamba beside attention keeps what either keeps.
    geometry.layers = [.init(mixer: mixers[0].0, feedForward: network, parallelState: 99)]
    #expect(size(geometry, .full).widest == 60 + 40 + 80 + 80)
    geometry.layers = mixers.map { .init(mixer: $0.0, feedForward: network) }
    #expect(size(geometry, .full) == size(geometry, .qlora))
    #expect(size(geometry, .full).all == 3 * 140 + 140 && size(geometry, .full).widest == 220)
  }

  /// With checkpointing a step holds layer inputs, and the logits or one layer with its gradients; without, all.
  @Test(arguments: [(128_256, 12), (4096, 2)])
  func whatAStepHolds(vocabulary: Int, logitBytes: Int) throws {
    var model = TestModel.llama3At8B.model(.bf16)
    model.geometry.vocabularySize = vocabulary
    var settings = TrainingSettings(method: .qlora, sequence: 100, batch: 3)
    settings.recipe.logitBytes = logitBytes
    let lines = { (settings: TrainingSettings) in
      let plan = Capacity.assess(
        model: model, box: .test(), settings: CheckSettings(training: settings)
      ).training
      return plan?.ledger.lines.suffix(2).map(\.bytes.count)
    }
    let (inputs, work) = (300 * 32 * 4096 * 2, 2 * 300 * 98_304 * 2)
    let logits = 300 * vocabulary * logitBytes
    #expect(lines(settings) == [inputs, max(work, logits)])
    settings.recipe.upcasts = true
    #expect(lines(settings) == [2 * inputs, max(work, logits)])
    settings.recipe.checkpointing = false
    #expect(lines(settings) == [300 * 32 * 98_304 * 2, logits])
  }
}
