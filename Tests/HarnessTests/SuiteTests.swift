import Testing

@testable import Harness

/// Workloads that a suite may name, with a parameter of each kind.
private struct Named: Workload {
  let name: String
  var axes: [Axis] = [
    .extent("m", "rows", usual: 4), .extent("n", "columns", usual: 2),
    Axis("type", "how stored", .choice(["f32", "Q8_0", "Q4_K"]), usual: [.word("f32")]),
  ]
  let summary = ""

  /// Refuses more columns than rows, and the largest extents.
  func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let (m, n) = (parameters.count("m"), parameters.count("n"))
    if n > m { throw WorkloadError(.usage, "n=\(n) is more than m=\(m)") }
    if m == Int(Int32.max) { throw WorkloadError(.refused, "too large") }
    return CostCard(flop: 1, bytes: 1, footprint: 1, limits: [])
  }

  func prepared(_ parameters: Parameters, seed: UInt64) throws(WorkloadError) -> PreparedWorkload {
    throw WorkloadError(.refused, "nobody measures here")
  }
}

@Suite struct SuiteTests {
  private let workloads: [any Workload] = [
    Named(name: "matmul"), Named(name: "gemv"),
    Named(name: "decode", axes: [Axis("model", "a file", .file, usual: [])]),
  ]

  private func suite(_ text: String, file: String = "folder/a.suite") throws -> Harness.Suite {
    try Harness.Suite(Array(text.utf8), file: file, workloads: workloads)
  }

  @Test func rowsAreTheSectionsOneAfterTheOther() throws {
    let suite = try suite(
      """
      # What it is for.
      # More of it.
      max-time = 0.5   # seconds

      [matmul] # a remark
      m = 8, 9
        type=q8_0 ,f32

      [gemv]
      threads = 1,2
      \tm = 2k\t
      [matmul]\r
      m=4
      """)
    #expect(suite.name == "a" && suite.summary == "What it is for.")
    #expect(suite.maxTime == 0.5 && suite.minTime == nil)
    #expect(
      suite.rows.map(\.id) == [
        "matmul/m=8,n=2,type=Q8_0", "matmul/m=8,n=2,type=f32", "matmul/m=9,n=2,type=Q8_0",
        "matmul/m=9,n=2,type=f32", "gemv/m=2048,n=2,type=f32", "matmul/m=4,n=2,type=f32",
      ])
    #expect(suite.rows.map(\.threads) == [nil, nil, nil, nil, [1, 2], nil])
  }

  @Test func aNumberSignWithinAWordIsNoComment() throws {
    let suite = try suite("[decode]\nmodel = a#1.gguf #2", file: "b")
    #expect(suite.rows.map(\.id) == ["decode/model=a#1.gguf"])
    #expect(suite.name == "b" && suite.summary.isEmpty)
  }

  @Test func rowsThatNoBoxCanHoldAreForTheRunToSkip() throws {
    #expect(try suite("[matmul]\nm = 2147483647").rows.count == 1)
  }

  /// Each mistake with the line that it is told with, and what has to be said of it.
  @Test(arguments: [
    ("", 1, "no rows"), ("# only\n\n# comments", 3, "no rows"), ("[matmul", 1, "write [workload]"),
    ("[matmull]", 1, "'matmull' is no workload; did you mean matmul?"),
    ("[]", 1, "known: matmul, gemv, decode"), ("m = 1", 1, "min-time, max-time"),
    ("\n\nmax-tiem = 1", 3, "did you mean max-time?"), ("max-time = soon", 1, "seconds from 0"),
    ("max-time = 1\nmax-time = 2", 2, "set once"), ("min-time = nan", 1, "seconds from 0"),
    ("[matmul]\ntipe = f32", 2, "'tipe' is no key of matmul; did you mean type?"),
    ("[matmul]\nthread = 1", 2, "did you mean threads?"), ("[matmul]\nm", 2, "write key = value"),
    ("[matmul]\nm =", 2, "the key 'm' lacks a value"), ("[matmul]\nm = 1,,2", 2, "lacks a value"),
    ("[matmul]\nm = 0", 2, "m=0: m (rows) is a whole number from 1 to"),
    ("[matmul]\nm = 99999999999999999999", 2, "a whole number"),
    ("[matmul]\ntype = Q4K", 2, "one of f32, Q8_0, Q4_K; did you mean Q4_K?"),
    ("[matmul]\nm = 1\nm = 2", 3, "the key 'm' is set twice"),
    ("[matmul]\nm = 4, 4", 1, "the row matmul/m=4,n=2,type=f32 is also in the section of line 1"),
    ("[matmul]\n[gemv]\n\n[matmul]", 4, "is also in the section of line 1"),
    ("[matmul]\nthreads = 0", 2, "threads=0"), ("[matmul]\nthreads = 1, 1", 2, "threads=1"),
    ("[matmul]\nthreads = 1025", 2, "from 1 to 1024"), ("[decode]", 1, "needs the key model"),
    ("[matmul]\nm = 3\nn = 9", 1, "n=9 is more than m=3"),
    ("[matmul]\n\u{1B}[31mred = 1", 2, "'[31mred' is no key"),
  ])
  func mistakesAreToldWithTheirLine(text: String, line: Int, message: String) {
    #expect {
      _ = try suite(text)
    } throws: { error in
      guard let error = error as? WorkloadError else { return false }
      return error.kind == .malformed
        && error.description.hasPrefix("folder/a.suite, line \(line): ")
        && error.description.contains(message)
    }
  }

  @Test func whatIsTooLongOrNoTextIsRefused() {
    let long = [UInt8](repeating: 0x23, count: Harness.Suite.longest + 1)
    for bytes in [long, [0x5B, 0xFF]] {
      #expect(throws: WorkloadError.self) {
        try Harness.Suite(bytes, file: "a", workloads: workloads)
      }
    }
  }

  @Test func tooManyRowsAreRefusedBeforeTheyAreMade() {
    let numbers = (1...101).map(String.init).joined(separator: ",")
    for text in ["[matmul]\nm = \(numbers)\nn = \(numbers)"] {
      #expect {
        _ = try suite(text)
      } throws: { "\($0)".contains("more than 10000 rows") }
    }
  }
}
