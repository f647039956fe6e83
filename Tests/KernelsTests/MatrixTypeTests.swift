import KernelReference
import Tensors
import Testing

@testable import Kernels

private let names = KernelTable.supported.map(\.instructionSet)

/// Small caches, so that small shapes cross every block boundary.
private let tinyCaches = CacheSizes(l1: 8192, l2: 16384, l3: 65536)

/// Extents and the rest of a multiplication.
struct MatrixCase: CustomTestStringConvertible, Sendable {
  var m: Int
  var n: Int
  var k: Int
  var transposed: Bool

  var testDescription: String { "\(m)×\(n)×\(k)\(transposed ? " transposed" : "")" }

  /// Odd shapes, few rows and many, around the sizes of tiles and vectors of all instruction sets.
  static let all: [MatrixCase] = [false, true].flatMap { transposed in
    [
      (0, 3, 2), (3, 0, 2), (2, 3, 0), (1, 1, 1), (1, 16, 16), (1, 257, 65), (2, 33, 9),
      (3, 15, 17),
      (4, 64, 31), (5, 35, 40), (6, 16, 8), (7, 129, 12), (8, 31, 33), (9, 40, 15), (13, 33, 5),
      (16, 130, 70), (17, 17, 17), (24, 32, 48), (31, 5, 129), (33, 49, 130), (97, 3, 130),
      (70, 51, 301),
    ].map { MatrixCase(m: $0, n: $1, k: $2, transposed: transposed) }
  }
}

@Suite struct MatrixTypeTests {
  /// Types of A and B.
  private static let types: [(ElementType, ElementType)] = [
    (.f32, .f32), (.f16, .f16), (.bf16, .bf16), (.f32, .f16), (.f32, .bf16), (.f16, .f32),
  ]

  @Test(arguments: names, MatrixCase.all)
  func floatsAgreeWithTheOracle(name: InstructionSetName, shape: MatrixCase) throws {
    let table = try #require(KernelTable.named(name))
    let (m, n, k) = (shape.m, shape.n, shape.k)
    for (types, (threads, gap)) in Self.types.flatMap({ t in
      [(1, 0), (2, 0), (3, 5)].map { (t, $0) }
    }) {
      let bRows = shape.transposed ? n : k
      let bRow = shape.transposed ? k : n
      let a = try MatrixOperandData(
        types.0, rows: m, rowDistance: k + gap, seed: 7, shift: gap)
      let b = try MatrixOperandData(
        types.1, rows: bRows, rowDistance: bRow + gap, seed: 8, shift: threads)
      let ldc = n + gap
      var c = [Float](repeating: -7, count: m * ldc + 9)
      let work = MatrixMultiply(table: table, caches: tinyCaches)
      try c.withUnsafeMutableBufferPointer { c in
        guard let start = c.baseAddress else { return }
        try work.multiply(
          a.operand, b.operand, transposed: shape.transposed, into: start + 1, ldc: ldc, m: m,
          n: n, k: k, on: WorkerPool(threadCount: threads))
      }
      #expect(
        Self.wrong(Array(c.dropFirst()), a, b, shape, ldc: ldc) == nil,
        "\(types) on \(threads) threads")
      #expect(c[0] == -7)
    }
  }

  /// The first number of C outside of its bound, or changed where it is no part of the product.
  private static func wrong(
    _ c: [Float], _ a: MatrixOperandData, _ b: MatrixOperandData, _ shape: MatrixCase, ldc: Int
  ) -> String? {
    let (row, column) = shape.transposed ? (b.rowDistance, 1) : (1, b.rowDistance)
    for index in c.indices {
      let (i, j) = ldc > 0 ? (index / ldc, index % ldc) : (shape.m, 0)
      guard i < shape.m, j < shape.n else {
        if c[index] != -7 { return "C was written at \(index), outside of the product" }
        continue
      }
      let exact = Reference.dot(
        a.values + i * a.rowDistance, b.values + j * row, count: shape.k, stride: column)
      guard abs(Double(c[index]) - exact.value) <= exact.bound else {
        return "C[\(i), \(j)] is \(c[index]), not \(exact.value) ± \(exact.bound)"
      }
    }
    return nil
  }

  @Test(arguments: names, MatrixCase.all)
  func bytesAreExact(name: InstructionSetName, shape: MatrixCase) throws {
    let table = try #require(KernelTable.named(name))
    let (m, n, k) = (shape.m, shape.n, shape.k)
    for (threads, gap) in [(1, 0), (2, 0), (3, 5)] {
      let (bRows, bRow) = shape.transposed ? (n, k) : (k, n)
      let a = try MatrixOperandData(.i8, rows: m, rowDistance: k + gap, seed: 7, shift: gap)
      let b = try MatrixOperandData(
        .i8, rows: bRows, rowDistance: bRow + gap, seed: 8, shift: threads)
      let ldc = n + gap
      var c = [Int32](repeating: -7, count: m * ldc + 8)
      try MatrixMultiply(table: table, caches: tinyCaches).multiply(
        a.bytes, lda: a.rowDistance, b.bytes, ldb: b.rowDistance, transposed: shape.transposed,
        into: &c, ldc: ldc, m: m, n: n, k: k, on: WorkerPool(threadCount: threads))
      var expected = [Int32](repeating: -7, count: m * ldc + 8)
      let (row, column) = shape.transposed ? (b.rowDistance, 1) : (1, b.rowDistance)
      for i in 0..<m {
        for j in 0..<n {
          expected[i * ldc + j] = Int32(
            Reference.dot(
              a.bytes + i * a.rowDistance, b.bytes + j * row, count: k, stride: column))
        }
      }
      #expect(c == expected, "\(threads) threads")
    }
  }

  /// The largest sums there can be do not overflow, and one product more is refused.
  @Test(arguments: names)
  func bytesReachTheEndsOfTheirRange(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    let pool = WorkerPool(threadCount: 1)
    let work = MatrixMultiply(table: table)
    let depth = 131_071
    let a = [Int8](repeating: -128, count: depth + 1)
    for (other, sum) in [(Int8(-128), Int32(16384 * 131_071)), (127, -16256 * 131_071)] {
      let b = [Int8](repeating: other, count: depth + 1)
      var c: [Int32] = [0]
      try work.multiply(a, b, into: &c, m: 1, n: 1, k: depth, on: pool)
      #expect(c == [sum])
      try table.matrixVector(a, b, into: &c, rows: 1, columns: depth, on: pool)
      #expect(c == [sum])
      #expect(throws: KernelError.self) {
        try work.multiply(a, b, into: &c, m: 1, n: 1, k: depth + 1, on: pool)
      }
      #expect(throws: KernelError.self) {
        try table.matrixVector(a, b, into: &c, rows: 1, columns: depth + 1, on: pool)
      }
    }
  }

  /// A NaN of A reaches its row of C, an infinity of B its column, and no other number of C.
  @Test(arguments: names, [ElementType.f32, .f16, .bf16])
  func notANumberPassesThrough(name: InstructionSetName, type: ElementType) throws {
    let table = try #require(KernelTable.named(name))
    for (m, transposed) in [(3, false), (3, true), (40, false), (40, true)] {
      let (n, k) = (37, 21)
      let a = try MatrixOperandData(type, rows: m, rowDistance: k, seed: 1, shift: 0)
      let b = try MatrixOperandData(type, rows: n, rowDistance: n, seed: 2, shift: 0)
      Self.store(.nan, type, at: a.address, index: 2 * k + 20)
      Self.store(.infinity, type, at: b.address, index: transposed ? 36 * n : 36)
      var c = [Float](repeating: 0, count: m * n)
      try MatrixMultiply(table: table, caches: tinyCaches).multiply(
        a.operand, MatrixOperand(b.address, type: type, rowDistance: n), transposed: transposed,
        into: &c, m: m, n: n, k: k, on: WorkerPool(threadCount: 2))
      for index in c.indices {
        let (row, column) = (index / n, index % n)
        #expect(c[index].isNaN == (row == 2), "C[\(row), \(column)]")
        #expect(c[index].isInfinite == (row != 2 && column == 36), "C[\(row), \(column)]")
      }
    }
  }

  /// Stores NaN or infinity in a type of float.
  private static func store(
    _ value: Float, _ type: ElementType, at address: UnsafeMutableRawPointer, index: Int
  ) {
    switch type {
    case .f32: address.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
    case .f16:
      let bits: UInt16 = value.isNaN ? 0x7E00 : 0x7C00
      address.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
    default:
      let bits = UInt16(value.bitPattern >> 16)
      address.storeBytes(of: bits, toByteOffset: 2 * index, as: UInt16.self)
    }
  }

  @Test func whatCanNotBeMultipliedIsSaid() throws {
    let work = MatrixMultiply(table: .best)
    let pool = WorkerPool(threadCount: 1)
    var c: [Float] = [0, 0]
    let a = [Float](repeating: 1, count: 4)
    #expect {
      try work.multiply(
        MatrixOperand(a, type: .f32), MatrixOperand(a, type: .q8_0), into: &c, m: 1, n: 1, k: 1,
        on: pool)
    } throws: {
      "\($0)".contains("Q8_0")
    }
    #expect {
      try work.multiply(a, a, ldb: 1, transposed: true, into: &c, m: 1, n: 2, k: 2, on: pool)
    } throws: {
      "\($0)".contains("ldb 1") && "\($0)".contains("transposed")
    }
    #expect(throws: KernelError.self) {
      try work.multiply(a, a, into: &c, m: 1, n: 1, k: 1 << 40, on: pool)
    }
  }
}

@Suite struct MatrixVectorTypeTests {
  @Test(
    arguments: names,
    [(0, 5), (5, 0), (1, 1), (3, 17), (4, 16), (5, 33), (8, 64), (19, 127), (130, 259)])
  func everyTypeAgreesWithTheOracle(name: InstructionSetName, shape: (Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    let (rows, columns) = shape
    for (type, threads) in [(ElementType.f32, 1), (.f16, 2), (.bf16, 3), (.f16, 1)] {
      let a = try MatrixOperandData(
        type, rows: rows, rowDistance: columns + threads, seed: 4, shift: 3)
      let x = try MatrixOperandData(.f32, rows: 1, rowDistance: columns, seed: 5, shift: 1)
      var y = [Float](repeating: .nan, count: rows + 1)
      try table.matrixVector(
        a.operand, x.address.assumingMemoryBound(to: Float.self), into: &y, rows: rows,
        columns: columns, on: WorkerPool(threadCount: threads))
      for row in 0..<rows {
        let exact = Reference.dot(
          a.values + row * a.rowDistance, x.values, count: columns, stride: 1)
        #expect(abs(Double(y[row]) - exact.value) <= exact.bound)
      }
      #expect(y[rows].isNaN)
    }
  }

  @Test(arguments: names, [(0, 5), (5, 0), (1, 1), (3, 17), (4, 32), (5, 65), (130, 259)])
  func bytesAreExact(name: InstructionSetName, shape: (Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    let (rows, columns) = shape
    for threads in [1, 2, 3] {
      let a = try MatrixOperandData(
        .i8, rows: rows, rowDistance: columns + threads, seed: 4, shift: 3)
      let x = try MatrixOperandData(.i8, rows: 1, rowDistance: columns, seed: 5, shift: 1)
      var y = [Int32](repeating: -7, count: rows + 1)
      try table.matrixVector(
        a.bytes, lda: a.rowDistance, x.bytes, into: &y, rows: rows, columns: columns,
        on: WorkerPool(threadCount: threads))
      for row in 0..<rows {
        #expect(
          Int(y[row])
            == Reference.dot(a.bytes + row * a.rowDistance, x.bytes, count: columns, stride: 1))
      }
      #expect(y[rows] == -7)
    }
  }

  @Test func badExtentsAreErrors() {
    var y: [Float] = [0]
    #expect(throws: KernelError.self) {
      try KernelTable.best.matrixVector(
        MatrixOperand([Float(1)], type: .f32, rowDistance: 1), [1], into: &y, rows: 1, columns: 2,
        on: WorkerPool(threadCount: 1))
    }
  }
}
