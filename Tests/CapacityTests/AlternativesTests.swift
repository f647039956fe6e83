import Capacity
import Models
import Tensors
import Testing
import Units

@Suite struct AlternativesTests {
  private let ladder: [ElementType] = [.f16, .q8_0, .q6K, .q4_0, .q2K]

  @Test func theFirstCandidateThatFitsIsTaken() throws {
    let answer = assess(memory: .gibibytes(8))
    let row = try #require(answer.alternatives.first { $0.reason == .bestQuantisation })
    #expect(row.quantisation == "Q6_K")
    #expect(row.verdict.isYes == true && row.required <= .gibibytes(8))
    #expect(row.context == answer.context)
    #expect(row.decodeTokensPerSecond != nil)
  }

  @Test func whereNothingFitsTheSmallestIsShown() {
    let answer = assess(memory: .gibibytes(2))
    #expect(answer.alternatives.map(\.reason) == [.smallestQuantisation])
    #expect(answer.alternatives.map(\.quantisation) == ["Q2_K"])
    #expect(answer.alternatives.map(\.verdict) == [.exceeds])
  }

  @Test func laterCandidatesAreNotBuilt() {
    var built = 0
    let candidates = ladder.lazy.map { type -> Model in
      built += 1
      return TestModel.llama3At8B.model(type)
    }
    _ = Capacity.assess(
      model: TestModel.llama3At8B.model(.f16), box: .test(), candidates: candidates)
    #expect(built == 1)
  }

  /// One step of 256 tokens more doesn't fit.
  @Test func theLongestContextIsTheLongest() throws {
    let answer = assess(memory: .gibibytes(18))
    let row = try #require(answer.alternatives.first { $0.reason == .longestContext })
    #expect(row.context.isMultiple(of: 256) && row.context < 131_072)
    #expect(verdict(context: row.context).isYes == true)
    #expect(verdict(context: row.context + 1).isYes == false)
  }

  @Test func theModelsOwnContextIsTheEnd() {
    let answer = assess(memory: .gibibytes(1 << 20))
    #expect(answer.alternatives.last?.context == 131_072)
  }

  private func verdict(context: Int) -> Verdict {
    Capacity.assess(
      model: TestModel.llama3At8B.model(.f16), box: .test(),
      settings: CheckSettings(context: context, memory: .gibibytes(18))
    ).verdict
  }

  private func assess(memory: Bytes) -> Assessment {
    Capacity.assess(
      model: TestModel.llama3At8B.model(.f16), box: .test(),
      settings: CheckSettings(memory: memory),
      candidates: ladder.lazy.map { TestModel.llama3At8B.model($0) })
  }
}
