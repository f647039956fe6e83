import KernelAlgorithms
public import Units

/// What is asked of a simulated decode.
public struct SimulationSettings: Sendable {
  /// What lies behind the addresses.
  public var backing: Backing
  /// How pages come into memory.
  public var policy: Policy
  /// Tokens to decode, the first one among them.
  public var tokens: Int
  /// Only the first so many layers; nil is all.
  public var layers: Int?
  /// How each token is decoded.
  public var walk: DecodeWalk.Settings
  /// Where a file of weights is written.
  public var directory: String
  /// Whether the file is kept for the next time.
  public var keep: Bool
  /// Whether a GGUF file is walked as it lies; else weights are laid out afresh.
  public var asItLies: Bool
  /// What the walk may hold in memory.
  public var budget: Bytes

  /// Memberwise.
  public init(
    backing: Backing, policy: Policy, tokens: Int, layers: Int?, walk: DecodeWalk.Settings,
    directory: String, keep: Bool, asItLies: Bool, budget: Bytes
  ) {
    (self.backing, self.policy, self.tokens, self.layers) = (backing, policy, tokens, layers)
    (self.walk, self.directory, self.keep) = (walk, directory, keep)
    (self.asItLies, self.budget) = (asItLies, budget)
  }
}
