import KernelReference
import Tensors
import Testing

@testable import Kernels

/// Several products of one input, held against Double.
@Suite struct LinearInputTests {
  private static let columns = 512
  private static let types: [ElementType] = [.q4_0, .f32, .q6K, .bf16, .mxfp4, .f16, .q4K, .q8_0]

  private func expect(
    _ y: ArraySlice<Float>, _ weights: WeightData, matrix: Int = 0, _ x: ArraySlice<Float>
  ) {
    let exact = Reference.linear(
      weights.values(matrix), x,
      scaleColumns: weights.scaleColumns)
    #expect(y.count == exact.count)
    #expect(
      zip(y, exact).allSatisfy { abs(Double($0) - $1.value) <= $1.bound }, "\(weights.matrix.type)")
  }

  /// Narrow, wide and plain weights in turn; the second round finds the input quantised already.
  @Test(arguments: KernelTable.supported.map(\.instructionSet), [(1, 1), (2, 3), (3, 2), (9, 40)])
  func allKindsTakeOneInput(name: InstructionSetName, shape: (Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    let (tokens, threads) = shape
    let pool = WorkerPool(threadCount: threads)
    let input = LinearInput(table: table)
    let weights = try Self.types.enumerated().map { index, type in
      try WeightData(
        type, rows: 5 * index + 1, columns: Self.columns, seed: UInt64(index), table: table,
        on: pool)
    }
    for seed in 1...2 as ClosedRange<UInt64> {
      let x = AttentionCase.numbers(tokens * Self.columns, seed: seed)
      input.set(x, tokens: tokens, columns: Self.columns)
      for _ in 1...2 {
        let starts = weights.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.matrix.rows) }
        let total = starts[weights.count] * tokens
        var y = [Float](repeating: 7, count: total + 1)
        try y.withUnsafeMutableBufferPointer { y in
          let base = try #require(y.baseAddress)
          try input.run(
            zip(weights, starts).map {
              LinearInput.Product($0.matrix, into: base + $1 * tokens)
            }, on: pool)
        }
        #expect(y[total] == 7)
        for (weights, start) in zip(weights, starts) {
          let rows = weights.matrix.rows
          for token in 0..<tokens {
            let first = start * tokens + token * rows
            expect(
              y[first..<first + rows], weights,
              x[token * Self.columns..<(token + 1) * Self.columns])
          }
        }
      }
    }
  }

  /// Rows in any order, some twice, in groups of which one is empty, for matrices of a stack.
  @Test(
    arguments: KernelTable.supported.map(\.instructionSet),
    [.q8_0, .q5K, .f32, .f16] as [ElementType])
  func groupsGoToTheirMatrices(name: InstructionSetName, type: ElementType) throws {
    let table = try #require(KernelTable.named(name))
    let (rows, order, groups) = (19, [3, 0, 3, 1, 2, 0], [2, 0, 1, 3])
    for threads in [1, 5] {
      let pool = WorkerPool(threadCount: threads)
      let weights = try WeightData(
        type, count: 4, rows: rows, columns: Self.columns, seed: 3, table: table, on: pool)
      let x = AttentionCase.numbers(4 * Self.columns, seed: 4)
      let input = LinearInput(table: table)
      input.set(x, columns: Self.columns, order: order, groups: groups)
      var y = [Float](repeating: 7, count: order.count * rows + 1)
      try y.withUnsafeMutableBufferPointer { y in
        let base = try #require(y.baseAddress)
        var first = 0
        var products: [LinearInput.Product] = []
        for (group, size) in groups.enumerated() {
          products.append(
            LinearInput.Product(
              weights.matrix, matrix: 3 - group, group: group, into: base + first * rows))
          first += size
        }
        try input.run(products, on: pool)
      }
      let matrices = zip(groups, [3, 2, 1, 0]).flatMap { [Int](repeating: $1, count: $0) }
      for (place, row) in order.enumerated() {
        expect(
          y[place * rows..<(place + 1) * rows], weights, matrix: matrices[place],
          x[row * Self.columns..<(row + 1) * Self.columns])
      }
      #expect(y[order.count * rows] == 7)
    }
  }

  @Test(arguments: [.f32, .q4_0, .q6K] as [ElementType])
  func whatDoesNotFitIsAnError(type: ElementType) throws {
    let pool = WorkerPool(threadCount: 2)
    let weights = try WeightData(
      type, count: 2, rows: 3, columns: 256, seed: 1, table: .best, on: pool)
    let x = [Float](repeating: 1, count: 4 * 512)
    let input = LinearInput(table: .best)
    func fails(matrix: Int = 0, group: Int = 0) {
      var y = [Float](repeating: 7, count: 12)
      #expect(throws: KernelError.self) {
        try input.run(
          [LinearInput.Product(weights.matrix, matrix: matrix, group: group, into: &y)], on: pool)
      }
      #expect(y.allSatisfy { $0 == 7 })
    }
    fails()  // nothing set
    input.set(x, tokens: 1, columns: 512)
    fails()
    input.set(x, tokens: -1, columns: 256)
    fails()
    input.set(x, columns: 256, order: [0, 1], groups: [1, 2])
    fails()
    input.set(x, columns: 256, order: [0, 1], groups: [3, -1])
    fails()
    input.set(x, columns: 256, order: [0, 1], groups: [1, 1])
    fails(matrix: 2)
    fails(matrix: -1)
    fails(group: 2)
    fails(group: -1)
  }

  @Test(arguments: [.f32, .q4_0, .q6K] as [ElementType])
  func noRowsAreNoWork(type: ElementType) throws {
    let pool = WorkerPool(threadCount: 2)
    let weights = try WeightData(type, rows: 3, columns: 256, seed: 1, table: .best, on: pool)
    let input = LinearInput(table: .best)
    input.set([1], tokens: 0, columns: 256)
    var y: [Float] = [7]
    try input.run([LinearInput.Product(weights.matrix, into: &y)], on: pool)
    try input.run([], on: pool)
    #expect(y == [7])
  }
}

@Suite struct WeightMatrixTests {
  @Test(arguments: [.f32, .f16, .bf16, .q4_0, .q6K] as [ElementType])
  func extentsAreChecked(type: ElementType) {
    let pool = WorkerPool(threadCount: 1)
    let huge = Int.max / 2 / 256 * 256
    for (count, rows, columns) in [
      (0, 1, 256), (1, 0, 256), (1, 1, 0), (-1, 1, 256), (1, -1, 256), (1, 1, -256),
      (huge, 2, 256), (2, huge, 256), (1, 1 << 40, 1 << 40), (1, 2, huge),
    ] {
      #expect(throws: KernelError.self) {
        try WeightMatrix(
          [UInt8(0)], type: type, count: count, rows: rows, columns: columns, table: .best,
          on: pool)
      }
    }
  }

  @Test(arguments: [.iq1S, .i32, .f64] as [ElementType])
  func typesWithoutKernelsAreErrors(type: ElementType) {
    #expect(throws: KernelError.self) {
      try WeightMatrix(
        [UInt8](repeating: 0, count: 1 << 12), type: type, rows: 1, columns: 256, table: .best,
        on: WorkerPool(threadCount: 1))
    }
  }

  @Test func bytesAreThoseThatAProductReads() throws {
    let pool = WorkerPool(threadCount: 1)
    let plain = try WeightData(
      .bf16, count: 3, rows: 5, columns: 7, seed: 1, table: .best, on: pool)
    #expect(plain.matrix.byteCount == 2 * 3 * 5 * 7)
    let packed = try WeightData(.q8_0, rows: 64, columns: 256, seed: 1, table: .best, on: pool)
    #expect(packed.matrix.byteCount >= 34 * 64 * 256 / 32)
  }
}

/// Several products as one job: who multiplies what, in all divisions.
@Suite struct PackedProductTests {
  /// More threads than panels, products of several sizes and formats, groups of no token.
  @Test(arguments: [1, 2, 3, 7, 16])
  func everyRowIsComputedOnce(threads: Int) throws {
    let table = KernelTable.best
    let pool = WorkerPool(threadCount: threads)
    let (columns, groups) = (256, [2, 0, 1])
    let x = AttentionCase.numbers(3 * columns, seed: 1)
    let (narrow, wide) = (QuantisedActivations(), QuantisedActivations())
    try narrow.quantise(
      x, order: [0, 1, 2], groups: groups, columns: columns, for: .q4_0, table: table, on: pool)
    try wide.quantise(
      x, order: [0, 1, 2], groups: groups, columns: columns, for: .q4K, table: table, on: pool)
    let cases: [(ElementType, rows: Int, group: Int)] = [
      (.q4_0, 1, 0), (.q6K, 40, 2), (.q8_0, 9, 1), (.q4K, 33, 0), (.q8_0, 17, 2), (.q5K, 3, 1),
    ]
    let distance = 41
    var y = [Float](repeating: 7, count: cases.count * 2 * distance)
    let weights = try cases.map { type, rows, _ in
      try PackedWeightsData(type, rows: rows, columns: columns, table: table, on: pool)
    }
    try y.withUnsafeMutableBufferPointer { y in
      let base = try #require(y.baseAddress)
      let products = try zip(cases, weights).enumerated().map { index, pair in
        try PackedProduct(
          pair.1.packed, pair.1.packed.kernels.isWide ? wide : narrow, group: pair.0.group,
          into: base + index * 2 * distance, distance: distance)
      }
      PackedProduct.run(products, on: pool)
      PackedProduct.run([], on: pool)
    }
    for (index, (_, rows, group)) in cases.enumerated() {
      for slot in 0..<2 {
        let own = y[(index * 2 + slot) * distance..<(index * 2 + slot + 1) * distance]
        guard slot < groups[group] else {
          #expect(own.allSatisfy { $0 == 7 })
          continue
        }
        let token = group == 2 ? 2 : slot
        let exact = Reference.linear(
          weights[index].values,
          x[token * columns..<(token + 1) * columns],
          scaleColumns: weights[index].packed.kernels.isWide ? 256 : 32)
        #expect(zip(own, exact).allSatisfy { abs(Double($0) - $1.value) <= $1.bound })
        #expect(own.dropFirst(rows).allSatisfy { $0 == 7 })
      }
    }
  }

  @Test func rowsOfResultsMayNotOverlap() throws {
    let pool = WorkerPool(threadCount: 1)
    let weights = try PackedWeightsData(.q8_0, rows: 9, columns: 32, table: .best, on: pool)
    let x = QuantisedActivations()
    try x.quantise(
      [Float](repeating: 1, count: 64), tokens: 2, columns: 32, for: .q8_0, table: .best, on: pool)
    var y = [Float](repeating: 7, count: 18)
    #expect(throws: KernelError.self) {
      try PackedProduct(weights.packed, x, into: &y, distance: 8)
    }
  }
}

/// Packed weights of a seed, and what they are.
private struct PackedWeightsData {
  let packed: PackedWeights
  let values: [Float]

  init(
    _ type: ElementType, rows: Int, columns: Int, table: KernelTable, on pool: WorkerPool
  ) throws {
    let data = try WeightData(
      type, rows: rows, columns: columns, seed: UInt64(rows), table: table, on: pool)
    guard case .packed(let packed) = data.matrix.storage else {
      throw KernelError(description: "\(type.rawValue) weights are not packed")
    }
    (self.packed, values) = (packed, data.values)
  }
}
