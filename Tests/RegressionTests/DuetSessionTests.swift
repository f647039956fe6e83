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
    drift: Double = 0, perCall slowness: Double = 1,
    environment: @escaping (Int) -> EnvironmentEvidence = { _ in .quiet },
    interruptedAfter limit: Int = .max, known: Set<String> = [],
    prepare: (ScriptedWorker) -> Void = { _ in }
  ) -> DuetSession.Outcome {
    var workers: [DuetPart: ScriptedWorker] = [:]
    for part in DuetPart.allCases {
      let own = slowness * (seconds[part] ?? 0.001)
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
    var settings = DuetSettings(threads: 1, seed: seed)
    settings.rounds = 5
    let session = DuetSession(
      settings: settings, company: company, clock: SteppingClock(),
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

  /// Of calls of 1 ms, two are a segment, six blocks of six segments a round, and five rounds a pair.
  @Test func blocksAreMirroredAndSegmentsTakeTurns() throws {
    let pair = try pair(measure([:]))
    #expect(pair.calls == ["base": 2, "again": 2, "new": 2])
    #expect(pair.rounds.count == 5 && !pair.isRejected)
    let blocks = pair.rounds.flatMap(\.order)
    #expect(blocks.count == 30)
    for block in blocks {
      #expect(block == String(block.reversed()) && Set(block) == ["b", "a", "n"])
      #expect(block.count == 6)
    }
    #expect(pair.rounds.allSatisfy { $0.seconds.count == 36 })
    // They are what was run last, after the calibration and 10 ms of each to warm up.
    let played = log.segments.suffix(180).map(\.part.letter)
    #expect(played.joined() == blocks.joined())
    let warming = log.segments.dropLast(180).suffix(6)
    #expect(Set(warming.map(\.part)) == Set(DuetPart.allCases))
    #expect(warming.map(\.calls) == [2, 10, 2, 10, 2, 10])
  }

  @Test func theOrderIsDrawnAnewAndFromTheSeed() throws {
    let orders = try (1...3).map { seed in
      try pair(measure([:], seed: UInt64(seed))).rounds.map(\.order)
    }
    #expect(Set(orders.flatMap { $0 }.flatMap { $0 }).count == 6, "all six orders of three appear")
    #expect(try orders[1] == pair(measure([:], seed: 2)).rounds.map(\.order))
    #expect(orders[0] != orders[1])
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

  /// Segments before the first of the second round.
  private func secondRound() throws -> Int {
    _ = try pair(measure([:]))
    defer { log.segments = [] }
    return log.segments.count - 144
  }

  @Test(arguments: [
    (EnvironmentEvidence.with(steal: 0.2), "steal"), (.with(faults: 1), "major-faults"),
    (.with(throttles: 2), "thermal-throttle"),
  ])
  func aSpoiledRoundIsMadeAgain(evidence: EnvironmentEvidence, code: String) throws {
    let start = try secondRound()
    let pair = try pair(measure([:], environment: { $0 == start + 36 ? evidence : .quiet }))
    #expect(pair.rounds.count == 6 && !pair.isRejected)
    #expect(pair.rounds.map { $0.rejections.count } == [0, 3, 0, 0, 0, 0])
    #expect(pair.rounds[1].rejections.allSatisfy { $0.reason == code })
    #expect(pair.rejections(of: .again) == 1 && pair.difference == 0)
  }

  /// A part that waits for a processor in a twentieth of what all parts are timed spoils the round, and
  /// is named.
  @Test func waitingIsHeldAgainstTheTimeOfTheRound() throws {
    let start = try secondRound()
    func rejections(_ waited: Double) throws -> [DuetRound.Rejection] {
      try pair(
        measure(
          [:],
          prepare: { worker in
            guard worker.part == .new else { return }
            worker.waited = { (start + 1...start + 36).contains($0) ? waited : 0 }
          })
      ).rounds[1].rejections
    }
    // New has 12 segments of 2 ms, of 72 ms in all.
    #expect(try rejections(0.0002).isEmpty)
    log.segments = []
    #expect(try rejections(0.0004) == [.init(part: .new, reason: "run-queue-wait")])
  }

  @Test func tooManySpoiledRoundsEndThePair() throws {
    let start = try secondRound()
    let pair = try pair(measure([:], environment: { $0 > start ? .with(steal: 0.5) : .quiet }))
    // One that counted, three that may be made again, and the one too many.
    #expect(pair.isRejected && pair.rounds.count == 5)
    #expect(pair.difference == nil && pair.noise == nil)
    #expect(log.checked.count == 2, "answers count in a noisy hour too")
  }

  /// What a median over blocks bears: a tick or two of stolen time.
  @Test func aLittleStolenTimeSpoilsNothing() throws {
    let pair = try pair(measure([:], environment: { _ in .with(steal: 0.09) }))
    #expect(pair.rounds.count == 5 && pair.rounds.allSatisfy(\.rejections.isEmpty))
  }

  /// A segment a hundred times as long is a value, not an excuse; fewer of them take as much time.
  @Test func valuesAreNeverAReason() throws {
    let pair = try pair(measure([.new: 0.1]))
    #expect(pair.rounds.count == 2 && pair.rounds.allSatisfy(\.rejections.isEmpty))
    #expect(pair.rounds.allSatisfy { $0.order.count == 1 })
    #expect(abs((pair.difference ?? 0) - Foundation.log(100)) < 1e-12)
  }

  @Test func aRehearsalAndACanaryMake21CallsFor20() throws {
    let rehearsal = try pair(
      measure([.base: 0.00009], task: DuetTask(Unmeasured.row(), isRehearsed: true)))
    #expect(rehearsal.calls == ["base": 40, "again": 40, "new": 42])
    let canary = try pair(measure([.new: 9], task: DuetTask(canaryOf: Unmeasured.row())))
    #expect(canary.calls == ["base": 20, "new": 21])
    // It is base's own process that plays new.
    #expect(Set(canary.rounds.flatMap(\.order)) == ["bnnb", "nbbn"])
    #expect(log.segments.suffix(20).allSatisfy { $0.part != .new })
    #expect(abs((canary.difference ?? 0) - Foundation.log(1.05)) < 1e-12 && canary.noise == nil)
    let slow = measure([:], task: DuetTask(canaryOf: Unmeasured.row()), perCall: 30)
    guard case .skipped = slow else {
      Issue.record("\(slow)")
      return
    }
  }

  @Test func knownAnswersNeedNoSecondCheck() throws {
    _ = try pair(measure([:]))
    #expect(log.checked == [.base], "the others' bits are base's")
    _ = try pair(measure([:], known: ["abc"]))
    #expect(log.checked.count == 1)
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
    let bytes = try JSONEncoder().encode(
      DuetRequest.prepare(RowText(row), seed: .max, threads: 2, seat: 5))
    guard
      case .prepare(let text, let seed, 2, 5) = try JSONDecoder().decode(
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
