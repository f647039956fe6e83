import Testing

@testable import Harness

@Suite struct GridTests {
  private let axes: [Axis] = [
    .extent("m", "rows", usual: 4),
    Axis("bytes", "size", .bytes, usual: [.count(64)]),
    Axis("skew", "how uneven", .number(0...2), usual: [.number(1)]),
    Axis("type", "how stored", .choice(["f32", "Q8_0"]), usual: [.word("f32")]),
  ]

  private func ids(_ texts: String...) throws -> [String] {
    var grid = Grid()
    for text in texts { try grid.add(text) }
    return try grid.rows(of: axes).map { row in
      row.pairs.map { "\($0.value)" }.joined(separator: " ")
    }
  }

  @Test func combinationsComeInOrder() throws {
    #expect(
      try ids("type=q8_0,F32", "m=1,2k") == [
        "1 64 1.0 Q8_0", "1 64 1.0 f32", "2048 64 1.0 Q8_0", "2048 64 1.0 f32",
      ])
  }

  @Test func aNameGivenTwiceTakesBothLists() throws {
    #expect(try ids("m=1", "m=3").count == 2)
  }

  @Test func valuesHaveUnits() throws {
    #expect(try ids("bytes=1MiB", "skew=0.5") == ["4 1048576 0.5 f32"])
  }

  @Test func namesOfOthersAreLeftAlone() throws {
    #expect(try ids("n=5") == ids())
  }

  @Test(arguments: ["m=0", "m=-1", "m=x", "m=4294967296", "bytes=0", "skew=3", "type=q9"])
  func valuesOutOfRangeAreErrors(text: String) {
    #expect {
      _ = try ids(text)
    } throws: { error in
      "\(error)".contains(text)
    }
  }

  @Test(arguments: ["", "m", "m=", "=3"])
  func whatSetsNothingIsAnError(text: String) {
    var grid = Grid()
    #expect(throws: WorkloadError.self) { try grid.add(text) }
  }

  @Test func tooManyRowsAreRefusedBeforeTheyAreMade() throws {
    let many = "m=" + (1...101).map(String.init).joined(separator: ",")
    let more = "bytes=" + (1...100).map(String.init).joined(separator: ",")
    #expect(throws: WorkloadError.self) { try ids(many, more) }
  }
}

@Suite struct CheckTests {
  @Test func theWorstElementIsKept() {
    var check = Check()
    check.compare(1, with: 1.25, bound: 1, place: "a")
    check.compare(2, with: 2.5, bound: 1, place: "b")
    check.compare(3, with: 3.25, bound: 2, place: "c")
    #expect(check.passed && check.maxError == 0.5 && check.tolerance == 1 && check.compared == 3)
  }

  @Test(arguments: [Double.nan, .infinity, 3.1])
  func whatIsOutsideFails(value: Double) {
    var check = Check()
    check.compare(1, with: 1, bound: 0, place: "a")
    check.compare(value, with: 2, bound: 1, place: "b")
    #expect(!check.passed && check.complaint?.hasPrefix("b is ") == true)
  }

  @Test func rowsAreSampledWithinTheBudget() {
    #expect(sampledRows(5, products: 10, seed: 1, budget: 50) == [0, 1, 2, 3, 4])
    let few = sampledRows(1000, products: 10, seed: 1, budget: 100)
    #expect(few.count <= 10 && few.first == 0 && few.last == 999)
    #expect(few == sampledRows(1000, products: 10, seed: 1, budget: 100))
    #expect(sampledRows(1000, products: 1 << 40, seed: 1) == [0, 999])
    #expect(sampledRows(0, products: 1, seed: 1) == [])
  }

  @Test func theSlowestLimitBinds() throws {
    let card = CostCard(
      flop: 100, bytes: 60, footprint: 60, limits: [(.fmaF32, 100), (.readBandwidth, 60)])
    let bound = try #require(card.bound { $0 == .fmaF32 ? 50 : 20 })
    #expect(bound.limit.ceiling == .readBandwidth && bound.seconds == 3)
    #expect(card.bound { _ in nil } == nil)
    #expect(card.bound { $0 == .fmaF32 ? 50 : nil }?.seconds == 2)
  }
}
