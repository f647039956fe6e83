import Units

/// One line for a terminal: a bar, percent, the time that is left and what is under way.
public struct ProgressLine: Sendable, Equatable {
  private let name: String
  private let share: Double
  private let elapsed: Double

  /// A line.
  ///
  /// - Parameters:
  ///   - name: what is under way.
  ///   - share: how much of all is done, 0 to 1.
  ///   - elapsed: seconds since the beginning.
  public init(_ name: String, share: Double, elapsed: Double) {
    self.name = name
    self.share = share.isFinite ? min(max(share, 0), 1) : 0
    self.elapsed = elapsed
  }

  /// Below this share the time that is left is anybody's guess.
  private static let foreseeable = 0.05

  /// The line, in fewer columns than `width`: a terminal that is written to its last column may wrap.
  public func text(width: Int) -> String {
    let cells = min(24, width / 5)
    let filled = Int(share * Double(cells))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: cells - filled)
    var line = "\(bar) \(Decimal.fixed(share * 100, 0)) %"
    if share > Self.foreseeable { line += "  \(left) left" }
    return cut(line + "  " + name, to: width - 1)
  }

  /// `41 s`, `3:20` from two minutes on.
  private var left: String {
    let seconds = Int((elapsed * (1 - share) / share).rounded())
    guard seconds >= 120 else { return "\(seconds) s" }
    return "\(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
  }

  private func cut(_ text: String, to width: Int) -> String {
    var (line, used) = ("", 0)
    for character in text {
      // A name may hold a file's name, and that anything: an escape would move the cursor.
      let isControl = character.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      let shown = isControl ? "?" : character
      used += Self.columns(of: shown)
      if used > width { break }
      line.append(shown)
    }
    return line
  }

  /// Source: Unicode Standard Annex 11, characters that are wide.
  private static func columns(of character: Character) -> Int {
    let wide: [ClosedRange<UInt32>] = [
      0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
    guard let first = character.unicodeScalars.first?.value else { return 0 }
    return wide.contains { $0.contains(first) } ? 2 : 1
  }
}
