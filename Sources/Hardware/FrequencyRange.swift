/// The slowest and the fastest core at one instant, in hertz.
public struct FrequencyRange: Sendable, Equatable, Codable {
  /// The slowest.
  public var lowest: Double
  /// The fastest.
  public var highest: Double

  /// Memberwise.
  public init(lowest: Double, highest: Double) {
    self.lowest = lowest
    self.highest = highest
  }

  /// Reads `scaling_cur_freq` (in kilohertz) of every core.
  static func read(from files: SystemFiles) -> Reading<FrequencyRange> {
    let folder = "/sys/devices/system/cpu"
    let frequencies = files.numbered("cpu", in: folder).compactMap {
      files.integer("\(folder)/cpu\($0)/cpufreq/scaling_cur_freq").value.map { Double($0) * 1000 }
    }
    guard let lowest = frequencies.min(), let highest = frequencies.max() else {
      return .unavailable("\(folder)/cpu*/cpufreq/scaling_cur_freq: no core tells")
    }
    return .value(FrequencyRange(lowest: lowest, highest: highest))
  }

  /// The range that holds both.
  func union(_ other: FrequencyRange) -> FrequencyRange {
    FrequencyRange(lowest: min(lowest, other.lowest), highest: max(highest, other.highest))
  }
}
