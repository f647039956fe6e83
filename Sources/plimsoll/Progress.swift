import Measurement
import Reports

/// Progress on standard error: a bar with percent and remaining time on a terminal, a line a step
/// elsewhere, nothing when quiet.
struct Progress {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let clock: any Clock
  private let start: UInt64
  private var step = ""

  init(
    isQuiet: Bool, isTerminal: Bool = StandardError.isTerminal, clock: any Clock = MonotonicClock()
  ) {
    self.isQuiet = isQuiet
    self.isTerminal = isTerminal
    self.clock = clock
    start = clock.nanoseconds()
  }

  /// Shows that `share` (0…1) of the work is done and `name` is under way; `detail` follows it on a
  /// terminal alone.
  mutating func show(_ name: String, share: Double, detail: String = "") {
    guard !isQuiet else { return }
    if isTerminal {
      StandardError.raw("\r" + line(name + detail, share) + "\u{1B}[K")
    } else if name != step {
      StandardError.print(name)
    }
    step = name
  }

  /// Clears the bar, so that results stand alone.
  func finish() {
    if isTerminal, !isQuiet, !step.isEmpty { StandardError.raw("\r\u{1B}[K") }
  }

  private func line(_ name: String, _ share: Double) -> String {
    let elapsed = Double(clock.nanoseconds() - start) * 1e-9
    return ProgressLine(name, share: share, elapsed: elapsed).text(width: StandardError.width)
  }
}
