import Capacity
import Models
import Testing
import Units

@Suite struct VerdictTests {
  private let model = TestModel.llama3At8B.model(.q8_0)

  /// What the model needs at 8192 tokens where no system reserve is counted.
  private var required: Int {
    Capacity.assess(model: model, box: .test()).required.count
  }

  @Test func tenPerCentIsTheBorderOfFits() {
    let comfortable = Int((Double(required) / 0.9).rounded(.up))
    #expect(verdict(memory: comfortable) == .fits)
    #expect(verdict(memory: comfortable - 2) == .tight)
    #expect(verdict(memory: required) == .tight)
    #expect(verdict(memory: required - 1) == .exceeds)
  }

  @Test func onlyMappedWeightsOnTheProcessorsPagesStream() {
    #expect(verdict(memory: required - 1, pool: .system) == .streams)
    #expect(verdict(memory: required - 1, pool: .unified) == .streams)
    #expect(verdict(memory: required - 1, pool: .discrete) == .exceeds)
    #expect(verdict(memory: required - 1, pool: .system, runtime: .vllm) == .exceeds)
    let cacheAlone = 8192 * 131_072
    #expect(verdict(memory: cacheAlone, pool: .system) == .exceeds)
  }

  @Test func unknownArchitecturesGetALowerBound() {
    var unknown = model
    unknown.geometry.layers = []
    let weights = unknown.tensors.reduce(0) { $0 + $1.bytes }
    for (memory, expected) in [(weights, Verdict.unknown), (weights - 1, .exceeds)] {
      let answer = Capacity.assess(
        model: unknown, box: .test(), settings: CheckSettings(memory: Bytes(memory)))
      #expect(answer.verdict == expected)
      #expect(answer.required == Bytes(weights))
      #expect(answer.decode == nil && answer.prefill == nil && answer.alternatives.isEmpty)
      #expect(answer.warnings.contains { $0.code == "unknown-architecture" })
    }
  }

  @Test(arguments: [
    (Verdict.fits, true as Bool?), (.tight, true), (.streams, false), (.exceeds, false),
    (.unknown, nil),
  ])
  func yesNoOrCannotSay(verdict: Verdict, answer: Bool?) {
    #expect(verdict.isYes == answer)
  }

  @Test func theSystemKeepsAThirtySecondWithinLimits() {
    let half = Bytes.gibibytes(64)
    #expect(reserve(total: half, available: half) == .gibibytes(2))
    #expect(reserve(total: .gibibytes(4), available: .gibibytes(4)) == .mebibytes(256))
    #expect(reserve(total: .gibibytes(512), available: .gibibytes(512)) == .gibibytes(4))
    #expect(reserve(total: half, available: .gibibytes(63)) == .gibibytes(1))
    #expect(reserve(total: half, available: .gibibytes(40)) == .zero)
    #expect(Box.test(pool: .discrete).systemReserve == .zero)
  }

  @Test func vllmTakesNinetyPerCent() {
    let settings = CheckSettings(runtime: .vllm)
    let answer = Capacity.assess(model: model, box: .test(), settings: settings)
    #expect(answer.budget == Bytes(Int(0.9 * Double(64 << 30))))
  }

  /// Headroom is what is left, and the ledger is what is required.
  @Test func figuresAddUp() {
    let answer = Capacity.assess(model: model, box: .test(pool: .unified))
    #expect(answer.required.count == answer.ledger.lines.reduce(0) { $0 + $1.bytes.count })
    #expect(answer.headroom == answer.budget - answer.required)
    #expect(
      answer.ledger.total(.weights).count == model.tensors.reduce(0) { $0 + $1.bytes })
  }

  private func reserve(total: Bytes, available: Bytes) -> Bytes {
    Box.test(available: available, total: total, pool: .system).systemReserve
  }

  private func verdict(memory: Int, pool: Box.Pool = .discrete, runtime: Runtime = .llamaCpp)
    -> Verdict
  {
    let settings = CheckSettings(runtime: runtime, memory: Bytes(memory))
    return Capacity.assess(model: model, box: .test(pool: pool), settings: settings).verdict
  }
}
