import Hardware
import Kernels
import Measurement
import Statistics
import Synchronization
import Tensors
import Testing
import Units

@testable import Harness

/// A clock that moves by a millisecond with each reading, or by as much as it is told to.
final class SteppingClock: Clock {
  private let state = Mutex<(now: UInt64, step: UInt64)>((0, 1_000_000))
  func nanoseconds() -> UInt64 {
    state.withLock { state in
      state.now += state.step
      return state.now
    }
  }
  func step(_ nanoseconds: UInt64) { state.withLock { $0.step = nanoseconds } }
}

/// A provider whose kernel takes a set time, writes a set number, and fails when told to.
final class ScriptedProvider: KernelProvider {
  let name: String
  let details = "scripted"
  private let seconds: Double
  private let answer: Float
  private let failure: (call: Int, ProviderError)?
  /// Numbers of calls that were asked for.
  private(set) var asked: [Int] = []

  init(
    _ name: String, seconds: Double, answer: Float = 42, failure: (call: Int, ProviderError)? = nil
  ) {
    (self.name, self.seconds, self.answer, self.failure) = (name, seconds, answer, failure)
  }

  func prepare(
    _ request: KernelRequest, threads: Int
  ) throws(ProviderError) -> any PreparedKernel {
    if let failure, failure.call == 0 { throw failure.1 }
    return Kernel(seconds: seconds / Double(threads), answer: answer, failure: failure) {
      self.asked.append($0)
    }
  }

  private final class Kernel: PreparedKernel {
    private let seconds: Double
    private let answer: Float
    private let failure: (call: Int, ProviderError)?
    private let log: (Int) -> Void
    private var calls = 0

    init(
      seconds: Double, answer: Float, failure: (call: Int, ProviderError)?,
      log: @escaping (Int) -> Void
    ) {
      self.log = log
      (self.seconds, self.answer, self.failure) = (seconds, answer, failure)
    }

    func time(repetitions: Int) throws(ProviderError) -> Double {
      calls += 1
      log(repetitions)
      if let failure, calls >= failure.call { throw failure.1 }
      return seconds * Double(repetitions)
    }

    func outputs() throws(ProviderError) -> [AlignedBuffer] {
      do {
        let buffer = try AlignedBuffer(byteCount: 4, pages: .small)
        buffer.floats[0] = answer
        return [buffer]
      } catch { throw ProviderError(.refused, error.description) }
    }
  }
}

/// A workload whose answer is 42.
struct Question: Workload {
  let name = "question"
  let summary = "the answer is 42"
  let axes: [Axis] = [.extent("m", "size", usual: 1)]

  func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    CostCard(
      flop: 1000, bytes: 0, footprint: try footprint([parameters.count("m")]),
      limits: [(.fmaF32, 1000)])
  }

  func prepared(_ parameters: Parameters, seed: UInt64) -> PreparedWorkload {
    let request = KernelRequest(inputs: [], outputByteCounts: [4], foreignCall: nil) { _, _, _ in
      {}
    }
    return PreparedWorkload(request: request) { outputs in
      var check = Check()
      check.compare(Double(outputs[0].floats[0]), with: 42, bound: 0.5, place: "answer")
      return check
    }
  }
}

@Suite struct RunnerTests {
  private func run(
    _ providers: [ScriptedProvider], threads: [Int] = [1], size: Int = 1,
    interruptedAfter limit: Int = .max
  ) throws -> RunDocument {
    let runner = Runner(
      table: .best, machine: Machine.read(), pools: WorkerPools(), providers: providers,
      settings: .init(
        threads: threads, seed: 5,
        rule: StoppingRule(
          minimumRounds: 7, maximumRounds: 7, timeLimit: 1e9, relativeWidth: 0),
        memoryBudget: .mebibytes(8)),
      clock: SteppingClock())
    var asked = 0
    let row = Row(Question(), Parameters([("m", .count(size))]))
    return try runner.run([row, row], startedAt: 0) {
      asked += 1
      return asked > limit
    }
  }

  @Test func ratiosAreSpeedsAgainstTheFirst() throws {
    let results = try run([
      ScriptedProvider("a", seconds: 5), ScriptedProvider("b", seconds: 2.5),
    ]).results
    #expect(results.count == 4 && results.allSatisfy { $0.status == .ok })
    #expect(results[0].ratio == nil && results[0].medianSeconds == 5)
    #expect(results[1].ratio?.value == 2 && results[1].ratio?.against == "a")
    #expect(results[1].samplesSeconds == [Double](repeating: 2.5, count: 7))
    #expect(results[1].ended == "rounds" && results[1].callsPerSample == 1)
  }

  @Test func scalingIsSpeedAgainstTheFirstNumberOfThreads() throws {
    let results = try run([ScriptedProvider("a", seconds: 1)], threads: [1, 2]).results
    #expect(results[0].scaling == nil)
    #expect(results[1].scaling?.value == 2 && results[1].scaling?.against == "1")
  }

  @Test func shortCallsAreTakenTogether() throws {
    let result = try #require(try run([ScriptedProvider("a", seconds: 1e-4)]).results.first)
    // The clock's step is 1 ms, and a sample is a thousand of them.
    #expect(result.callsPerSample >= 10_000)
    let median = try #require(result.medianSeconds)
    #expect(abs(median - 1e-4) < 1e-12)
  }

  @Test func aWrongAnswerFails() throws {
    let document = try run([ScriptedProvider("a", seconds: 1, answer: 41)])
    #expect(document.hasWrongAnswers && document.hasFailures)
    #expect(document.results[0].reason == "answer is 41.0 where 42.0 ± 0.5 is right")
    #expect(document.results[0].medianSeconds == 1, "what was measured is kept")
  }

  @Test(arguments: [0, 1, 3, 6])
  func aFailureStopsOneLaneOnly(call: Int) throws {
    let failing = ScriptedProvider(
      "b", seconds: 1, failure: (call, ProviderError(.failed, "gave up")))
    let document = try run([ScriptedProvider("a", seconds: 1), failing])
    #expect(document.results[0].status == .ok && document.results[0].samplesSeconds.count == 7)
    #expect(document.results[1].status == .failed && document.results[1].reason == "gave up")
    #expect(document.results[1].medianSeconds == nil && document.results[1].ratio == nil)
    #expect(document.hasFailures && !document.hasWrongAnswers)
  }

  @Test func whatIsNotOfferedIsSkipped() throws {
    let lacking = ScriptedProvider(
      "b", seconds: 1, failure: (0, ProviderError(.unsupported, "not here")))
    let document = try run([lacking])
    #expect(document.results[0].status == .skipped && !document.hasFailures)
  }

  @Test func rowsLargerThanTheBudgetAreSkipped() throws {
    let result = try #require(
      try run([ScriptedProvider("a", seconds: 1)], size: 9 << 20).results.first)
    #expect(result.status == .skipped && result.reason?.contains("8.0 MiB can be had") == true)
  }

  @Test func anInterruptionKeepsWhatIsMeasured() throws {
    let document = try run([ScriptedProvider("a", seconds: 1)], interruptedAfter: 7)
    #expect(document.interrupted && document.results.count == 1)
    let result = document.results[0]
    #expect(result.status == .ok && (1..<7).contains(result.samplesSeconds.count))
    #expect(result.check?.passed == true)
  }

  @Test func theDocumentSurvivesItsJSON() throws {
    let document = try run([ScriptedProvider("a", seconds: 1), ScriptedProvider("b", seconds: 2)])
    let text = try JSON.text(document)
    for key in [
      "\"schema\" : \"plimsoll/run@1\"", "\"suite\" : null", "\"samples_seconds\"",
      "\"ci95_seconds\"",
      "\"median_seconds\"", "\"flop\"", "\"efficiency\"", "\"max_error\"", "\"reason\" : null",
    ] { #expect(text.contains(key), "\(key) is missing") }
    let read = try JSON.value(RunDocument.self, from: Array(text.utf8))
    #expect(read.results.map(\.id) == document.results.map(\.id))
    #expect(read.results.map(\.ratio) == document.results.map(\.ratio))
  }
}
