import Hardware
import Statistics
import Units

/// What a box really reaches, measured on the box: `plimsoll profile`'s result.
public struct Profile: Sendable, Equatable, Codable {
  /// The schema of the stored file; a profile of another schema is not read.
  public static let schema = "plimsoll/profile@1"

  /// Always `Profile.schema`.
  public var schema: String
  /// When it was measured, in seconds since 1970.
  public var measuredAt: Double
  /// How long it took, in seconds.
  public var duration: Double
  /// The box's short name.
  public var fingerprint: String
  /// What the box is.
  public var machine: Machine
  /// The kernels' instruction set: `avx2`.
  public var instructionSet: String
  /// What the box can do at most. Of one name, the entry with the highest value comes first.
  public var ceilings: [Ceiling]
  /// What the project's own kernels reached in the same rounds.
  public var achieved: [Ceiling]
  /// Latency by working set.
  public var latency: LatencyLadder
  /// The caches the ladder shows, memory last.
  public var levels: [LatencyLadder.Level]
  /// Rounds made, and why they ended.
  public var rounds: Rounds
  /// Chips for models beside the processor, which were found and not measured; nil in profiles of before they
  /// were looked for.
  public var accelerators: [Accelerator]?
  /// What the system was doing meanwhile.
  public var environment: EnvironmentEvidence
  /// Doubts about the figures, for people.
  public var warnings: [String]

  /// How often everything was observed.
  public struct Rounds: Sendable, Equatable, Codable {
    /// Rounds counted.
    public var count: Int
    /// Why they ended.
    public var ended: String
  }

  /// The first ceiling of a name that has a value.
  public func ceiling(_ name: String) -> Ceiling? {
    ceilings.first { $0.name == name && $0.value != nil }
  }

  /// The first achieved figure of a name that has a value.
  public func achieved(_ name: String) -> Ceiling? {
    achieved.first { $0.name == name && $0.value != nil }
  }
}

extension Profile {
  /// What makes the ceilings less than the box's own: other work beside the measurement, and units that
  /// none of our kernels use.
  public var reservations: [(code: String, message: String)] {
    var found: [(code: String, message: String)] = []
    if let share = environment.waitShare.value, share > Self.busyShare {
      found.append(
        (
          "measured-while-busy",
          "the box was busy while it was measured (its threads waited \(Self.percent(share)) of the time "
            + "for a processor): measure again when it is quiet, plimsoll profile --fresh"
        ))
    }
    if machine.processor.value?.features.contains(.amxTile) == true {
      found.append(
        (
          "matrix-units-not-measured",
          "this processor has matrix units (AMX), which no kernel here uses and nobody measured: a "
            + "runtime that uses them may read prompts faster than is said, also than \"at most\""
        ))
    }
    return found
  }

  /// The share of the time that threads may wait before figures are doubted: a duet's rule, docs/GATE.md.
  private static let busyShare = 0.05

  /// Doubts that the figures themselves raise: wide intervals and drift.
  static func doubts(_ ceilings: [Ceiling]) -> [String] {
    let noisy = ceilings.filter { ($0.relativeWidth ?? 0) > 0.15 }
    let drifting = ceilings.filter { abs($0.drift ?? 0) > 0.1 }
    var doubts: [String] = []
    if let worst = noisy.max(by: { ($0.relativeWidth ?? 0) < ($1.relativeWidth ?? 0) }) {
      doubts.append(
        "a noisy hour: \(noisy.count) of \(ceilings.count) figures are known to no better than "
          + "15 % (\(worst.name): \(percent(worst.relativeWidth))); measure again with --fresh")
    }
    if let worst = drifting.max(by: { abs($0.drift ?? 0) < abs($1.drift ?? 0) }) {
      doubts.append(
        "\(worst.name) changed by \(percent(worst.drift)) during the run: the box is shared, "
          + "throttled or busy")
    }
    return doubts
  }

  private static func percent(_ share: Double?) -> String {
    Decimal.fixed((share ?? 0) * 100, 0) + " %"
  }
}
