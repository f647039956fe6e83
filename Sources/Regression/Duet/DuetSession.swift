import Harness
import Kernels
import Measurement
import Tensors

/// The rows of one pair: three processes that take turns, never two at a time.
struct DuetSession {
  let settings: DuetSettings
  let company: DuetCompany
  let clock: any Clock
  let isInterrupted: () -> Bool
  /// Where one thread alone runs, in every part: two processors of one box may differ in speed.
  var seat = 0

  /// What became of a row.
  enum Outcome: Equatable {
    case measured(DuetPair)
    /// It can't be compared: a part does not know it, or knows another row by this name.
    case skipped(String)
    /// A part crashed, hung or reported a failure.
    case failed(String)
    /// A part's answer was wrong.
    case wrong(String)
    case interrupted
  }

  /// What earlier pairs found out about a row.
  struct RowKnowledge {
    /// Digests of answers that were right: answers hang on nothing but the row and the seed.
    var rightAnswers: Set<String> = []
    /// Calls of base that make a segment.
    var calls: Int?
  }

  /// Measures one row; what is learnt about it is added to `knowledge`.
  func measure(
    _ task: DuetTask, _ knowledge: inout RowKnowledge, using generator: inout SplitMix64
  ) -> Outcome {
    do throws(Ending) {
      try prepare(task)
      let calls = if let calls = knowledge.calls { calls } else { try neededCalls() }
      knowledge.calls = calls
      let pair = try rounds(of: task, calls: task.baseCalls(for: calls), using: &generator)
      try finish(task, known: &knowledge.rightAnswers)
      return .measured(pair)
    } catch { return error.outcome }
  }

  /// Inputs may be made side by side: nothing is timed meanwhile.
  private func prepare(_ task: DuetTask) throws(Ending) {
    let request = DuetRequest.prepare(
      RowText(task.row), seed: settings.seed,
      threads: task.row.threads?.first ?? settings.threads, seat: seat)
    var works: [DuetPart: RunDocument.Work] = [:]
    for (process, reply) in try askAll(task, request) {
      guard case .prepared(let work) = reply else { throw nonsense(process) }
      works[process] = work
    }
    for (process, work) in works {
      guard let base = works[.base], work != base else { continue }
      throw Ending(
        .skipped(
          "the row is another one in \(company.name(of: process)): \(work.flop) FLOP and "
            + "\(work.bytes) bytes a call instead of \(base.flop) and \(base.bytes)"))
    }
  }

  /// The answers that were timed are held against the oracle, those that were seen before are known: base
  /// goes first, and the others seldom have anything to add.
  private func finish(_ task: DuetTask, known: inout Set<String>) throws(Ending) {
    for part in task.players.map(\.process) {
      let request = DuetRequest.finish(known: known.sorted())
      let reply = try asking(part) { (worker) throws(ProviderError) in try worker.ask(request) }
      guard case .finished(let digest, let complaint) = reply else { throw nonsense(part) }
      if let complaint { throw Ending(.wrong("\(company.name(of: part)): \(complaint)")) }
      known.insert(digest)
    }
  }

  /// Asks all processes of a row at once and waits for all, also when one of them fails.
  private func askAll(
    _ task: DuetTask, _ request: DuetRequest
  ) throws(Ending) -> [(DuetPart, DuetReply)] {
    guard !isInterrupted() else { throw Ending(.interrupted) }
    var failure: Ending?
    var asked: [(DuetPart, any DuetWorker)] = []
    for process in company.order where task.players.contains(where: { $0.process == process }) {
      do throws(ProviderError) {
        let worker = try company.worker(process)
        try worker.send(request)
        asked.append((process, worker))
      } catch { failure = failure ?? company.ending(error, process) }
    }
    var replies: [(DuetPart, DuetReply)] = []
    for (process, worker) in asked {
      do throws(ProviderError) { replies.append((process, try worker.reply())) } catch {
        failure = failure ?? company.ending(error, process)
      }
    }
    if let failure { throw failure }
    return replies
  }

  func nonsense(_ process: DuetPart) -> Ending {
    Ending(.failed("\(company.name(of: process)) answered something else than it was asked"))
  }

  /// Why a row ended before its figures were complete.
  struct Ending: Error {
    let outcome: Outcome
    init(_ outcome: Outcome) { self.outcome = outcome }
  }
}
