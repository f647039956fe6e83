import Hardware
import Harness
import Kernels
import Measurement
import Tensors

/// How a row's rounds are played.
extension DuetSession {
  /// How many calls of base make a segment: long enough for the clock, too.
  func neededCalls() throws(Ending) -> Int {
    let wanted = max(settings.segmentTime, 1000 * clock.resolution)
    return try asking(.base) { (base) throws(ProviderError) in
      try callsLasting(wanted) { (calls) throws(ProviderError) in try base.run(calls).seconds }
    }
  }

  /// Rounds until enough of them count, or too many do not; `base` calls are a segment of base.
  func rounds(
    of task: DuetTask, calls base: Int, using generator: inout SplitMix64
  ) throws(Ending) -> DuetPair {
    let calls = Dictionary(
      uniqueKeysWithValues: task.players.map { ($0.part, task.calls(of: $0.part, base: base)) })
    let block = try warmUp(task, calls)
    let blocks = settings.blocks(lasting: block)
    let wanted = settings.rounds(lasting: block * Double(blocks))
    let spared = settings.spared(of: wanted)
    var rounds: [DuetRound] = []
    var rejected = 0
    while rounds.count - rejected < wanted, rejected <= spared {
      let round = try round(of: task, calls, blocks: blocks, using: &generator)
      if !round.rejections.isEmpty { rejected += 1 }
      rounds.append(round)
    }
    return DuetPair(
      stage: task.stage,
      calls: Dictionary(uniqueKeysWithValues: calls.map { ($0.key.rawValue, $0.value) }),
      rounds: rounds, isRejected: rejected > spared)
  }

  /// Lets every part run for a while, which is thrown away; how long a block will last, in seconds.
  private func warmUp(_ task: DuetTask, _ calls: [DuetPart: Int]) throws(Ending) -> Double {
    var seconds = 0.0
    for (part, process) in task.players {
      let calls = calls[part] ?? 1
      let first = try segment(process, calls: calls).seconds
      let more = Int(min(Self.warming / first, 1000))
      if more > 0 { _ = try segment(process, calls: calls * more) }
      seconds += 2 * first
      guard !task.isSlowed || first <= DuetTask.longestSlowed else {
        throw Ending(.skipped("20 calls, of which a slowdown by 5 % makes 21, take too long"))
      }
    }
    return seconds
  }

  /// Seconds that a part runs before it is timed.
  private static let warming = 0.01

  private func round(
    of task: DuetTask, _ calls: [DuetPart: Int], blocks: Int, using generator: inout SplitMix64
  ) throws(Ending) -> DuetRound {
    _ = try evidence(task)
    var played: [[DuetRound.Segment]] = []
    for _ in 0..<blocks {
      var block: [DuetRound.Segment] = []
      for part in DuetRound.order(of: task.players.map(\.part), using: &generator) {
        let process = task.process(playing: part)
        let (seconds, waited) = try segment(process, calls: calls[part] ?? 1)
        block.append(DuetRound.Segment(part: part, seconds: seconds, waited: waited))
      }
      played.append(block)
    }
    return DuetRound(played, evidence: try evidence(task))
  }

  /// What the system did to each part since this was asked last.
  private func evidence(_ task: DuetTask) throws(Ending) -> [DuetPart: EnvironmentEvidence] {
    var evidence: [DuetPart: EnvironmentEvidence] = [:]
    for (part, process) in task.players {
      evidence[part] = try asking(process) { (worker) throws(ProviderError) in
        try worker.observe()
      }
    }
    return evidence
  }

  private func segment(
    _ process: DuetPart, calls: Int
  ) throws(Ending) -> (seconds: Double, waited: Double) {
    guard !isInterrupted() else { throw Ending(.interrupted) }
    return try asking(process) { (worker) throws(ProviderError) in try worker.run(calls) }
  }

  func asking<Answer>(
    _ process: DuetPart, _ question: (any DuetWorker) throws(ProviderError) -> Answer
  ) throws(Ending) -> Answer {
    do throws(ProviderError) { return try question(try company.worker(process)) } catch {
      throw company.ending(error, process)
    }
  }
}
