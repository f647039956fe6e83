import Harness
import Kernels
import Measurement
import Tensors

/// How a row is measured within one set of processes.
public struct DuetSettings: Sendable {
  /// A segment lasts so long, in seconds, or as long as one call.
  public var segmentTime = 0.015
  /// Blocks that have to count in each row of each pair; fewer where calls are longer than a segment.
  public var blocks = 5
  /// Threads of every arm, in rows that have none of their own.
  public var threads: Int
  /// The seed of inputs, orders and environments.
  public var seed: UInt64
  /// Seconds after which a worker that does not answer counts as hung.
  public var patience = 60.0
  /// Whether new makes 21 calls for every 20 of base: a slowdown of 5 % that the gate has to see.
  public var isRehearsal = false

  /// The usual settings.
  public init(threads: Int, seed: UInt64) { (self.threads, self.seed) = (threads, seed) }

  /// Blocks for a row whose segments last so long: about as much time as for others, and two at least,
  /// since one alone has no median.
  func blocks(segment seconds: Double) -> Int {
    let affordable = Double(blocks) * segmentTime / max(seconds, segmentTime)
    return max(Int(affordable.rounded()), min(2, blocks))
  }

  /// A block that the environment spoiled is measured again, one in five: with more the pair does not
  /// count.
  func spared(of blocks: Int) -> Int { max(blocks / 5, 1) }
}

/// The rows of one pair: three processes that take turns, never two at a time.
struct DuetSession {
  let settings: DuetSettings
  let company: DuetCompany
  let clock: any Clock
  let isInterrupted: () -> Bool

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
      let pair = try blocks(of: task, calls: task.baseCalls(for: calls), using: &generator)
      try finish(task, known: &knowledge.rightAnswers)
      return .measured(pair)
    } catch { return error.outcome }
  }

  /// Inputs may be made side by side: nothing is timed meanwhile.
  private func prepare(_ task: DuetTask) throws(Ending) {
    let request = DuetRequest.prepare(
      RowText(task.row), seed: settings.seed,
      threads: task.row.threads?.first ?? settings.threads)
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

  private func blocks(
    of task: DuetTask, calls base: Int, using generator: inout SplitMix64
  ) throws(Ending) -> DuetPair {
    func play(_ part: DuetPart) throws(Ending) -> DuetSegment {
      try segment(task.process(playing: part), calls: task.calls(of: part, base: base))
    }
    var warming = 0.0
    for (part, _) in task.players { warming = max(warming, try play(part).seconds) }
    guard !task.isSlowed || warming <= DuetTask.longestSlowed else {
      throw Ending(.skipped("20 calls, of which a slowdown by 5 % makes 21, take too long"))
    }
    let wanted = settings.blocks(segment: warming)
    let spared = settings.spared(of: wanted)
    var blocks: [DuetBlock] = []
    var rejected = 0
    while blocks.count - rejected < wanted, rejected <= spared {
      var segments: [(part: DuetPart, segment: DuetSegment)] = []
      for part in DuetBlock.order(of: task.players.map(\.part), using: &generator) {
        segments.append((part, try play(part)))
      }
      let block = DuetBlock(segments)
      if !block.rejections.isEmpty { rejected += 1 }
      blocks.append(block)
    }
    let calls = task.players.map { ($0.part.rawValue, task.calls(of: $0.part, base: base)) }
    return DuetPair(
      stage: task.stage, calls: Dictionary(uniqueKeysWithValues: calls), blocks: blocks,
      isRejected: rejected > spared)
  }

  /// How many calls of base make a segment.
  private func neededCalls() throws(Ending) -> Int {
    let wanted = max(settings.segmentTime, 1000 * clock.resolution)
    do throws(ProviderError) {
      let base = try company.worker(.base)
      return try callsLasting(wanted) { (calls) throws(ProviderError) in
        try base.run(calls).seconds
      }
    } catch { throw company.ending(error, .base) }
  }

  private func segment(_ process: DuetPart, calls: Int) throws(Ending) -> DuetSegment {
    guard !isInterrupted() else { throw Ending(.interrupted) }
    do throws(ProviderError) { return try company.worker(process).run(calls) } catch {
      throw company.ending(error, process)
    }
  }

  /// The answers that were timed are held against the oracle, those that were seen before are known.
  private func finish(_ task: DuetTask, known: inout Set<String>) throws(Ending) {
    for (process, reply) in try askAll(task, .finish(known: known.sorted())) {
      guard case .finished(let digest, let complaint) = reply else { throw nonsense(process) }
      if let complaint {
        throw Ending(.wrong("\(company.name(of: process)): \(complaint)"))
      }
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

  private func nonsense(_ process: DuetPart) -> Ending {
    Ending(.failed("\(company.name(of: process)) answered something else than it was asked"))
  }

  /// Why a row ended before its figures were complete.
  struct Ending: Error {
    let outcome: Outcome
    init(_ outcome: Outcome) { self.outcome = outcome }
  }
}
