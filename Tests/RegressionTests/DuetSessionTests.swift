import Foundation
import Hardware
import Harness
import Kernels
import Tensors
import Testing

@testable import Regression

/// One row in one set of scripted processes.
@Suite struct DuetSessionTests {
  private let log = ScriptedWorker.Log()

  /// A session in which each part's call takes so long, and the environment does what it is told.
  private func measure(
    _ seconds: [DuetPart: Double], task: DuetTask = DuetTask(Unmeasured.row()), seed: UInt64 = 1,
    drift: Double = 0, environment: @escaping (Int) -> EnvironmentEvidence = { _ in .quiet },
    interruptedAfter limit: Int = .max, known: Set<String> = [],
    prepare: (ScriptedWorker) -> Void = { _ in }
  ) -> DuetSession.Outcome {
    var workers: [DuetPart: ScriptedWorker] = [:]
    for part in DuetPart.allCases {
      let own = seconds[part] ?? 0.001
      let worker = ScriptedWorker(
        part, log: log, secondsPerCall: { own * (1 + drift * Double($0)) },
        environment: environment)
      prepare(worker)
      workers[part] = worker
    }
    let company = DuetCompany(names: [.base: "old", .again: "old", .new: "mine"]) {
      (part) throws(ProviderError) in
      guard let worker = workers[part], worker.isRunning else {
        throw ProviderError(.refused, "no worker")
      }
      return worker
    }
    var asked = 0
    let session = DuetSession(
      settings: DuetSettings(threads: 1, seed: seed), company: company, clock: SteppingClock(),
      isInterrupted: {
        asked += 1
        return asked > limit
      })
    var generator = SplitMix64(seed: seed)
    var knowledge = DuetSession.RowKnowledge(rightAnswers: known)
    return session.measure(task, &knowledge, using: &generator)
  }

  private func pair(_ outcome: DuetSession.Outcome) throws -> DuetPair {
    guard case .measured(let pair) = outcome else {
      Issue.record("\(outcome)")
      throw CancellationError()
    }
    return pair
  }

  @Test func blocksAreMirroredAndSegmentsTakeTurns() throws {
    let pair = try pair(measure([:]))
    #expect(pair.blocks.count == 5 && !pair.isRejected)
    for block in pair.blocks {
      #expect(block.order == block.order.reversed())
      #expect(Set(block.order.prefix(3)) == Set(DuetPart.allCases))
      #expect(block.seconds.count == 6)
    }
    // The blocks are what was run last, after the calibration and one segment each to warm up.
    let played = log.segments.suffix(30).map(\.part)
    #expect(played == pair.blocks.flatMap(\.order))
    #expect(Set(log.segments.dropLast(30).suffix(3).map(\.part)) == Set(DuetPart.allCases))
    // A segment is about 15 ms: 15 calls of one.
    #expect(pair.calls == ["base": 15, "again": 15, "new": 15])
  }

  @Test func theOrderIsDrawnAnewAndFromTheSeed() throws {
    let orders = try (1...9).map { seed in
      try pair(measure([:], seed: UInt64(seed))).blocks.map(\.order)
    }
    #expect(Set(orders.flatMap { $0 }).count == 6, "all six orders of three appear")
    #expect(try orders[3] == pair(measure([:], seed: 4)).blocks.map(\.order))
  }

  @Test func differencesAreLogarithmsOfRatios() throws {
    let pair = try pair(measure([.base: 0.001, .again: 0.00101, .new: 0.0012]))
    #expect(abs((pair.difference ?? 0) - Foundation.log(1.2)) < 1e-12)
    #expect(abs((pair.noise ?? 0) - Foundation.log(1.01)) < 1e-12)
  }

  /// What grows by the same amount from segment to segment cancels in the mirror image.
  @Test func evenDriftCancels() throws {
    let pair = try pair(measure([:], drift: 0.01))
    #expect(abs(pair.difference ?? 1) < 1e-12 && abs(pair.noise ?? 1) < 1e-12)
  }

  @Test(arguments: [
    (EnvironmentEvidence.with(steal: 0.9), "steal"), (.with(wait: 0.5), "run-queue-wait"),
    (.with(faults: 1), "major-faults"), (.with(throttles: 2), "thermal-throttle"),
  ])
  func aSpoiledBlockIsMeasuredAgain(evidence: EnvironmentEvidence, code: String) throws {
    // Of the 30 segments after calibration and warming, the ninth is in the second block.
    let first = try firstSegment()
    let pair = try pair(measure([:], environment: { $0 == first + 8 ? evidence : .quiet }))
    #expect(pair.blocks.count == 6 && !pair.isRejected)
    #expect(pair.blocks.map { $0.rejections.count } == [0, 1, 0, 0, 0, 0])
    let rejection = try #require(pair.blocks[1].rejections.first)
    #expect(rejection.reason == code && rejection.part == pair.blocks[1].order[2])
    #expect(pair.rejections(of: rejection.part) == 1)
    #expect(pair.difference == 0)
  }

  /// The number of the first segment that is in a block.
  private func firstSegment() throws -> Int {
    _ = try pair(measure([:]))
    defer { log.segments = [] }
    return log.segments.count - 30 + 1
  }

  @Test func moreSpoiledBlocksThanAFifthEndThePair() throws {
    let first = try firstSegment()
    let pair = try pair(measure([:], environment: { $0 >= first ? .with(steal: 0.5) : .quiet }))
    #expect(pair.isRejected && pair.blocks.count == 2)
    #expect(pair.difference == nil && pair.noise == nil)
    #expect(log.checked.count == 6, "answers count in a noisy hour too")
  }

  /// One tick of stolen time, one slice of the scheduler: too little in a block to mean anything.
  @Test(arguments: [EnvironmentEvidence.with(steal: 0.1), .with(wait: 0.2)])
  func whatAMedianBearsSpoilsNoBlock(evidence: EnvironmentEvidence) throws {
    let first = try firstSegment()
    let pair = try pair(measure([:], environment: { $0 == first + 8 ? evidence : .quiet }))
    #expect(pair.blocks.count == 5 && pair.blocks.allSatisfy(\.rejections.isEmpty))
  }

  /// A segment ten times as long is a value, not an excuse; fewer of them take as much time.
  @Test func valuesAreNeverAReason() throws {
    let pair = try pair(measure([.new: 0.01]))
    #expect(pair.blocks.count == 2 && pair.blocks.allSatisfy(\.rejections.isEmpty))
    #expect(abs((pair.difference ?? 0) - Foundation.log(10)) < 1e-12)
  }

  @Test func aRehearsalAndACanaryMake21CallsFor20() throws {
    let rehearsal = try pair(
      measure([.base: 0.0007], task: DuetTask(Unmeasured.row(), isRehearsed: true)))
    #expect(rehearsal.calls == ["base": 40, "again": 40, "new": 42])
    let canary = try pair(measure([.new: 9], task: DuetTask(canaryOf: Unmeasured.row())))
    #expect(canary.calls == ["base": 20, "new": 21])
    // It is base's own process that plays new.
    #expect(log.segments.suffix(20).allSatisfy { $0.part != .new })
    #expect(abs((canary.difference ?? 0) - Foundation.log(1.05)) < 1e-12 && canary.noise == nil)
  }

  @Test func knownAnswersNeedNoSecondCheck() throws {
    _ = try pair(measure([:]))
    #expect(log.checked == DuetPart.allCases)
    _ = try pair(measure([:], known: ["abc"]))
    #expect(log.checked.count == 3)
  }

  @Test func aWrongAnswerIsNamed() {
    let outcome = measure([:], prepare: { if $0.part == .new { $0.complaint = "y[3] is 1" } })
    #expect(outcome == .wrong("mine (new): y[3] is 1"))
  }

  @Test func troubleEndsTheRow() {
    func outcome(_ part: DuetPart, _ error: ProviderError) -> DuetSession.Outcome {
      measure(
        [:],
        prepare: { worker in
          guard worker.part == part else { return }
          worker.failure = { if case .run = $0 { error } else { nil } }
        })
    }
    #expect(
      outcome(.new, ProviderError(.failed, "mine (new) crashed with SIGSEGV"))
        == .failed("mine (new) crashed with SIGSEGV"))
    #expect(
      outcome(.base, ProviderError(.unsupported, "no such type"))
        == .skipped("old (base): no such type"))
    #expect(outcome(.again, ProviderError(.interrupted, "")) == .interrupted)
    #expect(measure([:], interruptedAfter: 9) == .interrupted)
  }

  @Test func anotherRowOfTheSameNameIsSkipped() {
    let outcome = measure(
      [:], prepare: { if $0.part == .new { $0.work = .init(flop: 3, bytes: 4) } })
    guard case .skipped(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.hasPrefix("the row is another one in mine (new)"))
  }
}

/// What travels between programs that may be of different versions.
@Suite struct DuetMessagesTests {
  @Test func aRowIsTheSameOnTheOtherSide() throws {
    let row = Unmeasured.row(7)
    let bytes = try JSONEncoder().encode(DuetRequest.prepare(RowText(row), seed: .max, threads: 2))
    guard
      case .prepare(let text, let seed, 2) = try JSONDecoder().decode(
        DuetRequest.self, from: bytes)
    else {
      Issue.record("another request")
      return
    }
    #expect(try text.row(among: [Unmeasured()]).id == row.id && seed == .max)
  }

  @Test func whatIsNotKnownIsRefused() throws {
    var text = RowText(Unmeasured.row())
    #expect(throws: WorkloadError.self) { try text.row(among: []) }
    text.parameters[0][0] = "n"
    let error = #expect(throws: WorkloadError.self) { try text.row(among: [Unmeasured()]) }
    #expect(error?.description == "unmeasured has the parameters m, skew, and not n, skew")
    text.parameters = [["m", "-3"], ["skew", "1"]]
    #expect(throws: WorkloadError.self) { try text.row(among: [Unmeasured()]) }
    text.parameters = [["m"], []]
    #expect(throws: WorkloadError.self) { try text.row(among: [Unmeasured()]) }
  }

  @Test func ofAnotherVersionTheFixedKeysAreRead() throws {
    let text = #"{"protocol":"plimsoll/duet-worker","version":7,"details":[1],"failure":true}"#
    let greeting = try JSONDecoder().decode(DuetGreeting.self, from: Data(text.utf8))
    #expect(greeting.version == 7 && greeting.failure == nil)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(DuetGreeting.self, from: Data(#"{"version":7}"#.utf8))
    }
  }

  @Test func armsAreProgramsOrProviders() throws {
    #expect(try DuetArm(parsing: "plimsoll") == .ownKernels)
    #expect(try DuetArm(parsing: "./plimsoll").name == "./plimsoll")
    #expect(try DuetArm(parsing: "plugin:a.so").copiesOfInputs == 2)
    for text in ["", "plugin:", "cblas:"] {
      let error = #expect(throws: ProviderError.self) { try DuetArm(parsing: text) }
      #expect(error?.kind == .usage)
    }
  }
}
