import Harness
import KernelReference
import Kernels
import Measurement
import Tensors
import Testing
import Workloads

private let names = KernelTable.supported.map(\.instructionSet)

/// Every workload, by name, with small and odd values for its parameters.
private let rows: [(String, [String])] = [
  ("matmul", ["m=1", "n=1", "k=1"]), ("matmul", ["m=7", "n=33", "k=130"]),
  ("matmul", ["m=65", "n=17", "k=9"]), ("gemv", ["m=1", "k=1"]), ("gemv", ["m=131", "k=67"]),
  ("matmul", ["m=3", "n=18", "k=35", "type=f16"]),
  ("matmul", ["m=33", "n=18", "k=35", "type=bf16"]),
  ("matmul", ["m=3", "n=19", "k=96", "type=Q8_0"]),
  ("matmul", ["m=2", "n=9", "k=32", "type=MXFP4"]),
  ("matmul", ["m=3", "n=5", "k=512", "type=Q4_K"]), ("gemv", ["m=5", "k=33", "type=f16"]),
  ("gemv", ["m=7", "k=31", "type=bf16"]), ("gemv", ["m=9", "k=96", "type=Q4_0"]),
  ("gemv", ["m=17", "k=256", "type=Q5_K"]), ("gemv", ["m=1", "k=768", "type=Q6_K"]),
  ("memory", ["kind=read", "bytes=1"]), ("memory", ["kind=read", "bytes=100003"]),
  ("matmul", ["m=1", "n=1", "k=1", "type=i8"]), ("matmul", ["m=7", "n=33", "k=130", "type=i8"]),
  ("gemv", ["m=67", "k=129", "type=i8"]),
  ("attention", attention(heads: 1, 1, dim: 1, queries: 1, keys: 1)),
  ("attention", attention(heads: 6, 2, dim: 33, queries: 5, keys: 21) + ["type=f16"]),
  ("attention", attention(heads: 4, 4, dim: 16, queries: 70, keys: 70) + ["window=9"]),
  ("attention", attention(heads: 4, 1, dim: 64, queries: 3, keys: 40) + ["type=q8_0", "batch=3"]),
  ("attention", attention(heads: 2, 1, dim: 8, queries: 9, keys: 9) + ["type=bf16", "causal=0"]),
  ("moe", experts(tokens: 1, hidden: 1, width: 1) + ["type=f32"]),
  ("moe", experts(tokens: 9, hidden: 37, width: 19) + ["type=f32", "skew=1.5"]),
  ("moe", experts(tokens: 3, hidden: 40, width: 24) + ["type=bf16"]),
  ("moe", experts(tokens: 21, hidden: 96, width: 64) + ["type=Q8_0", "skew=1"]),
  ("moe", experts(tokens: 2, hidden: 64, width: 96) + ["type=MXFP4"]),
  ("moe", experts(tokens: 2, hidden: 256, width: 256) + ["type=Q4_K"]),
  ("memory", ["kind=strided", "bytes=100003", "stride=77"]),
  ("memory", ["kind=strided", "bytes=8"]), ("memory", ["kind=random", "bytes=100003"]),
  ("memory", ["kind=copy", "bytes=65544"]), ("memory", ["kind=triad", "bytes=65532"]),
]

private func attention(
  heads: Int, _ kvHeads: Int, dim: Int, queries: Int, keys: Int
) -> [String] {
  [
    "heads=\(heads)", "kv_heads=\(kvHeads)", "head_dim=\(dim)", "queries=\(queries)",
    "keys=\(keys)",
  ]
}

private func experts(tokens: Int, hidden: Int, width: Int) -> [String] {
  [
    "tokens=\(tokens)", "hidden=\(hidden)", "intermediate=\(width)", "experts=7", "used=3",
  ]
}

@Suite struct WorkloadsTests {
  private func row(_ name: String, _ values: [String]) throws -> Row {
    let workload = try #require(Workloads.all.first { $0.name == name })
    var grid = Grid()
    for value in values { try grid.add(value) }
    return Row(workload, try #require(try grid.rows(of: workload.axes).first))
  }

  private func outputs(
    _ prepared: PreparedWorkload, _ table: KernelTable, threads: Int
  ) throws -> [AlignedBuffer] {
    let provider = OwnProvider(table: table, pools: WorkerPools(), clock: MonotonicClock())
    let kernel = try provider.prepare(prepared.request, threads: threads)
    _ = try kernel.time(repetitions: 2)
    return try kernel.outputs()
  }

  @Test(arguments: names, rows)
  func ownKernelsPassTheirCheck(name: InstructionSetName, row: (String, [String])) throws {
    let table = try #require(KernelTable.named(name))
    let row = try self.row(row.0, row.1)
    let prepared = try row.workload.prepared(row.parameters, seed: 3)
    for threads in [1, 2] {
      let check = prepared.check(try outputs(prepared, table, threads: threads))
      #expect(check.passed && check.compared > 0, "\(row.id): \(check.complaint ?? "nothing seen")")
    }
  }

  @Test(arguments: rows)
  func aChangedBitIsFound(row: (String, [String])) throws {
    let row = try self.row(row.0, row.1)
    let prepared = try row.workload.prepared(row.parameters, seed: 3)
    let outputs = try outputs(prepared, .best, threads: 1)
    // The exponent's top bit of the last whole float: a change that no tolerance covers.
    let last = outputs[0].byteCount / 4 * 4 - 4
    let word = outputs[0].baseAddress.load(fromByteOffset: last, as: UInt32.self)
    outputs[0].baseAddress.storeBytes(of: word ^ 0x4000_0000, toByteOffset: last, as: UInt32.self)
    #expect(!prepared.check(outputs).passed)
  }

  @Test(arguments: rows)
  func whatIsNeverWrittenIsFound(row: (String, [String])) throws {
    let row = try self.row(row.0, row.1)
    let prepared = try row.workload.prepared(row.parameters, seed: 3)
    let provider = OwnProvider(table: .best, pools: WorkerPools(), clock: MonotonicClock())
    let untouched = try provider.prepare(prepared.request, threads: 1).outputs()
    #expect(!prepared.check(untouched).passed)
  }

  @Test(arguments: rows)
  func inputsAreNeverZero(row: (String, [String])) throws {
    let row = try self.row(row.0, row.1)
    let type = row.parameters.pairs.first { $0.name == "type" }.map { "\($0.value)" } ?? "f32"
    let inputs = try row.workload.prepared(row.parameters, seed: 3).request.inputs
    // The weights of other types have tests of their own, where they are made. Experts have numbers.
    for (index, input) in inputs.enumerated()
    where index == 0 && type != "i8" && row.workload.name != "gemv"
      || type == "f32" && row.workload.name != "moe"
    {
      input.withElements(of: Float.self) { floats in
        #expect(floats.allSatisfy { abs($0) >= 0.5 && abs($0) <= 1 })
      }
    }
  }

  @Test func followingPointersEndsWhereItBegan() throws {
    let row = try self.row("memory", ["kind=chase", "bytes=64000"])
    let prepared = try row.workload.prepared(row.parameters, seed: 3)
    #expect(prepared.check(try outputs(prepared, .best, threads: 1)).passed)
    #expect(throws: ProviderError.self) { try outputs(prepared, .best, threads: 2) }
    // A ring of every line: after one step less it is somewhere else.
    let start = UnsafeRawPointer(prepared.request.inputs[0].baseAddress)
    #expect(followPointers(from: start, steps: 999) != start)
    #expect(followPointers(from: start, steps: 1000) == start)
  }

  @Test func costCardsCountTheWork() throws {
    let matmul = try row("matmul", ["m=2", "n=3", "k=5"])
    let cost = try matmul.workload.cost(matmul.parameters)
    #expect(cost.flop == 60 && cost.bytes == 4 * (10 + 15 + 6))
    let triad = try row("memory", ["kind=triad", "bytes=1200"])
    #expect(try triad.workload.cost(triad.parameters).flop == 200)
    let strided = try row("memory", ["kind=strided", "bytes=1000", "stride=100"])
    #expect(try strided.workload.cost(strided.parameters).bytes == 640)
    let bytes = try row("matmul", ["m=2", "n=3", "k=5", "type=i8"])
    #expect(try bytes.workload.cost(bytes.parameters).bytes == 10 + 15 + 4 * 6)
  }

  /// Against a count of the pairs, one by one.
  @Test(arguments: [(1, 1), (1, 9), (4, 9), (9, 9)], [0, 1, 3, 9, 20])
  func attentionCountsWhatIsSeen(extents: (queries: Int, keys: Int), window: Int) throws {
    let (queries, keys) = extents
    let row = try row(
      "attention",
      attention(heads: 6, 2, dim: 3, queries: queries, keys: keys) + ["window=\(window)"])
    let (first, width) = (keys - queries, window == 0 ? keys : window)
    let pairs = (first..<keys).reduce(0) { $0 + (0...$1).suffix(width).count }
    let seen = (0..<keys).count { $0 > first - width }
    let cost = try row.workload.cost(row.parameters)
    #expect(cost.flop == Double(4 * 3 * 6 * pairs))
    #expect(cost.bytes == Double(4 * (2 * queries * 6 * 3 + 2 * seen * 2 * 3)))
  }

  @Test func expertsThatNobodyUsesAreNotCounted() throws {
    // Three tokens of two experts each, nearly all of them the two most popular ones.
    let skewed = try row(
      "moe", ["tokens=3", "hidden=32", "intermediate=64", "experts=50", "used=2", "skew=8"])
    let prepared = try skewed.workload.prepared(skewed.parameters, seed: 3)
    let ids = prepared.request.inputs[1].withElements(of: Int32.self) { Array($0) }
    for token in 0..<3 { #expect(ids[2 * token] != ids[2 * token + 1]) }
    let one = Double(3 * 32 * 64 / 32 * 18)
    let cost = try #require(prepared.cost)
    #expect(cost.bytes == Double(Set(ids).count) * one + 2 * 3 * 32 * 4)
    #expect(cost.flop == 6 * 32 * 64 * 2 * 3)
    #expect(Set(ids).count < 6)
    let most = try skewed.workload.cost(skewed.parameters)
    #expect(most.bytes == 6 * one + 2 * 3 * 32 * 4)
  }

  @Test(arguments: [
    ("attention", ["heads=6", "kv_heads=4"]), ("attention", ["queries=9", "keys=8"]),
    ("attention", ["causal=0", "window=2"]), ("attention", ["head_dim=33", "type=q8_0"]),
    ("moe", ["used=9", "experts=8"]), ("gemv", ["k=131072", "type=i8"]),
  ])
  func parametersThatDontFitAreRefused(row: (String, [String])) throws {
    let row = try self.row(row.0, row.1)
    #expect {
      try row.workload.cost(row.parameters)
    } throws: { ($0 as? WorkloadError)?.kind == .usage }
  }

  @Test func rowsOfBlocksAreWhole() throws {
    let row = try row("gemv", ["m=1", "k=33", "type=Q8_0"])
    #expect {
      try row.workload.cost(row.parameters)
    } throws: { error in
      (error as? WorkloadError)?.kind == .usage && "\(error)".contains("blocks of 32, not 33")
    }
  }

  @Test func extentsBeyondAllMemoryAreRefused() throws {
    let row = try row("gemv", ["m=2147483647", "k=2147483647"])
    #expect(throws: WorkloadError.self) { try row.workload.cost(row.parameters) }
  }

  @Test func rowsAndDotsOfTheReferenceAgree() {
    let (a, b): ([Float], [Float]) = ([1, -2, 3], [4, 5, -6, 7, 8, 9])
    let row = Reference.row(a, times: b, ldb: 2, depth: 3, columns: 2)
    for column in 0..<2 {
      let dot = b.withUnsafeBufferPointer { b in
        b.baseAddress.map { Reference.dot(a, $0 + column, count: 3, stride: 2) }
      }
      #expect(row[column] == dot)
    }
  }
}
