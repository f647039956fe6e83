/// How often and how long a CPU quota stopped this process's control groups since they were made.
public struct QuotaThrottling: Sendable, Equatable {
  /// Periods in which some group had used up its quota.
  public var periods: Int
  /// Time stopped, in nanoseconds, added up over processors.
  public var nanoseconds: Int

  /// Reads `cpu.stat` of every group from the process's own up, of whichever version has quotas.
  static func read(from files: SystemFiles) -> Reading<QuotaThrottling> {
    let groups = ControlGroups(files: files)
    let stats = (groups.version2 + groups.version1("cpu")).compactMap {
      files.lines($0 + "/cpu.stat").value.map { KeyedText($0, separator: " ") }
    }
    // Version 2 tells microseconds, version 1 nanoseconds under another name.
    let counts = stats.compactMap { stat -> QuotaThrottling? in
      guard let periods = stat.integer("nr_throttled") else { return nil }
      let time = stat.integer("throttled_usec").map { $0 &* 1000 } ?? stat.integer("throttled_time")
      return QuotaThrottling(periods: periods, nanoseconds: time ?? 0)
    }
    guard !counts.isEmpty else {
      return .unavailable("cpu.stat: no control group counts throttling")
    }
    return .value(
      counts.reduce(QuotaThrottling(periods: 0, nanoseconds: 0)) {
        QuotaThrottling(
          periods: $0.periods &+ $1.periods, nanoseconds: $0.nanoseconds &+ $1.nanoseconds)
      })
  }
}
