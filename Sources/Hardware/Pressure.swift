/// Time since the start that tasks of the whole machine were stalled, in microseconds.
public struct Pressure: Sendable, Equatable {
  /// At least one task waited.
  public var some: Int
  /// All tasks waited, so that nothing got done; nil where the kernel has no such line.
  public var full: Int?

  /// Of memory, by the system's own account.
  public static func memory(from files: SystemFiles = .live) -> Reading<Pressure> {
    read("memory", from: files)
  }

  /// Reads `/proc/pressure/<resource>`: lines `some avg10=0.00 … total=123`.
  static func read(_ resource: String, from files: SystemFiles) -> Reading<Pressure> {
    let path = "/proc/pressure/\(resource)"
    return files.lines(path).flatMap { lines in
      let totals = KeyedText(lines, separator: " ")
      func total(_ name: String) -> Int? {
        totals[name]?.split(separator: " ").last { $0.hasPrefix("total=") }
          .flatMap { Int($0.dropFirst("total=".count)) }
      }
      return Reading(
        total("some").map { Pressure(some: $0, full: total("full")) },
        orReason: "\(path): no total in the line 'some'")
    }
  }
}
