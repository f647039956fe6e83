import Capacity
import Models
import Tensors
import Testing
import Units

@Suite struct CacheTests {
  /// Source: geometry and arithmetic of the models' own pages.
  @Test(arguments: [
    (TestModel.llama3At70B.geometry, 327_680), (TestModel.qwen3At235B.geometry, 192_512),
    (ModelGeometry.deepSeekV3, 70_272),
  ])
  func bytesOfATokenInF16(geometry: ModelGeometry, expected: Int) {
    #expect(cache(geometry, context: 1, runtime: .plimsoll) == expected)
  }

  @Test(arguments: [
    (CacheType.f32, 4.0), (.f16, 2), (.bf16, 2), (.fp8, 1), (.q8, 34.0 / 32), (.q4, 18.0 / 32),
  ])
  func typesScaleWithTheirBlocks(type: CacheType, bytes: Double) {
    let elements = 80 * 8 * 256 * 1024
    let found = cache(
      TestModel.llama3At70B.geometry, context: 1024, runtime: .llamaCpp, type: type)
    #expect(Double(found) == bytes * Double(elements))
  }

  @Test(arguments: [(1, 256), (256, 256), (257, 512), (8192, 8192), (8193, 8448)])
  func cellsArePaddedTo256(context: Int, cells: Int) {
    #expect(cache(TestModel.llama3At8B.geometry, context: context) == cells * 131_072)
  }

  @Test(arguments: [(1, 16), (16, 16), (17, 32), (8000, 8000)])
  func vllmCountsBlocksOf16(context: Int, cells: Int) {
    #expect(
      cache(TestModel.llama3At8B.geometry, context: context, runtime: .vllm) == cells * 131_072)
  }

  /// A window of 1024 with micro-batches of 512: pad256(1536) cells; under vLLM
  /// ceil((1023 + 2048) / 16) + 1 = 193 blocks; for plimsoll the window itself.
  @Test(arguments: [(Runtime.llamaCpp, 1536), (.vllm, 3088), (.plimsoll, 1024)])
  func windowsDependOnTheRuntime(runtime: Runtime, cells: Int) {
    var shape = TestModel.llama3At8B
    shape.window = 1024
    #expect(cache(shape.geometry, context: 32768, runtime: runtime) == cells * 131_072)
    #expect(cache(shape.geometry, context: 512, runtime: runtime) == 512 * 131_072)
  }

  @Test(arguments: [(Runtime.llamaCpp, 32768), (.vllm, 3088), (.plimsoll, 1024)])
  func phi3KeepsEveryTokenUnderLlamaCpp(runtime: Runtime, cells: Int) {
    var shape = TestModel.llama3At8B
    shape.window = 1024
    var geometry = shape.geometry
    geometry.architecture = "phi3"
    #expect(cache(geometry, context: 32768, runtime: runtime) == cells * 131_072)
  }

  /// Both the cache of a layer and the state of the recurrent part beside its attention, as in Falcon-H1.
  @Test func statesBesideAttentionAreCounted() {
    var geometry = TestModel.llama3At8B.geometry
    let alone = cache(geometry, context: 4096)
    for index in geometry.layers.indices { geometry.layers[index].parallelState = 1000 }
    #expect(cache(geometry, context: 4096) == alone + 32 * 4000)
    #expect(cache(geometry, context: 8192) == 2 * alone + 32 * 4000)
  }

  @Test func sequencesMultiplyAndSharedLayersAreFree() {
    var geometry = TestModel.llama3At8B.geometry
    let one = cache(geometry, context: 4096)
    #expect(cache(geometry, context: 4096, batch: 7) == 7 * one)
    geometry.layers[31].mixer = .sharedCache(
      heads: 32, keyLength: 128, valueLength: 128, window: nil)
    #expect(cache(geometry, context: 4096) == one / 32 * 31)
    geometry.layers[0].mixer = .none
    #expect(cache(geometry, context: 4096) == one / 32 * 30)
  }

  /// A recurrent state is held once a sequence, in f32, however long the context.
  @Test(arguments: [256, 65536])
  func recurrentStatesDoNotGrow(context: Int) {
    var geometry = TestModel.llama3At1B.geometry
    for index in geometry.layers.indices {
      geometry.layers[index].mixer = .recurrent(stateElements: 1000)
    }
    #expect(cache(geometry, context: context, batch: 3) == 16 * 4000 * 3)
  }

  @Test func formulasShowTheirNumbers() throws {
    let ledger = assess(TestModel.llama3At70B.geometry, CheckSettings(context: 8192)).ledger
    let line = try #require(ledger.lines.first { $0.item == "kv cache" })
    #expect(line.formula == "80 layers × 8,192 cells × 8 heads × (128 + 128) × 2 B")
    #expect(line.bytes == Bytes(80 * 8192 * 8 * 256 * 2))
  }

  private func cache(
    _ geometry: ModelGeometry, context: Int, runtime: Runtime = .llamaCpp, batch: Int = 1,
    type: CacheType = .f16
  ) -> Int {
    let settings = CheckSettings(
      context: context, batch: batch, cacheType: type, runtime: runtime)
    return assess(geometry, settings).ledger.total(.cache).count
  }

  private func assess(_ geometry: ModelGeometry, _ settings: CheckSettings) -> Assessment {
    let model = Model(
      name: "cache", geometry: geometry, tensors: [], quantisation: "F16",
      origin: .catalogue(source: "the test"))
    return Capacity.assess(model: model, box: .test(), settings: settings)
  }
}
