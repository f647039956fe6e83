import Capacity
import Models
import Tensors
import Testing
import Units

@Suite struct PrefillTests {
  /// Two FLOP a parameter, and attention to half the prompt: Llama-3.1-8B at 4096 tokens.
  @Test func workIsParametersAndAttention() throws {
    let answer = Capacity.assess(
      model: TestModel.llama3At8B.model(.q8_0), box: .test(peaks: ["bf16": 1e14]),
      settings: CheckSettings(context: 4096))
    let prefill = try #require(answer.prefill)
    let active = 7_504_924_672.0
    let attention = 32.0 * 32 * 256 * 2048
    #expect(prefill.arithmeticPerStep.value == 512 * 2 * (active + attention))
    #expect(prefill.boundBy == .arithmetic)
  }

  /// A micro-batch of one token reads the weights for each token: prefill is decoding.
  @Test func smallMicroBatchesAreBoundByBytes() throws {
    let settings = CheckSettings(context: 256, depth: 0, microBatch: 1)
    let answer = Capacity.assess(
      model: TestModel.llama3At8B.model(.q8_0), box: .test(peaks: ["bf16": 1e14]),
      settings: settings)
    let prefill = try #require(answer.prefill)
    #expect(prefill.boundBy == .memoryBandwidth)
    #expect(prefill.bytesPerStep == answer.decode?.bytesPerStep)
  }

  /// Published prompts of 512 tokens. Source: llama.cpp discussions 4167 and 15013,
  /// XiongjieDai/GPU-Benchmarks-on-LLM-Inference.
  @Test(arguments: [
    ("dgx-spark", TestModel.llama2At7B, ElementType.q4_0, 3062.0),
    ("apple-m2-ultra-76c", .llama2At7B, .f16, 1401.85),
    ("rtx-4090", .llama3At8B, .f16, 9382), ("a100-80gb", .llama2At7B, .q4_0, 4850),
  ])
  func publishedRatesLieInTheInterval(
    box: String, shape: TestModel, type: ElementType, measured: Double
  ) throws {
    let answer = Capacity.assess(
      model: shape.model(type), box: try BoxCatalogue.builtIn().find(box),
      settings: CheckSettings(context: 512))
    let prefill = try #require(answer.prefill)
    #expect(prefill.tokensPerSecond.low <= measured && measured <= prefill.tokensPerSecond.high)
    #expect(measured <= prefill.limit)
  }

  @Test func withoutAPeakNothingIsSaid() {
    let answer = Capacity.assess(model: TestModel.llama3At1B.model(.f16), box: .test())
    #expect(answer.prefill == nil)
    #expect(answer.warnings.contains { $0.code == "arithmetic-unknown" })
  }
}
