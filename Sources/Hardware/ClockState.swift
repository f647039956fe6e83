/// How fast the cores run while at least one of them works, and between which ends they may, in hertz.
public struct ClockState: Sendable, Equatable {
  /// The fastest core, while this thread is busy.
  public var busy: Double
  /// What the slowest core of all can be set to.
  public var floor: Double
  /// What the fastest core could run at.
  public var maximum: Double
  /// What the fastest core is allowed to run at.
  public var allowed: Double

  /// Memberwise.
  public init(busy: Double, floor: Double, maximum: Double, allowed: Double) {
    self.busy = busy
    self.floor = floor
    self.maximum = maximum
    self.allowed = allowed
  }

  /// Whether a busy core runs no faster than the slowest setting there is.
  ///
  /// A tenth is left for what the driver rounds. Where the ends are less than a quarter apart the floor
  /// is no illness.
  public var isAtFloor: Bool { busy <= 1.1 * floor && floor < 0.75 * maximum }

  /// Reads `cpufreq` of every core, and keeps this thread busy meanwhile: an idle core is at its floor and
  /// healthy.
  ///
  /// Errors: as a reason, where no core tells, as in most virtual machines.
  /// Cost: some files a core; on a box at its floor `patience` nanoseconds, since governors take up to
  /// a tenth of a second to raise a clock.
  public static func read(
    from files: SystemFiles = .live, patience: UInt64 = 300_000_000
  ) -> Reading<ClockState> {
    let folder = "/sys/devices/system/cpu"
    let cores = files.numbered("cpu", in: folder)
    func all(_ name: String) -> [Double] {
      cores.compactMap { files.integer("\(folder)/cpu\($0)/cpufreq/\(name)").value }
        .map { Double($0) * 1000 }
    }
    guard let floor = all("cpuinfo_min_freq").min(), let maximum = all("cpuinfo_max_freq").max(),
      let allowed = all("scaling_max_freq").max(), floor > 0
    else { return .unavailable("\(folder)/cpu*/cpufreq: no core tells its ends") }
    let start = EnvironmentSnapshot.monotonicNanoseconds()
    var state: ClockState?
    repeat {
      guard let busy = FrequencyRange.read(from: files).value?.highest else { break }
      state = ClockState(
        busy: max(busy, state?.busy ?? 0), floor: floor, maximum: maximum, allowed: allowed)
    } while state?.isAtFloor == true
      && EnvironmentSnapshot.monotonicNanoseconds() - start < patience
    return Reading(state, orReason: "\(folder)/cpu*/cpufreq/scaling_cur_freq: no core tells")
  }
}
