import Statistics

/// One row in one set of processes: all that was timed, and the two differences that it comes down to.
public struct DuetPair: Sendable, Equatable, Codable {
  /// Which stage of the gate asked for it.
  public let stage: Gate.Stage
  /// Calls in a segment of each part.
  public let calls: [String: Int]
  /// All rounds, the rejected ones too.
  public let rounds: [DuetRound]
  /// Whether too many rounds were rejected for the pair to count.
  public let isRejected: Bool

  /// ln of new's time over base's: the median over the blocks of the rounds that count.
  public var difference: Double? { Sample(differences(.new)).median }

  /// The same of base against itself: noise, and nothing else.
  public var noise: Double? { Sample(differences(.again)).median }

  /// How many rounds the environment spoiled for a part.
  public func rejections(of part: DuetPart) -> Int {
    rounds.count { $0.rejections.contains { $0.part == part } }
  }

  /// How far apart the middle half of the blocks is about base against itself; nil where that was not
  /// measured.
  var noiseSpread: Double? {
    let noise = Sample(differences(.again))
    return noise.quantile(0.75).flatMap { high in noise.quantile(0.25).map { high - $0 } }
  }

  /// What one call of base takes, in seconds.
  var secondsPerCall: Double? {
    let blocks = Sample(rounds.flatMap { $0.times(of: .base) })
    return blocks.median.map { $0 / Double(2 * max(calls[DuetPart.base.rawValue] ?? 1, 1)) }
  }

  private func differences(_ part: DuetPart) -> [Double] {
    guard !isRejected else { return [] }
    return rounds.filter(\.rejections.isEmpty).flatMap { $0.differences(part, from: .base) }
  }
}
