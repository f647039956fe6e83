import Units

/// The picture of the answer: a hull filled with what the model needs, and the line to which it may
/// sink.
struct LoadLine {
  /// What the model needs.
  let required: Bytes
  /// What the box can carry.
  let budget: Bytes
  /// Cells from bow to stern.
  var width = 56

  /// Cells filled by cargo, at least one for any cargo.
  var cargo: Int { cells(required) }

  /// The cell of the load line.
  var line: Int { cells(budget) }

  /// The picture: cargo below the line, the line, cargo above it.
  func text(style: Style) -> String {
    let below = String(repeating: "█", count: min(cargo, line))
    let free = String(repeating: "░", count: max(line - cargo, 0))
    let above = String(repeating: "▓", count: max(cargo - line, 0))
    return (cargo > line ? style.yellow(below) : style.green(below)) + style.dim(free)
      + style.bold("┃") + style.red(above)
  }

  /// The label that stands under the line.
  func label(_ text: String, style: Style) -> String {
    let mark = "╿"
    let onRight = String(repeating: " ", count: line) + mark + " " + text
    guard line + 2 + text.count > width + 2, line > text.count else { return onRight }
    return String(repeating: " ", count: line - text.count - 1) + text + " " + mark
  }

  private func cells(_ amount: Bytes) -> Int {
    let full = max(Double(max(required.count, budget.count)), 1)
    let cells = (Double(max(amount.count, 0)) / full * Double(width)).rounded()
    return amount.count > 0 ? max(Int(cells), 1) : 0
  }
}
