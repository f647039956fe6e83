import KernelReference
import Testing

@testable import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

private let names = KernelTable.supported.map(\.instructionSet)

@Suite struct SoftmaxTests {
  /// Numbers all over the range in which the result is normal, and those about every change of
  /// exponent.
  @Test(arguments: names)
  func exponentialsAreWithinTwoUlp(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    var numbers = stride(from: Float(-87.33), through: 88.37, by: 0.000_91).map { $0 }
    for n in -125...127 {
      let border = Float((Double(n) - 0.5) * 0.693_147_180_559_945_3)
      numbers += [border.nextDown, border, border.nextUp]
    }
    numbers += (1...149).flatMap {
      [
        Float(sign: .plus, exponent: -$0, significand: 1),
        Float(sign: .minus, exponent: -$0, significand: 1),
      ]
    }
    var results = [Float](repeating: 0, count: numbers.count)
    table.attention.exponentials(numbers, &results, numbers.count)
    var worst = 0.0
    for (x, y) in zip(numbers, results) {
      let exact = exp(Double(x))
      worst = max(worst, abs(Double(y) - exact) / Double(Float(exact).ulp))
    }
    #expect(worst <= 2)
  }

  @Test(arguments: names)
  func exponentialsAtTheEnds(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    let numbers: [Float] = [
      0, -0.0, -.infinity, -1e30, -200, -88.1, .infinity, 1e30, 200, 89, .nan,
    ]
    var results = [Float](repeating: 7, count: numbers.count + 1)
    table.attention.exponentials(numbers, &results, numbers.count)
    #expect(results[..<2] == [1, 1] && results[2..<6].allSatisfy { $0 == 0 })
    #expect(results[6..<10].allSatisfy { $0 == .infinity } && results[10].isNaN)
    #expect(results[11] == 7)
  }

  @Test(arguments: names, [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 100, 1001])
  func softmaxAgreesWithTheOracle(name: InstructionSetName, columns: Int) throws {
    let table = try #require(KernelTable.named(name))
    let rows = 5
    let x = AttentionCase.numbers(rows * columns, seed: 2).enumerated().map { index, number in
      number * (index / max(columns, 1) == 3 ? 80 : 4)
    }
    for threads in [1, 3] {
      var y = [Float](repeating: 7, count: x.count + 1)
      try table.softmax(
        x, into: &y, rows: rows, columns: columns, on: WorkerPool(threadCount: threads))
      for row in 0..<rows {
        let own = Array(x[row * columns..<(row + 1) * columns])
        let peak = Double(own.max() ?? 0)
        for (index, exact) in Reference.softmax(own.map(Double.init)).enumerated() {
          let n = Double(columns + 14) * 0x1p-24
          let bound = (n / (1 - n) + 0x1p-23 * (peak - Double(own[index]))) * exact + 0x1p-126
          #expect(abs(Double(y[row * columns + index]) - exact) <= bound)
        }
      }
      #expect(y[x.count] == 7)
      var inPlace = x
      try inPlace.withUnsafeMutableBufferPointer { buffer in
        guard let start = buffer.baseAddress else { return }
        try table.softmax(
          start, into: start, rows: rows, columns: columns, on: WorkerPool(threadCount: 1))
      }
      #expect(inPlace == Array(y[..<x.count]))
    }
  }

  @Test(arguments: names)
  func softmaxOfWhatIsNoNumber(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    var y = [Float](repeating: 7, count: 4 * 9)
    var x = [Float](repeating: 1, count: 4 * 9)
    x[4] = .nan
    x[9 + 8] = .infinity
    for column in 0..<9 { x[18 + column] = -.infinity }
    x[27] = -.infinity
    try table.softmax(x, into: &y, rows: 4, columns: 9, on: WorkerPool(threadCount: 1))
    #expect(y[..<9].allSatisfy { $0.isNaN })
    #expect(y[17].isNaN)
    #expect(y[18..<27].allSatisfy { $0 == 0 })
    #expect(y[27] == 0 && y[28] == 0.125)
    #expect(throws: KernelError.self) {
      try table.softmax(x, into: &y, rows: -1, columns: 9, on: WorkerPool(threadCount: 1))
    }
  }
}
