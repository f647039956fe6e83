import Harness
import Models
import Testing
import Workloads

@Suite struct SuitesTests {
  @Test func allSuitesOfTheProgramAreRead() throws {
    let suites = try Suites.builtIn()
    #expect(suites.map(\.name) == ["smoke", "ci", "capacity", "70b"])
    for suite in suites { #expect(suite.summary.hasSuffix("."), "\(suite.name)") }
  }

  @Test func ciHasRowsOfAllWorkloadsButThoseWithFiles() throws {
    let rows = try Suites.suite("ci").rows
    #expect((25...35).contains(rows.count))
    #expect(
      Set(rows.map(\.workload.name))
        == Set(Workloads.all.map(\.name)).subtracting(["decode", "walk"]))
    for row in rows {
      #expect(try row.workload.cost(row.parameters).footprint <= 1 << 30, "\(row.id)")
    }
  }

  /// The matrices that a token is multiplied by, in a model as it is mostly stored (Q4_K_M); extents in
  /// GGUF's order.
  private func matrices(_ model: String) throws -> [Tensor] {
    try Catalogue.entry(named: model).model().tensors.filter {
      [.attention, .feedForward, .output].contains($0.role) && $0.shape.count == 2
    }
  }

  /// What rows of gemv there are: rows, columns and, if asked for, the type.
  private func products(_ suite: String, withType: Bool) throws -> Set<[String]> {
    Set(
      try Suites.suite(suite).rows.filter { $0.workload.name == "gemv" }.map { row in
        let extents = ["m", "k"].map { "\(row.parameters.count($0))" }
        return extents + (withType ? [row.parameters.word("type")] : [])
      })
  }

  @Test func theLayerOf70BIsAsItIsStored() throws {
    let rows = try products("70b", withType: true)
    let stored = try matrices("llama-3.1-70b")
    #expect(Set(stored.map { ["\($0.shape[1])", "\($0.shape[0])", $0.type.rawValue] }) == rows)
  }

  @Test func theCliffHasTenPointsFromHalfToThreeTimesTheMemory() throws {
    let walks = try Suites.suite("70b").rows.filter { $0.workload.name == "walk" }
    let points = walks.filter { $0.parameters.word("policy") == "normal" }
      .map { $0.parameters.number("over") }
    #expect(points.count == 10 && points == points.sorted())
    #expect(points.first == 0.5 && points.last == 3)
    // One file serves all of them.
    let files = Set(
      walks.map { row in
        ["model", "quant"].map { row.parameters.word($0) } + ["\(row.parameters.count("layers"))"]
      })
    #expect(files.count == 1)
  }

  @Test(arguments: [
    "llama-3-8b", "llama-3.1-70b", "qwen3-235b-a22b", "gpt-oss-20b", "gpt-oss-120b",
  ])
  func everyMatrixOfAModelIsInCapacity(model: String) throws {
    let rows = try products("capacity", withType: false)
    let stored = try matrices(model)
    #expect(!stored.isEmpty)
    for tensor in stored {
      #expect(rows.contains(["\(tensor.shape[1])", "\(tensor.shape[0])"]), "\(tensor.name)")
    }
  }

  @Test func aMistypedNameIsAnsweredWithTheNearest() {
    #expect {
      _ = try Suites.suite("smok")
    } throws: { error in
      (error as? WorkloadError)?.kind == .notFound && "\(error)".hasSuffix("did you mean smoke?")
    }
  }

  @Test(arguments: [("./none.suite", WorkloadError.Kind.notFound), ("/", .malformed)])
  func whatIsNoFileIsNotRead(path: String, kind: WorkloadError.Kind) {
    #expect {
      _ = try Suites.suite(path)
    } throws: { ($0 as? WorkloadError)?.kind == kind }
  }
}
