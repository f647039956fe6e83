import Foundation
import Hardware
import Harness
import Kernels
import Testing
import Units

@testable import Regression

/// Whole duets over scripted workers: who is started when, and what comes of it.
@Suite struct DuetTests {
  /// What a script says of one duet.
  private struct Script {
    /// Seconds a call of new takes, where base takes 1 ms; noise of half a percent comes on top.
    var new = 0.001
    var maxTime = 1e9
    var memory = Bytes(1 << 30)
    var isRehearsal = false
    /// Segments after which somebody asks for the end.
    var interruption = Int.max
    var environment: (Int) -> EnvironmentEvidence = { _ in .quiet }
    /// Does something to a worker before it is used.
    var prepare: (ScriptedWorker) -> Void = { _ in }
  }

  private let log = ScriptedWorker.Log()

  private func run(_ script: Script, rows: [Row] = [Unmeasured.row(1), Unmeasured.row(2)]) throws
    -> DuetResult
  {
    var settings = DuetSettings(threads: 1, seed: 11)
    settings.isRehearsal = script.isRehearsal
    let duet = Duet(
      base: .ownKernels, new: try DuetArm(parsing: "./new"), settings: settings,
      maxTime: script.maxTime, clock: SteppingClock(), memory: { .value(script.memory) },
      starter: starter(script))
    return try duet.run(rows, isInterrupted: { log.segments.count > script.interruption })
  }

  private func starter(_ script: Script) -> Duet.Starter {
    { (part, padding) throws(ProviderError) in
      log.started.append((part, padding))
      let seconds = part == .new ? script.new : 0.001
      // Each process has luck of its own, as pairs of real ones do.
      let luck = 1 + 0.005 * sin(Double(log.started.count))
      let worker = ScriptedWorker(
        part, log: log, secondsPerCall: { _ in seconds * luck }, environment: script.environment)
      script.prepare(worker)
      return worker
    }
  }

  @Test func theSameIsTheSame() throws {
    let result = try run(Script())
    #expect(result.verdict == .same)
    #expect(result.outcome.rows.map(\.verdict) == [.same, .same])
    #expect(result.outcome.canary?.verdict == .slower)
    #expect(result.rows.allSatisfy { $0.pairs.count == 8 && $0.trouble == nil })
    // Three processes a pair, of other environments each.
    #expect(log.started.count == 24)
    #expect(Set(log.started.map(\.padding)).count > 20)
    #expect(log.started.allSatisfy { (0..<4096).contains($0.padding) })
    // Whoever is first has the first choice of memory.
    #expect(Set(stride(from: 0, to: 24, by: 3).map { log.started[$0].part }).count == 3)
  }

  @Test func slowerIsConfirmedOnFreshProcesses() throws {
    let result = try run(Script(new: 0.00106))
    #expect(result.verdict == .slower)
    for row in result.rows {
      #expect(row.pairs.count { $0.stage == .screen } >= 8)
      #expect(row.pairs.count { $0.stage == .confirm } >= 12)
    }
    #expect(log.started.count >= 3 * 20)
  }

  @Test func aRehearsalFails() throws {
    let document = CompareDocument(
      try run(Script(isRehearsal: true)), suite: nil, base: "a", new: "b")
    #expect(document.verdict == .slower && document.rows.allSatisfy { $0.verdict == .slower })
    #expect(document.warnings.contains { $0.contains("rehearsal") })
    #expect(document.rows.allSatisfy { abs(($0.ratio ?? 0) - 1.05) < 0.01 })
  }

  @Test func theCanaryIsTheQuietestRow() throws {
    // In the first row's blocks, base and base again disagree.
    let result = try run(
      Script(prepare: { worker in
        var isFirst = false
        worker.scale = { request in
          if case .prepare(let text, _, _, _) = request { isFirst = text.parameters[0][1] == "1" }
          return isFirst && worker.part == .again ? 1 + 0.02 * Double(log.segments.count % 5) : 1
        }
      }))
    #expect(result.canaryRow == Unmeasured.row(2).id)
    #expect(result.canary.pairs.count == 8)
  }

  /// 20 calls of 25 ms would take too long: the noisier row of short ones is taken.
  @Test func theCanaryHasShortCalls() throws {
    let result = try run(
      Script(prepare: { worker in
        var isFirst = false
        worker.scale = { request in
          if case .prepare(let text, _, _, _) = request { isFirst = text.parameters[0][1] == "1" }
          if isFirst { return 25 }
          return worker.part == .again ? 1 + 0.002 * Double(log.segments.count % 5) : 1
        }
      }))
    #expect(result.canaryRow == Unmeasured.row(2).id)
    #expect(result.outcome.canary?.verdict == .slower)
  }

  @Test func whenTheTimeIsUpRowsAreInconclusive() throws {
    // The clock moves by a microsecond with each reading: this ends within the first pair.
    let result = try run(Script(maxTime: 0.0005))
    #expect(result.timedOut && !result.interrupted && result.verdict == .inconclusive)
    #expect(result.outcome.rows[0].reason == "ended before its pairs were measured")
  }

  @Test func anInterruptionKeepsWhatIsThere() throws {
    let result = try run(Script(interruption: 1500))
    #expect(result.interrupted && result.verdict == .inconclusive)
    #expect((1..<8).contains(result.rows[0].pairs.count))
    let document = CompareDocument(result, suite: nil, base: "a", new: "b")
    #expect(document.interrupted)
  }

  @Test func aNoisyHourIsInconclusiveAndCountedByArm() throws {
    let result = try run(
      Script(environment: { $0 > 300 ? .with(steal: 0.5) : .quiet }))
    #expect(result.verdict == .inconclusive)
    #expect(result.outcome.rows.allSatisfy { $0.verdict == .inconclusive && $0.rejected > 0 })
    let document = CompareDocument(result, suite: nil, base: "a", new: "b")
    let blocks = document.rows[0].rejectedRounds ?? [:]
    #expect(DuetPart.allCases.allSatisfy { (blocks[$0.rawValue] ?? 0) > 0 })
    #expect(document.rows[0].measurements?.isEmpty == false)
  }

  @Test func aWrongAnswerEndsItsRowAlone() throws {
    let result = try run(
      Script(prepare: { worker in
        guard worker.part == .new else { return }
        worker.failure = { request in
          if case .prepare(let text, _, _, _) = request {
            worker.complaint = text.parameters[0][1] == "1" ? "y[0] is nan" : nil
          }
          return nil
        }
      }))
    #expect(result.rows[0].trouble == .wrong("./new (new): y[0] is nan"))
    #expect(result.outcome.rows[1].verdict == .same)
    let document = CompareDocument(result, suite: nil, base: "a", new: "b")
    #expect(document.hasWrongAnswers && !document.hasFailures)
  }

  @Test func aCrashEndsItsRowAndTheOthersGoOnWithANewProcess() throws {
    let result = try run(
      Script(prepare: { worker in
        var isFirst = false
        worker.failure = { request in
          if case .prepare(let text, _, _, _) = request { isFirst = text.parameters[0][1] == "1" }
          guard isFirst, worker.part == .new, case .run = request else { return nil }
          return ProviderError(.failed, "./new (new) crashed with SIGSEGV while it was timed")
        }
      }))
    #expect(
      result.rows[0].trouble
        == .failed("./new (new) crashed with SIGSEGV while it was timed"))
    #expect(result.outcome.rows[1].verdict == .same)
    #expect(log.started.count { $0.part == .new } == 9, "one more in the pair of the crash")
    let document = CompareDocument(result, suite: nil, base: "a", new: "b")
    #expect(document.hasFailures && document.rows[0].status == .failed)
    #expect(document.verdict == .inconclusive)
  }

  @Test func whatAnArmLacksIsSkippedAndHasNoPartInTheVerdict() throws {
    let result = try run(
      Script(prepare: { worker in
        worker.failure = { request in
          guard case .prepare(let text, _, _, _) = request, text.parameters[0][1] == "1",
            worker.part != .new
          else { return nil }
          return ProviderError(.unsupported, "there is no workload 'unmeasured'")
        }
      }))
    #expect(result.verdict == .same)
    let row = CompareDocument(result, suite: nil, base: "a", new: "b").rows[0]
    #expect(row.status == .skipped && row.reason?.hasPrefix("plimsoll (base") == true)
  }

  @Test func rowsThatDoNotFitThreeTimesAreSkipped() throws {
    let result = try run(
      Script(memory: Bytes(100)), rows: [Unmeasured.row(33), Unmeasured.row(34)])
    #expect(result.rows[0].trouble == nil)
    guard case .skipped(let reason) = result.rows[1].trouble else {
      Issue.record("not skipped")
      return
    }
    #expect(reason.hasPrefix("three processes need 102 B"))
  }

  @Test func anArmThatCannotStartEndsTheDuet() {
    let error = #expect(throws: ProviderError.self) {
      try Duet(
        base: try DuetArm(parsing: "/no/such/plimsoll"), new: .ownKernels,
        settings: DuetSettings(threads: 1, seed: 1), maxTime: 9
      ).run([Unmeasured.row()])
    }
    #expect(error?.kind == .notFound)
  }
}
