import Hardware
import Statistics
import Units

/// What a profile, earlier ones of the same kind of box, a datasheet and the system's state say of a box's
/// health. A pure function of these; what could not be read is no finding.
public struct Health: Sendable, Equatable {
  /// What holds the box back, the worst first.
  public let findings: [HealthFinding]
  /// What the figures were held against, as one clause: `the median of 3 earlier profiles`.
  public let comparedWith: String

  /// What the datasheet of a box's kind says of reading memory.
  public struct Datasheet: Sendable, Equatable {
    /// Whose it is: `AMD EPYC 9654`.
    public var name: String
    /// Its peak bandwidth in bytes a second, of all sockets.
    public var bandwidth: Double
    /// The least share of it that the processor of a healthy box reads at.
    public var leastShare: Double

    /// Memberwise.
    public init(name: String, bandwidth: Double, leastShare: Double) {
      self.name = name
      self.bandwidth = bandwidth
      self.leastShare = leastShare
    }
  }

  /// Judges `profile`.
  ///
  /// - Parameters:
  ///   - history: earlier profiles of the same kind of box; `profile` itself may be among them.
  ///   - datasheet: the catalogue's, where it has the box; nil where it hasn't.
  ///   - facts: the system's state and settings now.
  public init(
    of profile: Profile, history: ProfileHistory, datasheet: Datasheet?, facts: HealthFacts
  ) {
    let figures = FigureHealth(profile: profile, history: history, datasheet: datasheet)
    let system = SystemHealth(profile: profile, facts: facts)
    let all = figures.findings + system.findings
    findings = all.filter { $0.severity == .sick } + all.filter { $0.severity != .sick }
    comparedWith = figures.comparedWith
  }
}
