import Units

/// From which point on the environment makes a sample worthless.
public struct NoiseThresholds: Sendable, Equatable {
  /// Share of processor time that may be stolen.
  public var steal: Double
  /// Share of the interval that the worst-off thread may wait for a processor.
  public var wait: Double

  /// 2 % stolen and 5 % waiting, at which two identical programs no longer compare within 5 %.
  public init(steal: Double = 0.02, wait: Double = 0.05) {
    self.steal = steal
    self.wait = wait
  }
}

/// A reason in the environment to distrust what was measured, as a value beside it.
public enum NoiseWarning: Sendable, Equatable {
  /// The hypervisor gave this share of the machine's time to others.
  case stolen(share: Double)
  /// A thread waited this share of the interval for a processor.
  case waited(share: Double)
  /// Cores throttled themselves for heat so often.
  case overheated(times: Int)
  /// A CPU quota stopped the process in so many periods.
  case overQuota(periods: Int)
  /// So many page faults went to the disk, in work that was to be in memory.
  case faultedFromDisk(faults: Int)

  /// A short fixed word for scripts.
  public var code: String {
    switch self {
    case .stolen: "steal"
    case .waited: "run-queue-wait"
    case .overheated: "thermal-throttle"
    case .overQuota: "quota-throttle"
    case .faultedFromDisk: "major-faults"
    }
  }
}

extension NoiseWarning: CustomStringConvertible {
  /// One sentence: what was seen, and what to do.
  public var description: String {
    switch self {
    case .stolen(let share):
      "the hypervisor gave \(Self.percent(share)) of the processor time to others; "
        + "measure at a quieter hour or on a dedicated machine"
    case .waited(let share):
      "a thread waited \(Self.percent(share)) of the time for a processor; "
        + "stop other work or use fewer threads"
    case .overheated(let times):
      "cores throttled themselves for heat \(times) times; improve the cooling or lower the load"
    case .overQuota(let periods):
      "the control group's CPU quota stopped the process in \(periods) periods; "
        + "raise the quota or use fewer threads"
    case .faultedFromDisk(let faults):
      "\(faults) page faults waited for the disk; free memory or use a smaller working set"
    }
  }

  private static func percent(_ share: Double) -> String { Decimal.fixed(share * 100, 1) + " %" }
}

extension EnvironmentEvidence {
  /// The reasons to distrust what was measured meanwhile; a fact that could not be read is none.
  ///
  /// - Parameter resident: whether the work was to stay in memory, so that a page fault which waits
  ///   for the disk is a fault indeed.
  public func warnings(
    resident: Bool, thresholds: NoiseThresholds = NoiseThresholds()
  ) -> [NoiseWarning] {
    var warnings: [NoiseWarning] = []
    if let share = stealShare.value, share > thresholds.steal {
      warnings.append(.stolen(share: share))
    }
    if let share = waitShare.value, share > thresholds.wait {
      warnings.append(.waited(share: share))
    }
    if let times = thermalThrottles.value, times > 0 { warnings.append(.overheated(times: times)) }
    if let periods = quotaThrottledPeriods.value, periods > 0 {
      warnings.append(.overQuota(periods: periods))
    }
    if resident, usage.majorFaults > 0 {
      warnings.append(.faultedFromDisk(faults: usage.majorFaults))
    }
    return warnings
  }
}
