import Hardware
import Statistics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Each part's two segments of one block: in a random order and then in its mirror image, so that what
/// drifts evenly meets all parts alike.
public struct DuetBlock: Sendable, Equatable, Codable {
  /// Which part each segment is of.
  public let order: [DuetPart]
  /// What each segment took, in seconds, in this order.
  public let seconds: [Double]
  /// Why the block does not count, part by part; empty when it does.
  public let rejections: [Rejection]

  /// What the environment did to a part.
  public struct Rejection: Sendable, Equatable, Codable {
    /// Whose segments.
    public var part: DuetPart
    /// What happened, as `NoiseWarning.code` has it.
    public var reason: String
  }

  /// An order of `parts` drawn from `generator`, and its mirror image.
  static func order(of parts: [DuetPart], using generator: inout SplitMix64) -> [DuetPart] {
    let half = parts.shuffled(using: &generator)
    return half + half.reversed()
  }

  /// A block of segments; what the environment did to them spoils it, their values never.
  ///
  /// The block is what is judged, and not each segment: one slice of the scheduler's, some 3 ms, is more
  /// than a twentieth of a segment, and next to nothing to a median over blocks.
  init(_ segments: [(part: DuetPart, segment: DuetSegment)]) {
    order = segments.map(\.part)
    seconds = segments.map(\.segment.seconds)
    let whole = Set(EnvironmentEvidence.reasons(in: segments.map(\.segment.evidence)))
    rejections = DuetPart.allCases.flatMap { part in
      EnvironmentEvidence.reasons(in: segments.filter { $0.part == part }.map(\.segment.evidence))
        .filter(whole.contains).map { Rejection(part: part, reason: $0) }
    }
  }

  /// ln of the time of `part` over that of `reference`, each the mean of its segments.
  func difference(_ part: DuetPart, from reference: DuetPart) -> Double? {
    guard let time = mean(part), let reference = mean(reference) else { return nil }
    return log(time / reference)
  }

  private func mean(_ part: DuetPart) -> Double? {
    let own = zip(order, seconds).filter { $0.0 == part }.map(\.1)
    return own.isEmpty ? nil : own.reduce(0, +) / Double(own.count)
  }
}

/// One row in one set of processes: the raw figures of its blocks, and the two differences that they come
/// down to.
public struct DuetPair: Sendable, Equatable, Codable {
  /// Which stage of the gate asked for it.
  public internal(set) var stage: Gate.Stage
  /// Calls in a segment of each part.
  public internal(set) var calls: [String: Int]
  /// All blocks, the rejected ones too.
  public internal(set) var blocks: [DuetBlock]
  /// Whether too many blocks were rejected for the pair to count.
  public internal(set) var isRejected: Bool

  /// ln of new's time over base's: the median over the blocks that count.
  public var difference: Double? { median { $0.difference(.new, from: .base) } }

  /// The same of base against itself: noise, and nothing else.
  public var noise: Double? { median { $0.difference(.again, from: .base) } }

  /// How many blocks the environment spoiled for a part.
  public func rejections(of part: DuetPart) -> Int {
    blocks.count { $0.rejections.contains { $0.part == part } }
  }

  /// How far apart the blocks are about base against itself; nil where that was not measured.
  var noiseRange: Double? {
    let noise = counted { $0.difference(.again, from: .base) }
    return noise.max().flatMap { highest in noise.min().map { highest - $0 } }
  }

  private func median(_ value: (DuetBlock) -> Double?) -> Double? {
    Sample(counted(value)).median
  }

  private func counted(_ value: (DuetBlock) -> Double?) -> [Double] {
    isRejected ? [] : blocks.filter(\.rejections.isEmpty).compactMap(value)
  }
}

extension EnvironmentEvidence {
  /// Why what was measured while all of these were gathered is worthless: shares are weighted by time,
  /// and single events count wherever they happened.
  ///
  /// Stolen time is counted in ticks of 10 ms, and one of them in a block of 100 ms says next to nothing
  /// about a share of 2 %: it takes two.
  fileprivate static func reasons(in parts: [EnvironmentEvidence]) -> [String] {
    guard var whole = parts.first else { return [] }
    func share(_ path: KeyPath<EnvironmentEvidence, Reading<Double>>) -> Reading<Double> {
      let known = parts.compactMap { part in
        part[keyPath: path].value.map { (share: $0, time: part.duration.value) }
      }
      let time = known.reduce(0) { $0 + $1.time }
      let sum = known.reduce(0) { $0 + $1.share * $1.time }
      return time > 0 ? .value(sum / time) : whole[keyPath: path]
    }
    func events(_ path: KeyPath<EnvironmentEvidence, Reading<Int>>) -> Reading<Int> {
      .value(parts.reduce(0) { $0 + ($1[keyPath: path].value ?? 0) })
    }
    (whole.stealShare, whole.waitShare) = (share(\.stealShare), share(\.waitShare))
    let time = parts.reduce(0) { $0 + $1.duration.value }
    let stolen = (whole.stealShare.value ?? 0) * time * processors
    if stolen < 1.5 * stealTick { whole.stealShare = .value(0) }
    whole.thermalThrottles = events(\.thermalThrottles)
    whole.quotaThrottledPeriods = events(\.quotaThrottledPeriods)
    whole.usage.majorFaults = parts.reduce(0) { $0 + $1.usage.majorFaults }
    return whole.warnings(resident: true).map(\.code)
  }

  private static let stealTick = 0.01
  private static let processors = Double(max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1))
}
