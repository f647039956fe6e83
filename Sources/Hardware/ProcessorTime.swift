/// What all processors did with their time since the start, in clock ticks of 1/100 s as a rule.
public struct ProcessorTime: Sendable, Equatable {
  /// Ticks that the hypervisor gave to somebody else while this machine wanted them.
  public var stolen: Int
  /// Ticks spent on anything: work, waiting, idling, stolen.
  public var total: Int

  /// Reads the first line of `/proc/stat`; its eighth number is the stolen time.
  ///
  /// Time of guests (the ninth and tenth) is contained in the user's and not added again.
  static func read(from files: SystemFiles) -> Reading<ProcessorTime> {
    files.lines("/proc/stat").flatMap { lines in
      let words = lines.first?.split(separator: " ") ?? []
      let ticks = words.dropFirst().prefix(8).compactMap { Int($0) }
      guard words.first == "cpu", ticks.count == 8 else {
        return .unavailable("/proc/stat: no stolen time in the line 'cpu'")
      }
      return .value(ProcessorTime(stolen: ticks[7], total: ticks.reduce(0) { $0 &+ $1 }))
    }
  }
}
