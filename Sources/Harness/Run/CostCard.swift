/// What one call of a workload costs, and so what it can't be faster than.
public struct CostCard: Sendable, Equatable {
  /// Arithmetic operations; a multiply-add counts as two.
  public let flop: Double
  /// Bytes that have to move between the cores and memory at least once.
  public let bytes: Double
  /// Bytes of all inputs and outputs: what has to be had before anything is measured.
  public let footprint: Int
  /// What a call can't be faster than, given the box's ceilings.
  public let limits: [Limit]
  /// What people count instead of operations and bytes, as tokens; nil for nothing else.
  public let output: Output?

  /// Things that a call makes.
  public struct Output: Sendable, Equatable {
    /// How many.
    public let count: Double
    /// Their rate's unit, as `tok/s`.
    public let unit: String

    /// Memberwise.
    public init(count: Double, unit: String) { (self.count, self.unit) = (count, unit) }
  }

  /// So much of something that the box does at a measured rate.
  public struct Limit: Sendable, Equatable {
    /// The ceiling's name, as in a profile.
    public let ceiling: CeilingName
    /// How much of it one call takes, in the ceiling's unit times a second.
    public let amount: Double
  }

  /// The ceilings that rows are held against.
  public enum CeilingName: String, Sendable, CaseIterable {
    case fmaF32 = "fma_f32"
    case dotI8 = "dot_i8"
    case readBandwidth = "read_bandwidth"
    case copyBandwidth = "copy_bandwidth"
    case triadBandwidth = "triad_bandwidth"

    /// The unit of its rate.
    public var unit: String {
      switch self {
      case .fmaF32: "FLOP/s"
      case .dotI8: "op/s"
      case .readBandwidth, .copyBandwidth, .triadBandwidth: "B/s"
      }
    }
  }

  /// Memberwise; `limits` as (ceiling, amount).
  public init(
    flop: Double, bytes: Double, footprint: Int, limits: [(CeilingName, Double)],
    output: Output? = nil
  ) {
    self.flop = flop
    self.bytes = bytes
    self.footprint = footprint
    self.limits = limits.map { Limit(ceiling: $0.0, amount: $0.1) }
    self.output = output
  }

  /// The limit that binds under these rates, and the time it sets, in seconds; nil without one.
  public func bound(
    rates: (CeilingName) -> Double?
  ) -> (limit: Limit, seconds: Double)? {
    limits
      .compactMap { limit in
        rates(limit.ceiling).flatMap { $0 > 0 ? (limit, limit.amount / $0) : nil }
      }
      .max { $0.1 < $1.1 }
  }
}
