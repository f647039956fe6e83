import KernelAlgorithms
import KernelReference
import Tensors
import Testing

@testable import Kernels

private let names = KernelTable.supported.map(\.instructionSet)

/// A call of attention to try, with its oracle.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  var type = CellType.f32
  var heads = 4
  var kvHeads = 2
  var keyDim = 32
  var valueDim = 32
  var sharesRows = false
  var cells = 40
  var count = 1
  var position = 39
  var isCausal = true
  var window: Int?
  var threads = 2

  var testDescription: String {
    "\(type) heads \(heads)/\(kvHeads) dims \(keyDim)/\(valueDim) cells \(cells) count \(count) "
      + "at \(position) causal \(isCausal) window \(window ?? 0) threads \(threads)"
  }

  /// Random numbers between −1 and 1.
  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float.random(in: -1...1, using: &random) }
  }

  func cache(_ table: KernelTable, seed: UInt64 = 1) throws -> KeyValueCache {
    let cache = try KeyValueCache(
      type: type, kvHeads: kvHeads, keyDim: keyDim, valueDim: valueDim, capacity: cells + 3,
      sharesRows: sharesRows, table: table)
    let keys = Self.numbers(cells * kvHeads * keyDim, seed: seed)
    let values = Self.numbers(cells * kvHeads * valueDim, seed: seed + 1)
    // In two steps, so that appending behind others is tried too.
    let first = cells / 3
    for (from, tokens) in [(0, first), (first, cells - first)] {
      try keys.withUnsafeBufferPointer { keys in
        try values.withUnsafeBufferPointer { values in
          guard let k = keys.baseAddress, let v = values.baseAddress else { return }
          try cache.append(
            keys: k + from * kvHeads * keyDim,
            values: sharesRows ? nil : v + from * kvHeads * valueDim, tokens: tokens, at: from)
        }
      }
    }
    return cache
  }

  var queries: AttentionQueries {
    AttentionQueries(
      count: count, position: position, heads: heads, isCausal: isCausal, window: window)
  }

  /// The result of the kernels, and whether what lies beyond it was left alone.
  func run(_ table: KernelTable, _ cache: KeyValueCache, q: [Float]) throws -> [Float] {
    let size = count * heads * valueDim
    var output = [Float](repeating: 77, count: size + 32)
    try cache.withCells { cells in
      try Attention(table: table).attend(
        q, queries, to: cells, into: &output, on: WorkerPool(threadCount: threads))
    }
    #expect(output[size...].allSatisfy { $0 == 77 })
    return Array(output[..<size])
  }

  /// Whether the query of `token` sees cell `cell`, by the definition.
  func sees(_ token: Int, _ cell: Int) -> Bool {
    let p = position + token
    return (!isCausal || cell <= p) && (window.map { p - cell < $0 } ?? true)
  }

  func expectAgreement(_ table: KernelTable) throws {
    let cache = try cache(table)
    let q = Self.numbers(count * heads * keyDim, seed: 3)
    let output = try run(table, cache, q: q)
    let rows = cache.withCells { StoredRows($0) }
    for token in 0..<count {
      for head in 0..<heads {
        let row = token * heads + head
        let seen = (0..<cells).filter { sees(token, $0) }
        let kvHead = head / (heads / kvHeads)
        let exact = Reference.attention(
          Array(q[row * keyDim..<(row + 1) * keyDim]),
          keys: seen.map { rows.keys[kvHead * cells + $0] },
          values: seen.map { rows.values[kvHead * cells + $0] },
          scale: 1 / Double(keyDim).squareRoot(), valueDim: valueDim)
        let wrong = (0..<valueDim).first { d in
          !(abs(Double(output[row * valueDim + d]) - exact[d].value) <= exact[d].bound)
        }
        #expect(wrong == nil, "\(table.instructionSet) token \(token) head \(head): \(self)")
      }
    }
  }
}

/// The numbers that a cache holds, read by the definitions of their types.
struct StoredRows {
  /// [KV head · cells + cell]
  let keys: [[Float]]
  let values: [[Float]]

  init(_ cells: KeyValueCells) {
    func read(_ rows: KeyValueCells.Rows) -> [[Float]] {
      (0..<cells.kvHeads * cells.cells).map { index in
        let (head, cell) = (index / cells.cells, index % cells.cells)
        let row = rows.start + head * rows.headBytes + cell * rows.rowBytes
        return (0..<rows.dim).map { Self.number(cells.type, row, $0) }
      }
    }
    keys = read(cells.keys)
    values = read(cells.values)
  }

  static func number(_ type: CellType, _ row: UnsafeRawPointer, _ index: Int) -> Float {
    switch type {
    case .f32: return row.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
    case .f16: return half(row.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    case .bf16:
      let bits = row.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      return Float(bitPattern: UInt32(bits) << 16)
    case .q8_0:
      let block = row + index / 32 * 34
      let q = block.loadUnaligned(fromByteOffset: 2 + index % 32, as: Int8.self)
      return half(block.loadUnaligned(as: UInt16.self)) * Float(q)
    }
  }

  /// A finite half by its definition: IEEE 754, binary16.
  static func half(_ bits: UInt16) -> Float {
    let (exponent, fraction) = (Int(bits >> 10 & 31), Float(bits & 0x3FF))
    let sign: Float = bits >> 15 == 0 ? 1 : -1
    if exponent == 0 { return sign * fraction * 0x1p-24 }
    return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
  }
}

@Suite struct AttentionTests {
  /// What a call may be like, one thing at a time and some together, for every type of cell.
  private static let cases: [AttentionCase] = CellType.allCases.flatMap { type in
    [
      AttentionCase(type: type),
      AttentionCase(type: type, cells: 1, position: 0),
      AttentionCase(type: type, heads: 1, kvHeads: 1, cells: 129, position: 128, threads: 3),
      AttentionCase(type: type, heads: 7, kvHeads: 1, cells: 200, position: 199, threads: 4),
      AttentionCase(type: type, heads: 10, kvHeads: 2, keyDim: 64, cells: 67, position: 66),
      AttentionCase(type: type, cells: 300, position: 250, window: 70, threads: 3),
      AttentionCase(type: type, cells: 90, count: 2, position: 88),
      AttentionCase(type: type, cells: 90, count: 3, position: 40, isCausal: false, window: 20),
      AttentionCase(type: type, cells: 64, count: 64, position: 0, threads: 1),
      AttentionCase(type: type, heads: 8, kvHeads: 2, cells: 211, count: 211, position: 0),
      AttentionCase(type: type, cells: 260, count: 90, position: 170, window: 33, threads: 3),
      AttentionCase(type: type, cells: 101, count: 40, position: 0, isCausal: false),
      AttentionCase(
        type: type, heads: 20, kvHeads: 1, keyDim: 96, valueDim: 64, sharesRows: true, cells: 333,
        position: 332, threads: 5),
      AttentionCase(
        type: type, heads: 5, kvHeads: 1, keyDim: 96, valueDim: 64, sharesRows: true, cells: 70,
        count: 12, position: 58),
      AttentionCase(
        type: type, heads: 3, kvHeads: 1, keyDim: 96, valueDim: 64, sharesRows: true, cells: 70,
        position: 69),
    ]
  }

  @Test(arguments: names, cases)
  func agreesWithTheOracle(name: InstructionSetName, call: AttentionCase) throws {
    try call.expectAgreement(try #require(KernelTable.named(name)))
  }

  /// Rows that end within a vector, by the one path and the other.
  @Test(arguments: names, [(5, 5), (80, 80), (1, 3), (33, 7), (24, 40), (17, 130)])
  func anyLengthOfRows(name: InstructionSetName, dims: (Int, Int)) throws {
    let table = try #require(KernelTable.named(name))
    for type in [CellType.f32, .f16, .bf16] {
      for (count, position) in [(1, 69), (50, 20)] {
        try AttentionCase(
          type: type, keyDim: dims.0, valueDim: dims.1, cells: 70, count: count,
          position: position
        ).expectAgreement(table)
      }
    }
  }

  /// Numbers of cells and queries about every border: lanes, tiles, blocks.
  @Test(
    arguments: names,
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 191, 192, 193, 257])
  func anyNumberOfCellsAndQueries(name: InstructionSetName, cells: Int) throws {
    let table = try #require(KernelTable.named(name))
    try AttentionCase(keyDim: 8, valueDim: 8, cells: cells, position: cells - 1)
      .expectAgreement(table)
    try AttentionCase(keyDim: 8, valueDim: 8, cells: cells, count: cells, position: 0)
      .expectAgreement(table)
    try AttentionCase(keyDim: 8, valueDim: 8, cells: 260, count: cells, position: 3, threads: 3)
      .expectAgreement(table)
  }

  /// The latent form at its real size: 128 heads of one row of 576 numbers.
  @Test(arguments: names)
  func latentAttention(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    for (count, position) in [(1, 99), (3, 97)] {
      try AttentionCase(
        type: .f16, heads: 128, kvHeads: 1, keyDim: 576, valueDim: 512, sharesRows: true,
        cells: 100, count: count, position: position
      ).expectAgreement(table)
    }
  }

  /// Large scores, whose maxima grow from block to block, and weights that vanish.
  @Test(arguments: names)
  func largeScoresDontOverflow(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    for count in [1, 30] {
      let call = AttentionCase(cells: 300, count: count, position: 300 - count)
      let cache = try call.cache(table)
      let q = AttentionCase.numbers(count * 4 * 32, seed: 3).map { $0 * 400 }
      let output = try call.run(table, cache, q: q)
      #expect(output.allSatisfy { abs($0) <= 1 })
      let calm = try call.run(table, cache, q: q.map { $0 / 400 })
      #expect(zip(output, calm).contains { abs($0 - $1) > 0.1 })
    }
  }

  /// A query that sees nothing gives zeros: its window has passed all cells, or there are none.
  @Test(arguments: names)
  func nothingSeenIsZeros(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    for count in [1, 50] {
      var call = AttentionCase(count: count, position: 45, window: 5)
      #expect(
        try call.run(table, try call.cache(table), q: .init(repeating: 1, count: count * 128))
          .allSatisfy { $0 == 0 })
      call.cells = 0
      call.window = nil
      #expect(
        try call.run(table, try call.cache(table), q: .init(repeating: 1, count: count * 128))
          .allSatisfy { $0 == 0 })
    }
  }

  /// NaN reaches those who see it, and no query before its tile; cells that nobody sees matter not.
  @Test(arguments: names)
  func notANumberReachesThoseWhoSeeIt(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    let call = AttentionCase(heads: 2, kvHeads: 1, cells: 80, count: 80, position: 0)
    for wrong in [Float.nan, .infinity] {
      let cache = try call.cache(table)
      let row = [Float](repeating: wrong, count: 32)
      let fine = [Float](repeating: 0.5, count: 32)
      // Cell 60 and what lies beyond it again, with a key or a value that is none.
      for (key, value) in [(row, fine), (fine, row)] {
        try cache.append(keys: key, values: value, tokens: 1, at: 60)
        for _ in 61..<80 { try cache.append(keys: fine, values: fine, tokens: 1, at: cache.count) }
        let output = try call.run(
          table, cache, q: .init(repeating: 0.25, count: 80 * 2 * 32))
        let finite = (0..<80).map { token in
          output[token * 64..<(token + 1) * 64].allSatisfy(\.isFinite)
        }
        #expect(finite[..<(60 - 32)].allSatisfy { $0 })
        #expect(finite[60...].allSatisfy { !$0 })
      }
    }
  }

  @Test func badExtentsAreErrors() throws {
    let call = AttentionCase()
    let cache = try call.cache(.best)
    var output = [Float](repeating: 0, count: 128)
    func attend(_ queries: AttentionQueries) throws {
      try cache.withCells { cells in
        try Attention(table: .best).attend(
          [Float](repeating: 0, count: 128), queries, to: cells, into: &output,
          on: WorkerPool(threadCount: 1))
      }
    }
    #expect(throws: KernelError.self) { try attend(AttentionQueries(count: 1, heads: 3)) }
    #expect(throws: KernelError.self) { try attend(AttentionQueries(count: -1, heads: 4)) }
    #expect(throws: KernelError.self) { try attend(AttentionQueries(count: .max, heads: 4)) }
    #expect(throws: KernelError.self) {
      try attend(AttentionQueries(count: 1, position: -1, heads: 4))
    }
    #expect(throws: KernelError.self) {
      try attend(AttentionQueries(count: 1, heads: 4, window: 0))
    }
    try attend(AttentionQueries(count: 0, heads: 4))
    #expect(output.allSatisfy { $0 == 0 })
  }
}

@Suite struct AttentionPlanTests {
  /// Every cell of every item goes to one worker, in order, and all workers get nearly the same.
  @Test(arguments: [1, 2, 3, 5, 16], [1, 100, 1000])
  func piecesCoverEveryCellOnce(workers: Int, count: Int) {
    let none = UnsafeMutablePointer<Float>.allocate(capacity: 1)
    defer { none.deallocate() }
    let call = AttentionCall(
      queries: none, output: none, heads: 8, group: 4, keyDim: 1, valueDim: 1, type: .f32,
      keys: none, keyRowBytes: 4, keyHeadBytes: 4, values: none, valueRowBytes: 4,
      valueHeadBytes: 4, cells: 1300, position: 300, isCausal: true, window: .max, scale: 1)
    let plan = AttentionPlan(
      call: call, kvHeads: 2, rows: 4 * count, blockRows: 64, blockCells: 48, unit: 16)
    let pieces = plan.pieces(workers: workers)
    for item in 0..<plan.items {
      let own = pieces.joined().filter { $0.item == item }
      #expect(own.map(\.cells).flatMap(Array.init) == Array(plan.cells(of: item)))
      #expect(own.map(\.begins) == own.indices.map { $0 == 0 })
      #expect(own.map(\.ends) == own.indices.map { $0 == own.count - 1 })
    }
    for own in pieces {
      #expect(own.dropFirst().allSatisfy(\.begins) && own.dropLast().allSatisfy(\.ends))
    }
    let lengths = pieces.map { own in
      own.reduce(0) {
        $0 + ($1.cells.count + 47) / 48 * ((plan.rows(of: $1.item).rows.count + 15) / 16)
      }
    }
    #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 2 * 4)
  }
}

@Suite struct KeyValueCacheTests {
  /// q8_0 by its definition, ties and zeros among the numbers.
  @Test(arguments: names)
  func blocksAreThoseOfGGML(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    var numbers = AttentionCase.numbers(32 * 40, seed: 9)
    // A block of halves (d = 1), one of zeros, and a tiny one whose d is denormal.
    for i in 0..<32 { (numbers[i], numbers[32 + i]) = (Float(i) * 4 - 60.5, 0) }
    numbers[0] = 127
    for i in 64..<96 { numbers[i] *= 1e-5 }
    let cache = try KeyValueCache(
      type: .q8_0, kvHeads: 1, keyDim: 32 * 40, valueDim: 32, capacity: 1, table: table)
    try cache.append(
      keys: numbers, values: [Float](repeating: 1, count: 32), tokens: 1, at: 0)
    cache.withCells { cells in
      for block in 0..<40 {
        let from = numbers[block * 32..<(block + 1) * 32]
        let d = (from.map(abs).max() ?? 0) / 127
        let stored = StoredRows.half(
          cells.keys.start.loadUnaligned(fromByteOffset: 34 * block, as: UInt16.self))
        #expect(abs(stored - d) <= max(d * 0x1p-11, 0x1p-25))
        for (index, x) in from.enumerated() {
          let q = cells.keys.start.load(fromByteOffset: 34 * block + 2 + index, as: Int8.self)
          let exact = d == 0 ? 0 : (x * (1 / d)).rounded(.toNearestOrAwayFromZero)
          #expect(Float(q) == exact, "\(x) ÷ \(d)")
        }
      }
    }
  }

  /// Blocks with NaN or infinity come back with no finite number, and nothing traps.
  @Test(arguments: names, [Float.nan, .infinity, -.infinity])
  func blocksWithoutNumbers(name: InstructionSetName, wrong: Float) throws {
    let table = try #require(KernelTable.named(name))
    var numbers = [Float](repeating: 0.5, count: 64)
    numbers[7] = wrong
    let cache = try KeyValueCache(
      type: .q8_0, kvHeads: 1, keyDim: 64, valueDim: 32, capacity: 1, table: table)
    try cache.append(keys: numbers, values: [Float](repeating: 1, count: 32), tokens: 1, at: 0)
    let bits = cache.withCells { $0.keys.start.loadUnaligned(as: UInt16.self) }
    #expect(bits & 0x7C00 == 0x7C00)
    let fine = cache.withCells { StoredRows.number(.q8_0, $0.keys.start, 40) }
    #expect(abs(fine - 0.5) < 0.01)
  }

  @Test func whatDoesNotFitIsAnError() throws {
    func cache(
      type: CellType = .f32, kvHeads: Int = 1, keyDim: Int = 8, capacity: Int = 4,
      sharesRows: Bool = false
    ) throws -> KeyValueCache {
      try KeyValueCache(
        type: type, kvHeads: kvHeads, keyDim: keyDim, valueDim: 8, capacity: capacity,
        sharesRows: sharesRows)
    }
    #expect(throws: KernelError.self) { try cache(type: .q8_0) }
    #expect(throws: KernelError.self) { try cache(kvHeads: 0) }
    #expect(throws: KernelError.self) { try cache(keyDim: .max) }
    #expect(throws: KernelError.self) { try cache(capacity: .max) }
    #expect(throws: KernelError.self) {
      try cache(kvHeads: 65536, keyDim: 65536, capacity: 1 << 32)
    }
    #expect(throws: KernelError.self) { try cache(keyDim: 4, sharesRows: true) }
    let numbers = [Float](repeating: 1, count: 64)
    let fine = try cache()
    #expect(throws: KernelError.self) {
      try fine.append(keys: numbers, values: numbers, tokens: 5, at: 0)
    }
    #expect(throws: KernelError.self) {
      try fine.append(keys: numbers, values: numbers, tokens: 1, at: 1)
    }
    #expect(throws: KernelError.self) {
      try fine.append(keys: numbers, values: nil, tokens: 1, at: 0)
    }
    #expect(fine.count == 0)
  }
}
