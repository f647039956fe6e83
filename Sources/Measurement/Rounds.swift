import Statistics

/// When to stop repeating: enough rounds, and either narrow intervals or no time left.
public struct StoppingRule: Sendable {
  /// Rounds made in any case.
  public var minimumRounds: Int
  /// Rounds never exceeded.
  public var maximumRounds: Int
  /// Time after which no further round begins, in seconds; `minimumRounds` come first.
  public var timeLimit: Double
  /// Stop when each interval is narrower than this share of its median.
  public var relativeWidth: Double
  /// Time before which narrow intervals end nothing, in seconds.
  public var minimumTime: Double

  /// Memberwise.
  public init(
    minimumRounds: Int, maximumRounds: Int, timeLimit: Double, relativeWidth: Double,
    minimumTime: Double = 0
  ) {
    self.minimumTime = minimumTime
    self.minimumRounds = minimumRounds
    self.maximumRounds = maximumRounds
    self.timeLimit = timeLimit
    self.relativeWidth = relativeWidth
  }

  /// Below six observations no interval covers the median with 95 %: none is narrow.
  private static let fewestForInterval = 6

  /// Why the rounds ended.
  public enum Reason: String, Sendable, Codable {
    /// Every interval was narrow enough.
    case narrow
    /// The time was used up.
    case time
    /// The greatest number of rounds was made.
    case rounds
    /// Somebody asked for the end.
    case interrupted
  }

  /// Whether to stop after `rounds` rounds and `elapsed` seconds, and why.
  func reason(rounds: Int, elapsed: Double, samples: [Sample]) -> Reason? {
    guard rounds >= minimumRounds else { return nil }
    if rounds >= maximumRounds { return .rounds }
    if elapsed >= timeLimit { return .time }
    guard elapsed >= minimumTime, rounds >= Self.fewestForInterval else { return nil }
    let narrow = samples.allSatisfy { sample in
      guard let interval = sample.medianInterval else { return true }
      return interval.high - interval.low <= relativeWidth * abs(interval.value)
    }
    return narrow ? .narrow : nil
  }
}

/// Observes every probe once a round, so that a change of the machine's mood meets all of them alike:
/// only figures from the same rounds may be compared.
public struct Rounds {
  private let clock: any Clock
  private let rule: StoppingRule
  private let order: (_ round: Int, _ count: Int) -> [Int]

  /// Rounds timed by `clock` and ended by `rule`.
  ///
  /// - Parameter order: in which order a round, from 1 on, takes so many probes: each index once. By
  ///   default all rounds go alike, and each probe finds the caches as the same other one left them.
  public init(
    clock: any Clock, rule: StoppingRule,
    order: @escaping (_ round: Int, _ count: Int) -> [Int] = { _, count in Array(0..<count) }
  ) {
    self.clock = clock
    self.rule = rule
    self.order = order
  }

  /// Runs rounds until the rule says stop; one sample a probe, in the order of `probes`.
  ///
  /// The first round warms caches, pages and clocks up and is thrown away.
  /// - Parameters:
  ///   - isInterrupted: asked between observations.
  ///   - progress: told the share done (0…1) between rounds, never inside a timed region.
  public func run(
    _ probes: [Probe], isInterrupted: () -> Bool = { false }, progress: (Double) -> Void = { _ in }
  ) -> (samples: [Sample], reason: StoppingRule.Reason) {
    var samples = [Sample](repeating: Sample(), count: probes.count)
    for probe in probes where !isInterrupted() { _ = probe.observe() }
    let start = clock.nanoseconds()
    for round in 1... {
      for index in order(round, probes.count) {
        if isInterrupted() { return (samples, .interrupted) }
        samples[index].append(probes[index].observe())
      }
      let elapsed = Double(clock.nanoseconds() - start) * 1e-9
      if let reason = rule.reason(rounds: round, elapsed: elapsed, samples: samples) {
        progress(1)
        return (samples, reason)
      }
      progress(min(elapsed / rule.timeLimit, 1))
    }
    return (samples, .rounds)
  }
}
