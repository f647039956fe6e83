/// One thing that is measured again and again, beside others: a name, a unit, and how to take one
/// observation.
public struct Probe {
  /// The quantity, as `read_bandwidth`.
  public let name: String
  /// The unit of an observation, as `B/s`.
  public let unit: String
  /// Threads at work during an observation.
  public let threads: Int
  /// Takes one observation; the timed region is inside, and nothing else is.
  public let observe: () -> Double

  /// Memberwise.
  public init(name: String, unit: String, threads: Int, observe: @escaping () -> Double) {
    self.name = name
    self.unit = unit
    self.threads = threads
    self.observe = observe
  }
}
