import Models
import Statistics
import Tensors
import Testing
import Units

@testable import Capacity

@Suite struct DecodeTests {
  /// One bandwidth, taken at depth 0, predicts the rest of the curve of two builds of llama.cpp.
  /// Source: llama.cpp, benches/dgx-spark.md, Qwen3-Coder-30B-A3B Q8_0.
  @Test(arguments: [
    ([4096: 53.52, 8192: 48.58, 16384: 40.81, 32768: 30.80], 0.015),
    ([4096: 54.77, 8192: 48.02, 16384: 40.23, 32768: 30.21], 0.025),
  ])
  func oneBandwidthPredictsTheDepthCurve(measured: [Int: Double], tolerance: Double) throws {
    let box = Box.test(bandwidth: Estimate(exactly: 199e9))
    for (depth, rate) in measured {
      let settings = CheckSettings(context: 32768, depth: depth)
      let answer = Capacity.assess(
        model: TestModel.qwen3At30B.model(.q8_0), box: box, settings: settings)
      let predicted = try #require(answer.decode).tokensPerSecond.value
      #expect(abs(predicted / rate - 1) < tolerance)
    }
  }

  /// Published runs of llama.cpp lie within the interval given for their box, and its middle is
  /// within a quarter of them. Source: llama.cpp discussions 4167 and 15013, benches/dgx-spark.md,
  /// XiongjieDai/GPU-Benchmarks-on-LLM-Inference.
  @Test(arguments: [
    ("dgx-spark", TestModel.llama2At7B, ElementType.q4_0, 57.21),
    ("dgx-spark", .qwen3At30B, .q8_0, 61.06),
    ("rtx-4090", .llama2At7B, .q4_0, 187.97), ("rtx-4090", .llama3At8B, .f16, 54.84),
    ("apple-m2-ultra-76c", .llama2At7B, .f16, 41.02),
    ("apple-m2-ultra-76c", .llama2At7B, .q8_0, 66.64),
    ("apple-m2-ultra-76c", .llama2At7B, .q4_0, 94.27),
    ("apple-m2-ultra-76c", .qwen3At30B, .q8_0, 78.97),
    ("apple-m4-pro-20c", .llama2At7B, .q4_0, 50.74), ("h100-80gb", .llama2At7B, .q4_0, 268.0),
  ])
  func publishedRatesLieInTheInterval(
    box: String, shape: TestModel, type: ElementType, measured: Double
  ) throws {
    let answer = Capacity.assess(
      model: shape.model(type), box: try BoxCatalogue.builtIn().find(box),
      settings: CheckSettings(context: 4096, depth: 0))
    let decode = try #require(answer.decode)
    #expect(decode.tokensPerSecond.low <= measured && measured <= decode.tokensPerSecond.high)
    #expect(abs(decode.tokensPerSecond.value / measured - 1) < 0.25)
    #expect(measured <= decode.limit)
  }

  /// 128 experts, 8 used: one token touches 8, two 8·(2 − 1/16), very many all of them.
  @Test func batchesTouchMoreExperts() throws {
    let model = TestModel.qwen3At30B.model(.f16)
    let routed = Double(
      model.tensors.reduce(0) { $0 + ($1.role == .routedExperts ? $1.bytes : 0) })
    let one = try bytes(model, batch: 1)
    let two = try bytes(model, batch: 2)
    let many = try bytes(model, batch: 1 << 20)
    let tolerance = 4.0
    #expect(abs(two - one - routed * (0.0625 * 1.9375 - 0.0625)) < tolerance)
    #expect(abs(many - one - routed * 0.9375) < tolerance)
  }

  @Test func theEmbeddingTableIsReadOnlyWhenItIsTheOutput() throws {
    let untied = TestModel.llama3At8B.model(.f16)
    let stored = untied.tensors.reduce(0) { $0 + $1.bytes }
    #expect(try bytes(untied, batch: 1) == Double(stored - 2 * 4096 * 128_256))
    let tied = TestModel.llama3At1B.model(.f16)
    #expect(try bytes(tied, batch: 1) == Double(tied.tensors.reduce(0) { $0 + $1.bytes }))
  }

  /// A processor whose int8 arithmetic is slower than its bytes is bound by arithmetic.
  @Test(arguments: [(1e15, RateEstimate.Bound.memoryBandwidth), (1e10, .arithmetic)])
  func theSlowerOfBytesAndArithmeticCounts(peak: Double, bound: RateEstimate.Bound) throws {
    let box = Box.test(pool: .system, peaks: ["int8": peak], deviceClass: .processor)
    let answer = Capacity.assess(
      model: TestModel.llama3At8B.model(.q4_0), box: box,
      settings: CheckSettings(context: 512, depth: 0))
    #expect(answer.decode?.boundBy == bound)
  }

  /// `model` where half of its weights have room, on a disk of `disk` and mapped reading of `mapped` bytes a second:
  /// seconds a token at best and at worst, and the same in memory.
  private func halfResident(
    _ model: Model, disk: Double, mapped: Double? = nil, _ reading: WeightReading = .mapped
  ) throws -> (half: RateEstimate, whole: RateEstimate) {
    var box = Box.test(pool: .system, disk: disk)
    box.diskReadMapped = mapped.map { Estimate(exactly: $0) }
    let settings = CheckSettings(context: 256, depth: 0)
    let whole = Capacity.assess(model: model, box: box, settings: settings)
    var streaming = settings
    streaming.weightReading = reading
    let besides = whole.required - whole.ledger.total(.weights) - whole.ledger.total(.system)
    let walked = Int(WeightProfile(model).walkedBytes)
    streaming.memory = besides + Bytes(walked / 2)
    let half = Capacity.assess(model: model, box: box, settings: streaming).decode
    return (try #require(half), try #require(whole.decode))
  }

  /// A scan larger than memory finds nothing of it there: all is read again, at best hiding the rest.
  @Test func aScanIsReadWhole() throws {
    let model = TestModel.llama3At8B.model(.q8_0)
    let (half, whole) = try halfResident(model, disk: 2e9, mapped: 1e9)
    let touched = Double(half.bytesPerStep.count)
    let memory = 1 / whole.tokensPerSecond.value
    #expect(half.boundBy == .disk)
    #expect(abs(1 / half.tokensPerSecond.high - touched / 1e9) < 1e-2)
    #expect(abs(1 / half.tokensPerSecond.low - memory - touched / 1e9) < 1e-2)
    // Who keeps the right half reads the other one alone, as fast as the disk goes: no claim is above that.
    #expect(abs(1 / half.limit - touched / 2 / 2e9) < 1e-2)
  }

  @Test func pastThePageCacheTheDisksOwnRateCounts() throws {
    let model = TestModel.llama3At8B.model(.q8_0)
    let half = try halfResident(model, disk: 2e9, mapped: 1e9, .direct).half
    #expect(
      abs(1 / half.tokensPerSecond.high - Double(half.bytesPerStep.count) / 2e9) < 1e-2)
  }

  /// Experts are chosen anew for each token: at best those that have room are met in memory.
  @Test func expertsMayBeMetInMemory() throws {
    let model = try ModelReader.read("qwen3-30b-a3b")
    let (half, whole) = try halfResident(model, disk: 1e9)
    let touched = Double(half.bytesPerStep.count)
    #expect(abs(1 / half.tokensPerSecond.high - touched / 2 / 1e9) < touched / 1e9 * 0.05)
    let worst = 1 / half.tokensPerSecond.low - 1 / whole.tokensPerSecond.low
    #expect(abs(worst - touched / 1e9) < touched / 1e9 * 0.05)
  }

  @Test func nothingIsSaidOfStreamingFromAnUnknownDisk() {
    let settings = CheckSettings(memory: .gibibytes(5))
    let answer = Capacity.assess(
      model: TestModel.llama3At8B.model(.q8_0), box: .test(pool: .system), settings: settings)
    #expect(answer.verdict == .streams)
    #expect(answer.decode == nil)
    #expect(answer.warnings.contains { $0.code == "disk-unknown" })
  }

  /// Two boxes hold half of the layers each, and the fuller one the output; the link adds at least its
  /// transfer and never helps.
  @Test func splittingSavesMemoryAndCostsTime() throws {
    let model = TestModel.llama3At70B.model(.q4_0)
    let one = Capacity.assess(model: model, box: .test())
    let two = Capacity.assess(model: model, box: .test(), settings: CheckSettings(boxes: 2))
    let alone = try #require(one.decode).tokensPerSecond
    let split = try #require(two.decode).tokensPerSecond
    #expect(two.ledger.total(.cache).count == one.ledger.total(.cache).count / 2)
    let output = try #require(one.ledger.lines.first { $0.item == "weights: output" }).bytes.count
    let layers = one.ledger.total(.weights).count - output
    #expect(abs(two.ledger.total(.weights).count - (layers / 2 + output)) <= 4)
    #expect(two.required < one.required)
    #expect(1 / split.high - 1 / alone.high >= 2 * 8192 / 1.25e9)
    #expect(split.low < split.value && split.value < split.high)
  }

  private func bytes(_ model: Model, batch: Int) throws -> Double {
    let settings = CheckSettings(
      context: 256, depth: 0, batch: batch, memory: Bytes(Int.max))
    let answer = Capacity.assess(model: model, box: .test(), settings: settings)
    return Double(try #require(answer.decode).bytesPerStep.count)
  }
}
