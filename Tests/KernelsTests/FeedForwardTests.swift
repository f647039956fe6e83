import KernelReference
import Tensors
import Testing

@testable import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Feed-forward networks, dense, of experts and shared, against Double.
@Suite struct FeedForwardTests {
  private static let (hidden, width) = (256, 512)
  private static let kinds: [[ElementType]] = [
    [.f32, .f32, .f32], [.f16, .f16, .f16], [.bf16, .bf16, .bf16], [.q4_0, .q4_0, .q4_0],
    [.q8_0, .q8_0, .q8_0], [.mxfp4, .mxfp4, .mxfp4], [.q4K, .q4K, .q6K], [.q5K, .q5K, .q6K],
    [.q4K, .q8_0, .f16],
  ]

  /// Networks of three types of weights.
  private struct Networks {
    let gate: WeightData
    let up: WeightData
    let down: WeightData
    let weights: FeedForwardWeights

    init(_ types: [ElementType], count: Int, table: KernelTable, on pool: WorkerPool) throws {
      func data(_ index: Int, _ rows: Int, _ columns: Int) throws -> WeightData {
        try WeightData(
          types[index], count: count, rows: rows, columns: columns, seed: UInt64(index + 1),
          table: table, on: pool)
      }
      gate = try data(0, width, hidden)
      up = try data(1, width, hidden)
      down = try data(2, hidden, width)
      weights = try FeedForwardWeights(gate: gate.matrix, up: up.matrix, down: down.matrix)
    }

    /// The output of network `index` for one token.
    func exact(_ index: Int, _ x: [Float]) -> [Reference.Bounded] {
      Reference.feedForward(
        x, gate: gate.values(index), up: up.values(index), down: down.values(index),
        scaleColumns: (gate.scaleColumns, up.scaleColumns, down.scaleColumns))
    }
  }

  private static func token(_ x: [Float], _ token: Int) -> [Float] {
    Array(x[token * hidden..<(token + 1) * hidden])
  }

  /// Whether y is `before` plus Σ weight · output within the outputs' bounds, the weights' (in
  /// roundings) and those of adding.
  private static func expect(
    _ y: ArraySlice<Float>, before: Float, roundings: Double,
    _ parts: [(weight: Double, output: [Reference.Bounded])]
  ) {
    for (index, number) in y.enumerated() {
      var (sum, bound, magnitude) = (Double(before), 0.0, abs(Double(before)))
      for (weight, output) in parts {
        sum += weight * output[index].value
        bound += weight * output[index].bound
        magnitude += weight * (abs(output[index].value) + output[index].bound)
      }
      bound += Reference.gamma(roundings + 2 * Double(parts.count)) * magnitude
      #expect(abs(Double(number) - sum) <= bound)
    }
  }

  @Test(arguments: KernelTable.supported.map(\.instructionSet), kinds)
  func denseAgreesWithTheOracle(name: InstructionSetName, types: [ElementType]) throws {
    let table = try #require(KernelTable.named(name))
    for (tokens, threads) in [(1, 2), (3, 1), (5, 3)] {
      let pool = WorkerPool(threadCount: threads)
      let networks = try Networks(types, count: 1, table: table, on: pool)
      let x = AttentionCase.numbers(tokens * Self.hidden, seed: 7)
      var y = [Float](repeating: 0.5, count: tokens * Self.hidden + 1)
      try FeedForward(table: table).add(networks.weights, x, tokens: tokens, to: &y, on: pool)
      for token in 0..<tokens {
        Self.expect(
          y[token * Self.hidden..<(token + 1) * Self.hidden], before: 0.5, roundings: 0,
          [(1, networks.exact(0, Self.token(x, token)))])
      }
      #expect(y[tokens * Self.hidden] == 0.5)
    }
  }

  @Test(
    arguments: KernelTable.supported.map(\.instructionSet), [kinds[0], kinds[3], kinds[6]])
  func expertsAgreeWithTheOracle(name: InstructionSetName, types: [ElementType]) throws {
    let table = try #require(KernelTable.named(name))
    let experts = 5
    let router = try ExpertRouter(experts: experts, used: 2, scale: 1.5)
    let pool = WorkerPool(threadCount: 2)
    let networks = try Networks(types, count: experts, table: table, on: pool)
    let work = FeedForward(table: table)
    for tokens in [4, 1, 2] {
      let x = AttentionCase.numbers(tokens * Self.hidden, seed: 8)
      let logits = AttentionCase.numbers(tokens * experts, seed: 9)
      var y = [Float](repeating: -0.25, count: tokens * Self.hidden + 1)
      try work.add(
        networks.weights, router: router, logits: logits, x, tokens: tokens, to: &y, on: pool)
      for token in 0..<tokens {
        let own = Array(logits[token * experts..<(token + 1) * experts])
        let scores = Reference.scores(own, isSigmoid: false)
        let choice = Reference.choice(scores, bias: [], groups: (1, 1), count: 2)
        let sum = choice.reduce(0) { $0 + scores[$1] }
        Self.expect(
          y[token * Self.hidden..<(token + 1) * Self.hidden], before: -0.25,
          roundings: Double(2 * experts + 4 * 2 + 16),
          choice.map {
            (1.5 * scores[$0] / sum, networks.exact($0, Self.token(x, token)))
          })
      }
      #expect(y[tokens * Self.hidden] == -0.25)
    }
  }

  /// A shared expert: its output times σ(gate · x); f32 keeps the gate's own error small.
  @Test(
    arguments: KernelTable.supported.map(\.instructionSet), [kinds[0], kinds[3], kinds[6]])
  func sharedExpertIsGated(name: InstructionSetName, types: [ElementType]) throws {
    let table = try #require(KernelTable.named(name))
    let pool = WorkerPool(threadCount: 2)
    let networks = try Networks(types, count: 1, table: table, on: pool)
    let gate = AttentionCase.numbers(Self.hidden, seed: 10)
    let work = FeedForward(table: table)
    for tokens in [1, 3, 0] {
      let x = AttentionCase.numbers(tokens * Self.hidden, seed: 11)
      var y = [Float](repeating: 2, count: tokens * Self.hidden + 1)
      try gate.withUnsafeBytes { bytes in
        let gate = try WeightMatrix(
          try #require(bytes.baseAddress), type: .f32, rows: 1, columns: Self.hidden, table: table,
          on: pool)
        try work.add(networks.weights, gatedBy: gate, x, tokens: tokens, to: &y, on: pool)
      }
      for token in 0..<tokens {
        let own = Self.token(x, token)
        let logit = Reference.dot(gate, own, count: Self.hidden, stride: 1)
        // σ's relative slope is at most 1, so that the logit's error is one of the weight.
        Self.expect(
          y[token * Self.hidden..<(token + 1) * Self.hidden], before: 2,
          roundings: logit.bound / 0x1p-24 + abs(logit.value) + 6,
          [(1 / (1 + exp(-logit.value)), networks.exact(0, own))])
      }
      #expect(y[tokens * Self.hidden] == 2)
    }
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let (table, pool) = (KernelTable.best, WorkerPool(threadCount: 1))
    func matrix(_ count: Int, _ rows: Int, _ columns: Int) throws -> WeightMatrix {
      try WeightData(
        .f32, count: count, rows: rows, columns: columns, seed: 1, table: table, on: pool
      ).matrix
    }
    for down in [try matrix(2, 4, 7), try matrix(2, 5, 8), try matrix(1, 4, 8)] {
      #expect(throws: KernelError.self) {
        try FeedForwardWeights(gate: matrix(2, 8, 4), up: matrix(2, 8, 4), down: down)
      }
    }
    let data = try Networks(Self.kinds[0], count: 2, table: table, on: pool)
    let work = FeedForward(table: table)
    let x = [Float](repeating: 1, count: Self.hidden)
    var y = [Float](repeating: 7, count: Self.hidden)
    let router = try ExpertRouter(experts: 3, used: 1)
    let right = try ExpertRouter(experts: 2, used: 1)
    let gate = try matrix(1, 2, Self.hidden)
    #expect(throws: KernelError.self) {
      try work.add(
        data.weights, router: router, logits: [1, 2, 3], x, tokens: 1, to: &y, on: pool)
    }
    #expect(throws: KernelError.self) {
      try work.add(data.weights, router: right, logits: [1, 2], x, tokens: -1, to: &y, on: pool)
    }
    #expect(throws: KernelError.self) {
      try work.add(data.weights, x, tokens: -1, to: &y, on: pool)
    }
    #expect(throws: KernelError.self) {
      try work.add(data.weights, gatedBy: gate, x, tokens: 1, to: &y, on: pool)
    }
    #expect(y.allSatisfy { $0 == 7 })
  }
}
