import Capacity
import Kernels
import Models
import Statistics
import Tensors
import Testing
import Units

@testable import Simulation

/// What is predicted of a walk.
@Suite struct PredictionTests {
  private static let box = Box(
    id: "a", name: "a", measured: true, pool: .system, memoryTotal: .gibibytes(64),
    memoryAvailable: .gibibytes(64),
    readBandwidth: Estimate(value: 2e10, low: 1.8e10, high: 2.2e10),
    peaks: ["f32": 1e11, "int8": 3e11], diskRead: Estimate(exactly: 2e9),
    diskReadMapped: Estimate(exactly: 1e9), source: "the test")

  private func simulation(
    _ name: String = "llama-3.2-1b", layers: Int? = nil, policy: Policy = .normal,
    backing: Backing = .file, touchOnly: Bool = false, budget: Bytes
  ) throws -> Simulation {
    let settings = SimulationSettings(
      backing: backing, policy: policy, tokens: 2, layers: layers,
      walk: .init(context: 256, cacheType: .f16, touchOnly: touchOnly, skew: 1, seed: 1),
      directory: ".", keep: false, asItLies: false, budget: budget)
    return try Simulation(
      ModelReader.read(name), settings, table: .best, on: WorkerPool(threadCount: 1))
  }

  @Test func onlyDecodingOfRealBytesIsPredicted() throws {
    let plenty = Bytes.gibibytes(8)
    #expect(try simulation(budget: plenty).prediction(on: Self.box) != nil)
    #expect(try simulation(touchOnly: true, budget: plenty).prediction(on: Self.box) == nil)
    #expect(
      try simulation(backing: .sparse, touchOnly: true, budget: plenty)
        .prediction(on: Self.box) == nil)
    var unknown = Self.box
    unknown.diskRead = nil
    #expect(try simulation(policy: .direct, budget: plenty).prediction(on: unknown) == nil)
  }

  @Test func theTableOfTokensNeedsNoRoom() throws {
    let layout = try simulation("llama-3.1-8b", budget: .gibibytes(8)).layout
    let embedding = try #require(layout.tensors.first { $0.role == .tokenEmbedding })
    #expect(layout.walkedBytes < layout.byteCount - embedding.byteCount + (1 << 20))
    #expect(layout.walkedBytes == layout.bytesPerToken)
    let room = layout.walkedBytes + (64 << 20)
    let tight = try simulation("llama-3.1-8b", budget: Bytes(room))
    #expect(tight.staysInMemory == nil, "some MiB of buffers decide")
    let roomy = try simulation("llama-3.1-8b", budget: Bytes(room + (256 << 20)))
    #expect(roomy.staysInMemory == true)
    #expect(
      try simulation("llama-3.1-8b", budget: Bytes(layout.walkedBytes)).staysInMemory == false)
    #expect(
      try simulation("llama-3.1-8b", policy: .direct, budget: .gibibytes(64)).staysInMemory == false
    )
  }

  /// A part that is extrapolated is held against the whole as it would be walked, which differs from the part by its
  /// bytes; the part by itself is faster.
  @Test func aPartIsHeldAgainstItsExtrapolation() throws {
    let whole = try simulation("llama-3.1-8b", budget: Bytes(500 << 20))
    let part = try simulation("llama-3.1-8b", layers: 4, budget: Bytes(500 << 20))
    let rate = try #require(whole.prediction(on: Self.box)?.tokensPerSecond)
    let extrapolated = try #require(part.prediction(on: Self.box)?.tokensPerSecond)
    let alone = try #require(part.predictedPart(on: Self.box)?.tokensPerSecond)
    #expect(abs(extrapolated.low / rate.low - 1) < 0.05)
    #expect(abs(extrapolated.high / rate.high - 1) < 0.05)
    let share = Double(part.layout.bytesPerToken) / Double(whole.layout.bytesPerToken)
    #expect(abs(alone.value * share / extrapolated.value - 1) < 0.02)
    #expect(try #require(whole.predictedPart(on: Self.box)).tokensPerSecond == rate)
  }

  @Test func expertsMayBeMetInMemory() throws {
    let walk = try simulation("qwen3-30b-a3b", budget: .gibibytes(12))
    let rate = try #require(walk.prediction(on: Self.box)?.tokensPerSecond)
    let read = Double(walk.layout.bytesPerToken)
    #expect(walk.layout.walkedBytes > 5 * walk.layout.bytesPerToken)
    // At worst all that a token reads comes from the disk, at best the share that has no room.
    #expect(1 / rate.low > read / 1e9 && 1 / rate.low < read / 1e9 * 1.2)
    #expect(1 / rate.high < read / 1e9 * 0.6)
  }
}
