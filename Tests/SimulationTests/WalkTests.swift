import Kernels
import Tensors
import Testing
import Units

@testable import Models
@testable import Simulation

/// Walks: what they read, and whether they compute what they say.
struct WalkTests {
  private static let types: [ElementType] = [
    .q4_0, .q8_0, .mxfp4, .q4K, .q5K, .q6K, .f32, .f16, .bf16,
  ]
  private static let settings = DecodeWalk.Settings(
    context: 40, cacheType: .f16, touchOnly: false, skew: 1, seed: 3)

  private func source(_ layout: WalkLayout, _ table: KernelTable) throws -> (
    MemorySource, RandomWeights
  ) {
    let weights = try RandomWeights(layout, seed: 3, table: table)
    let buffer = try AlignedBuffer(byteCount: layout.byteCount, pages: .small)
    buffer.withBytes { weights.fill(0..<$0.count, $0) }
    return (MemorySource(buffer), weights)
  }

  @Test(arguments: types)
  func productsAreRight(type: ElementType) throws {
    for table in KernelTable.supported {
      let layout = try WalkLayout(WalkModels.dense(type), table: table)
      let (source, weights) = try source(layout, table)
      let walk = try DecodeWalk(
        layout, source, Self.settings, table: table, on: WorkerPool(threadCount: 2))
      let check = WalkCheck(layout: layout, weights: weights, input: walk.input)
      let outcome = try walk.checked(by: check) { false }
      #expect(outcome.failure == nil)
      // Three rows of seven matrices of two layers, and of the output.
      #expect(outcome.compared == 45)
      #expect(outcome.worst > 0 && outcome.worst <= 1)
    }
  }

  @Test(arguments: [ElementType.q4_0, .q8_0, .mxfp4, .q4K, .q5K, .q6K])
  func damageIsFound(type: ElementType) throws {
    let table = KernelTable.best
    let layout = try WalkLayout(WalkModels.dense(type), table: table)
    let (source, weights) = try source(layout, table)
    let output = try #require(layout.tensors.first { $0.role == .output })
    // What is read is not what was generated: all of the last matrix comes from elsewhere.
    source.buffer.withBytes { bytes in
      let part = UnsafeMutableRawBufferPointer(
        rebasing: bytes[output.offset..<output.offset + output.byteCount])
      part.copyBytes(from: Array(part.reversed()))
    }
    let walk = try DecodeWalk(
      layout, source, Self.settings, table: table, on: WorkerPool(threadCount: 1))
    let check = WalkCheck(layout: layout, weights: weights, input: walk.input)
    let outcome = try walk.checked(by: check) { false }
    #expect(outcome.failure != nil)
  }

  @Test func blocksAreRepackedOnTheWay() throws {
    let table = KernelTable.best
    let model = WalkModels.dense(.q4K)
    var places: [String: GGUFDecoder.StoredTensor] = [:]
    var end = 64
    for tensor in model.tensors {
      places[tensor.name] = .init(
        path: "a", offset: end, bytes: tensor.bytes, type: tensor.type, shape: tensor.shape)
      end += (tensor.bytes + 31) / 32 * 32
    }
    let layout = try WalkLayout(model, places: places, starts: ["a": 0], table: table)
    #expect(layout.tensors.contains { $0.form == .blocks })
    let (source, _) = try source(layout, table)
    let walk = try DecodeWalk(
      layout, source, Self.settings, table: table, on: WorkerPool(threadCount: 2))
    let outcome = try walk.checked(
      by: WalkCheck(layout: layout, weights: nil, input: walk.input)
    ) { false }
    #expect(outcome.failure == nil)
    #expect(outcome.compared == 45)
  }

  @Test func anyRangeIsTheSame() throws {
    let table = KernelTable.best
    let layout = try WalkLayout(WalkModels.dense(.q6K), table: table)
    let (source, weights) = try source(layout, table)
    let whole = source.buffer.withBytes { Array($0) }
    for (first, count) in [(0, 1), (1, 999), (63, 70_000), (layout.byteCount - 5, 5)] {
      let part = try AlignedBuffer(byteCount: count, pages: .small)
      part.withBytes { weights.fill(first..<first + count, $0) }
      #expect(part.withBytes { Array($0) } == Array(whole[first..<first + count]))
    }
  }

  @Test(arguments: [false, true])
  func aTokenReadsEverythingOnce(tied: Bool) throws {
    let table = KernelTable.best
    let layout = try WalkLayout(WalkModels.dense(.q4_0, tied: tied), table: table)
    let steps = layout.steps(row: 5, experts: [[], []])
    let parts = steps.flatMap(\.parts)
    for (index, tensor) in layout.tensors.enumerated() {
      let own = parts.filter { $0.tensor == index }
      let isTable = tensor.role == .tokenEmbedding
      #expect(own.count == (isTable && tied ? 2 : 1))
      let due = isTable && !tied ? tensor.row(5) : tensor.offset..<tensor.offset + tensor.byteCount
      #expect(own.last?.bytes == due)
    }
    // Where the output is the embedding, it lies at the start and the last norm at the end.
    #expect(steps.map(\.layer) == [nil, 0, 0, 1, 1, nil] + (tied ? [nil] : []))
    #expect(steps.map(\.mixes) == [false, true, false, true, false, false] + (tied ? [false] : []))
  }

  @Test func tensorsDoNotOverlap() throws {
    let model = try ModelReader.read("llama-3.1-70b")
    let layout = try WalkLayout(model, table: .best)
    for (a, b) in zip(layout.tensors, layout.tensors.dropFirst()) {
      #expect(a.offset + a.byteCount <= b.offset && b.offset % 64 == 0)
    }
    let stored = model.tensors.reduce(0) { $0 + $1.bytes }
    #expect(layout.byteCount >= stored && layout.byteCount < stored + stored / 25)
    let steps = layout.steps(row: 0, experts: Array(repeating: [], count: 80))
    #expect(steps.allSatisfy { $0.bytes.count <= WalkLayout.longestStep })
  }

  @Test func aTokenReadsTheExpertsOfItsRouter() throws {
    let layout = try WalkLayout(WalkModels.experts(count: 8, used: 3), table: .best)
    let steps = layout.steps(row: 0, experts: [[1, 2, 7]])
    for name in ["blk.0.ffn_up_exps.weight", "blk.0.ffn_down_exps.weight"] {
      let index = try #require(layout.tensors.firstIndex { $0.name == name })
      let tensor = layout.tensors[index]
      let parts = steps.flatMap(\.parts).filter { $0.tensor == index }
      #expect(parts.map(\.matrix) == [1, 2, 7])
      #expect(parts.allSatisfy { $0.bytes.count == tensor.matrixBytes })
    }
    let read = steps.flatMap(\.parts).filter { layout.tensors[$0.tensor].layer == 0 }
    #expect(read.reduce(0) { $0 + $1.bytes.count } == layout.bytesRead(layer: 0))
  }

  @Test func layersAreThoseAskedFor() throws {
    let model = WalkModels.dense(.q4_0)
    let layout = try WalkLayout(model, layers: 1, table: .best)
    #expect((layout.layers, layout.layersTotal) == (1, 2))
    #expect(!layout.tensors.contains { $0.layer == 1 })
    #expect(throws: SimulationError.self) { try WalkLayout(model, layers: 3, table: .best) }
    #expect(throws: SimulationError.self) { try WalkLayout(model, layers: 0, table: .best) }
  }

  @Test func rateOfAPartIsScaledByBytes() throws {
    // Two layers of 100 bytes take 1 and 3 s, the rest 1 s; six more layers of 100 bytes: 12 s.
    let part = WalkRate(
      seconds: [5, 5, 5], layerSeconds: [[1, 3], [1, 3], [1, 3]], layerBytes: [100, 100],
      missing: (bytes: 600, layers: 6))
    let rate = try #require(part.tokensPerSecond)
    #expect(abs(rate.value - 1 / 17.0) < 1e-12)
    // σ = √2 a layer: 1.96 · √2 · √(36 / 2 + 6) s = 13.58 s; what was walked is never undone.
    let spread = 1.96 * 2.0.squareRoot() * 24.0.squareRoot()
    #expect(abs(rate.low - 1 / (17 + spread)) < 1e-12)
    #expect(abs(rate.high - 1 / 5.0) < 1e-12)
    let whole = WalkRate(
      seconds: [2, 4, 8], layerSeconds: [[1], [1], [1]], layerBytes: [1], missing: (0, 0))
    #expect(whole.tokensPerSecond == .init(value: 0.25, low: 0.125, high: 0.5))
  }
}

/// A whole simulation that somebody ends.
@Suite struct SimulationTests {
  @Test(arguments: [0, 1])
  func whatIsKnownIsTold(tokens: Int) throws {
    let walk = DecodeWalk.Settings(
      context: 16, cacheType: .f16, touchOnly: false, skew: 1, seed: 3)
    let simulation = try Simulation(
      WalkModels.dense(.q4_0),
      SimulationSettings(
        backing: .anonymous, policy: .hugepage, tokens: 4, layers: nil, walk: walk,
        directory: "/", keep: false, asItLies: false, budget: .gibibytes(1)),
      table: .best, on: WorkerPool(threadCount: 1))
    let steps = simulation.layout.steps(row: 0, experts: [[], []])
    // Asked before each step, and once before the weights are laid out.
    var asked = 0
    let result = try simulation.run(isInterrupted: {
      asked += 1
      return asked > 1 + tokens * steps.count + 2
    })
    #expect(result.isInterrupted && result.tokens.count == tokens)
    let unfinished = try #require(result.unfinished)
    #expect(unfinished.weightBytes == Bytes(steps[0].weightBytes + steps[1].weightBytes))
    #expect(unfinished.ofBytes == Bytes(steps.reduce(0) { $0 + $1.weightBytes }))
    #expect(unfinished.evidence.seconds > 0)
    #expect((result.tokensPerSecond == nil) == (tokens == 0))
  }
}
