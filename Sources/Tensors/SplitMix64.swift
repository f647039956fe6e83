/// A small seeded generator whose words can be told by their number, so that any part of a long
/// stream can be made again.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The stream of `seed`, from its word number `position` on.
  public init(seed: UInt64, position: UInt64 = 0) { state = seed &+ position &* Self.step }

  /// The next word.
  public mutating func next() -> UInt64 {
    state &+= Self.step
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
}
