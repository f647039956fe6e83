import Units

/// How much memory this process could really get now: the least of everything that limits it.
///
/// Swap is told apart and never counted: a model that has to be swapped in is not in memory.
public struct AvailableMemory: Sendable, Equatable, Codable {
  /// Everything that limits, each with its source; never empty.
  public var limits: [Limit]
  /// Free swap space.
  public var swapFree: Reading<Bytes>

  /// One thing that limits.
  public struct Limit: Sendable, Equatable, Codable {
    /// What kind of thing.
    public var kind: Kind
    /// The file or call that says so.
    public var source: String
    /// The most it ever gives; nil when the kernel does not say.
    public var ceiling: Bytes?
    /// What it gives now: the ceiling less what is in use and cannot be reclaimed; never negative.
    public var available: Bytes

    /// Memberwise; a negative `available` becomes nothing.
    public init(kind: Kind, source: String, ceiling: Bytes?, available: Bytes) {
      self.kind = kind
      self.source = source
      self.ceiling = ceiling
      self.available = max(.zero, available)
    }
  }

  /// What kind of thing limits memory.
  public enum Kind: String, Sendable, Codable {
    /// The machine has no more that is free or can be reclaimed.
    case system
    /// The kernel promises no more to anyone, since overcommitting is switched off.
    case commit
    /// A control group would be killed beyond this.
    case controlGroup = "control-group"
    /// A control group would be slowed down beyond this.
    case controlGroupHigh = "control-group-high"
    /// This process may not map more (`ulimit -v`).
    case addressSpace = "address-space"
    /// This process may not have more private writable memory (`ulimit -d`).
    case data
  }

  /// Memberwise; nil without limits, since then nothing is known.
  public init?(limits: [Limit], swapFree: Reading<Bytes>) {
    guard !limits.isEmpty else { return nil }
    self.limits = limits
    self.swapFree = swapFree
  }

  /// The limit that gives least.
  public var binding: Limit? { limits.min { $0.available < $1.available } }

  /// What the binding limit gives.
  public var available: Bytes { binding?.available ?? .zero }

  #if !os(macOS)
    /// Reads `/proc/meminfo`, the control groups of both versions and `/proc/self/limits`.
    ///
    /// Errors: as a reason, when nothing at all is known.
    public static func read(from files: SystemFiles = .live) -> Reading<AvailableMemory> {
      let fields = files.lines("/proc/meminfo").map { KeyedText($0, separator: ":") }
      let swap = fields.flatMap {
        Reading($0.kibibytes("SwapFree").map { Bytes($0) }, orReason: "/proc/meminfo: no SwapFree")
      }
      let limits =
        (fields.value.map { Limit.system($0) + Limit.commit($0, files) } ?? [])
        + Limit.controlGroups(files) + Limit.process(files)
      return Reading(
        AvailableMemory(limits: limits, swapFree: swap),
        orReason: fields.reason ?? "/proc/meminfo: neither MemAvailable nor MemFree")
    }
  #endif
}
