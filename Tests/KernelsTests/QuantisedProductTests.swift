import Tensors
import Testing

@testable import Kernels

/// Products with packed weights, against dequantised weights in Double.
@Suite struct QuantisedProductTests {
  private static let names = KernelTable.supported.map(\.instructionSet)

  /// Weights of a type, what they are, and how they are multiplied.
  private struct Case {
    let packed: PackedWeights
    let weights: [Float]
    let source: AlignedBuffer
    let table: KernelTable

    init(_ name: InstructionSetName, _ type: ElementType, rows: Int, columns: Int) throws {
      table = try #require(KernelTable.named(name))
      let bytes = try #require(type.bytes(shape: [columns, rows]))
      source = try AlignedBuffer(byteCount: bytes, pages: .small)
      source.fill(seed: UInt64(rows * columns), as: type)
      let pool = WorkerPool(threadCount: 2)
      packed = try PackedWeights(
        source.baseAddress, type: type, rows: rows, columns: columns, table: table, on: pool)
      let kernels = try #require(table.kernels(for: type))
      var all = [Float](repeating: 0, count: rows * columns)
      kernels.dequantise(source.baseAddress, rows * columns / kernels.block.columns, &all)
      weights = all
    }

    /// y for `tokens` rows of x; the number after the last must stay as it is.
    func product(_ x: [Float], tokens: Int, threads: Int) throws -> [Float] {
      let pool = WorkerPool(threadCount: threads)
      let activations = QuantisedActivations()
      try activations.quantise(
        x, tokens: tokens, columns: packed.columns, for: packed.type, table: table, on: pool)
      var y = [Float](repeating: -7, count: tokens * packed.rows + 1)
      try packed.multiply(activations, into: &y, on: pool)
      #expect(y.removeLast() == -7)
      return y
    }

    /// Σ w · x of a row and a token, and Σ |w · x|, in Double.
    func exact(_ x: [Float], row: Int, token: Int) -> (sum: Double, magnitude: Double) {
      var (sum, magnitude) = (0.0, 0.0)
      for column in 0..<packed.columns {
        let product =
          Double(weights[row * packed.columns + column])
          * Double(x[token * packed.columns + column])
        sum += product
        magnitude += abs(product)
      }
      return (sum, magnitude)
    }
  }

  /// Activations that are whole multiples of their scale are quantised without error, so that only
  /// roundings of f32 remain: the sharpest test of every lane and column.
  @Test(
    arguments: names, BlockFormatTests.types.map { $0 })
  func exactActivationsLeaveRoundingsOnly(name: InstructionSetName, type: ElementType) throws {
    let block = type.block.elements
    for (rows, columns, tokens) in [
      (1, block, 1), (3, 2 * block, 2), (16, 256, 3), (17, 3 * block, 1), (33, 1280, 5),
      (40, 512, 33), (9, 768, 70),
    ] {
      let work = try Case(name, type, rows: rows, columns: columns)
      let x = (0..<tokens * columns).map { index -> Float in
        let scale: Float = index / columns % 2 == 0 ? 0.5 : 0.125
        let code = index % 32 == 5 ? 127 : (index * 37 + index / 32 * 11) % 255 - 127
        return scale * Float(code)
      }
      let y = try work.product(x, tokens: tokens, threads: tokens % 3 + 1)
      for token in 0..<tokens {
        for row in 0..<rows {
          let exact = work.exact(x, row: row, token: token)
          let n = Double(columns / 32 + 6) * 0x1p-24
          // Q4_K and Q5_K subtract their minima after summing: both sums round.
          let bound = n / (1 - n) * exact.magnitude * (type == .q4K || type == .q5K ? 8 : 1)
          let error = abs(Double(y[token * rows + row]) - exact.sum)
          #expect(error <= bound, "\(type) \(rows)×\(columns) row \(row) token \(token)")
        }
      }
    }
  }

  @Test(arguments: names, BlockFormatTests.types.map { $0 })
  func anyActivationsStayInTheBound(name: InstructionSetName, type: ElementType) throws {
    let (rows, columns, tokens) = (19, 1024, 4)
    let work = try Case(name, type, rows: rows, columns: columns)
    let buffer = try AlignedBuffer(byteCount: 4 * tokens * columns, pages: .small)
    buffer.fill(seed: 3)
    let x = (0..<tokens * columns).map { buffer.floats[$0] * Float(1 + $0 % 5) }
    let y = try work.product(x, tokens: tokens, threads: 2)
    for token in 0..<tokens {
      for row in 0..<rows {
        let exact = work.exact(x, row: row, token: token)
        var weight = 0.0
        for column in 0..<columns { weight += abs(Double(work.weights[row * columns + column])) }
        let bound = weight * 5.0 / 127 / 2 + exact.magnitude * 1e-4
        #expect(abs(Double(y[token * rows + row]) - exact.sum) <= bound)
      }
    }
  }

  @Test(arguments: names, BlockFormatTests.types.map { $0 })
  func notANumberSpoilsItsTokenOnly(name: InstructionSetName, type: ElementType) throws {
    let work = try Case(name, type, rows: 9, columns: 256)
    for poison in [Float.nan, .infinity, -.infinity] {
      var x = [Float](repeating: 0.25, count: 3 * 256)
      x[256 + 77] = poison
      let y = try work.product(x, tokens: 3, threads: 1)
      let poisoned = y.map(\.isNaN)
      #expect(poisoned == (0..<27).map { (9..<18).contains($0) })
    }
  }

  @Test func zerosGiveZeros() throws {
    let work = try Case(.baseline, .q6K, rows: 5, columns: 256)
    let y = try work.product([Float](repeating: 0, count: 256), tokens: 1, threads: 1)
    #expect(y == [0, 0, 0, 0, 0])
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let table = KernelTable.best
    let pool = WorkerPool(threadCount: 1)
    let bytes = [UInt8](repeating: 0, count: 1000)
    #expect(throws: KernelError.self) {
      _ = try PackedWeights(bytes, type: .q4_0, rows: 1, columns: 33, table: table, on: pool)
    }
    #expect(throws: KernelError.self) {
      _ = try PackedWeights(bytes, type: .iq1S, rows: 1, columns: 256, table: table, on: pool)
    }
    let weights = try PackedWeights(
      bytes, type: .q4_0, rows: 2, columns: 256, table: table, on: pool)
    let x = QuantisedActivations()
    var y: [Float] = [0, 0]
    let row = [Float](repeating: 1, count: 256)
    try x.quantise(row, tokens: 1, columns: 256, for: .q4K, table: table, on: pool)
    #expect(throws: KernelError.self) {
      try weights.multiply(x, into: &y, on: pool)
    }
  }
}
