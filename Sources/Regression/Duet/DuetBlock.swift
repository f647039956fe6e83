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
  public internal(set) var order: [DuetPart]
  /// What each segment took, in seconds, in this order.
  public internal(set) var seconds: [Double] = []
  /// Why the block does not count, part by part; empty when it does.
  public internal(set) var rejections: [Rejection] = []

  /// What the environment did to a part.
  public struct Rejection: Sendable, Equatable, Codable {
    /// Whose segment.
    public var part: DuetPart
    /// What happened, as `NoiseWarning.code` has it.
    public var reason: String
  }

  /// A block of `parts`, its order drawn from `generator`.
  init(_ parts: [DuetPart], using generator: inout SplitMix64) {
    let half = parts.shuffled(using: &generator)
    order = half + half.reversed()
  }

  /// Adds the next segment; what the environment did to it spoils the block, its value never.
  mutating func append(_ segment: DuetSegment) {
    let part = order[seconds.count]
    seconds.append(segment.seconds)
    for warning in segment.evidence.warnings(resident: true) {
      let rejection = Rejection(part: part, reason: warning.code)
      if !rejections.contains(rejection) { rejections.append(rejection) }
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
