/// How rows are measured within one set of processes.
public struct DuetSettings: Sendable {
  /// A segment lasts so long, in seconds, or as long as one call.
  ///
  /// Measured on a shared machine with two processors, a row against itself: pairs of about a second
  /// scattered by 1.3 to 1.8 % with segments of 1 ms, 1.2 to 1.8 % with 2 ms, 1.8 to 2.8 % with 4 ms, 3.3
  /// to 4.7 % with 15 ms, and 6.4 % with 50 ms.
  public var segmentTime = 0.002
  /// A round lasts so long, in seconds, or as long as one block.
  public var roundTime = 0.08
  /// Rounds that have to count in each row of each pair; fewer where calls are long.
  public var rounds = 3
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

  /// Blocks of a round whose blocks last so long.
  func blocks(lasting seconds: Double) -> Int { max(Int(roundTime / seconds), 1) }

  /// Rounds of a row whose rounds last so long: as much time as for others, and two at least.
  func rounds(lasting seconds: Double) -> Int {
    let affordable = Double(rounds) * roundTime / max(seconds, roundTime)
    return max(Int(affordable.rounded()), min(2, rounds))
  }

  /// Rounds that are made again when the environment spoils them, two for three: with more the pair does
  /// not count.
  ///
  /// One for three would reject a sixth of all pairs where a fifth of the rounds is spoiled, and with that
  /// many rows. Seen in such an hour: spoiled rounds scattered by 20 to 70 %, the others by 3 to 10 %, and
  /// pairs of the latter by 1 to 3 %.
  func spared(of rounds: Int) -> Int { max(rounds * 2 / 3, 1) }
}
