import Hardware
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Some blocks in a row, less than a tenth of a second: what the environment is judged by.
///
/// A block has two segments of each part, in a random order and then in its mirror image, so that what
/// drifts evenly meets all parts alike. Segments are as short as the clock allows: a machine's mood changes
/// more the longer one waits, so that neighbours of a millisecond are more alike than those of twenty.
public struct DuetRound: Sendable, Equatable, Codable {
  /// Which part each segment is of, block by block: `b` base, `a` base again, `n` new.
  public let order: [String]
  /// What each segment took, in seconds, in this order.
  public let seconds: [Double]
  /// Why the round does not count, part by part; empty when it does.
  public let rejections: [Rejection]

  /// What the environment did to a part.
  public struct Rejection: Sendable, Equatable, Codable {
    /// Whose segments.
    public var part: DuetPart
    /// What happened, as `NoiseWarning.code` has it.
    public var reason: String
  }

  /// A part's segment: what its calls took, and how long a thread of it waited for a processor.
  struct Segment {
    let part: DuetPart
    let seconds: Double
    let waited: Double
  }

  /// An order of `parts` drawn from `generator`, and its mirror image.
  static func order(of parts: [DuetPart], using generator: inout SplitMix64) -> [DuetPart] {
    let half = parts.shuffled(using: &generator)
    return half + half.reversed()
  }

  /// A round of blocks; what the environment did to its parts meanwhile spoils it, their times never.
  init(_ blocks: [[Segment]], evidence: [DuetPart: EnvironmentEvidence]) {
    order = blocks.map { $0.map(\.part.letter).joined() }
    let segments = blocks.flatMap { $0 }
    seconds = segments.map(\.seconds)
    let accounts = DuetPart.allCases.compactMap { part in
      evidence[part].map { Account(part, segments.filter { $0.part == part }, $0) }
    }
    let whole = Self.reasons(in: accounts)
    rejections = accounts.flatMap { account in
      Self.reasons(in: [account]).filter(whole.contains)
        .map { Rejection(part: account.part, reason: $0) }
    }
  }

  /// What happened to a part in a round.
  private struct Account {
    let part: DuetPart
    let seconds: Double
    let waited: Double
    let evidence: EnvironmentEvidence

    init(_ part: DuetPart, _ segments: [Segment], _ evidence: EnvironmentEvidence) {
      self.part = part
      self.evidence = evidence
      seconds = segments.reduce(0) { $0 + $1.seconds }
      waited = segments.reduce(0) { $0 + $1.waited }
    }
  }

  /// ln of the time of `part` over that of `reference`, each the mean of its segments, block by block.
  func differences(_ part: DuetPart, from reference: DuetPart) -> [Double] {
    zip(times(of: part), times(of: reference)).compactMap { time, reference in
      time > 0 && reference > 0 ? log(time / reference) : nil
    }
  }

  /// What both segments of `part` took together, in seconds, block by block.
  func times(of part: DuetPart) -> [Double] {
    var rest = seconds[...]
    return order.map { order in
      let segments = zip(order, rest)
      rest = rest.dropFirst(order.count)
      return segments.reduce(0) { String($1.0) == part.letter ? $0 + $1.1 : $0 }
    }
  }
}

extension DuetPart {
  /// Its letter in `DuetRound.order`.
  var letter: String { String(rawValue.prefix(1)) }
}

extension DuetRound {
  /// Why what some parts measured is worthless: waiting is held against the time in which they were
  /// timed, and single events count wherever they happened.
  ///
  /// A round and not a segment is judged: one slice of the scheduler's, some 3 ms, is longer than a segment
  /// and yet next to nothing to a median over blocks.
  private static func reasons(in parts: [Account]) -> [String] {
    guard var whole = parts.first?.evidence else { return [] }
    let seconds = parts.reduce(0) { $0 + $1.seconds }
    whole.waitShare = .value(seconds > 0 ? parts.reduce(0) { $0 + $1.waited } / seconds : 0)
    func events(_ path: KeyPath<EnvironmentEvidence, Reading<Int>>) -> Reading<Int> {
      .value(parts.reduce(0) { $0 + ($1.evidence[keyPath: path].value ?? 0) })
    }
    whole.thermalThrottles = events(\.thermalThrottles)
    whole.quotaThrottledPeriods = events(\.quotaThrottledPeriods)
    whole.usage.majorFaults = parts.reduce(0) { $0 + $1.evidence.usage.majorFaults }
    return whole.warnings(resident: true, thresholds: thresholds).map(\.code)
  }

  /// Not the 2 % of stolen time that spoil a measurement of one thing alone: it is counted in ticks of
  /// 10 ms, of which one is 6 % of a round on two processors.
  private static let thresholds = NoiseThresholds(steal: 0.1, wait: 0.05)
}
