extension Table {
  /// The table for a terminal: title, columns two spaces apart, footnotes.
  ///
  /// - Parameters:
  ///   - style: colours, or none.
  ///   - indent: spaces before each line.
  public func text(style: Style = .plain, indent: Int = 2) -> String {
    let margin = String(repeating: " ", count: indent)
    let widths = columns.indices.map { column in
      ([columns[column].heading] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    var lines: [String] = []
    if !title.isEmpty { lines.append(style.bold(title)) }
    if columns.contains(where: { !$0.heading.isEmpty }) {
      lines.append(margin + style.dim(line(columns.map(\.heading), widths)))
    }
    lines += rows.map { margin + line($0, widths) }
    lines += footnotes.map { margin + style.dim($0) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    let padded = zip(zip(cells, columns), widths).map { pair, width in
      let padding = String(repeating: " ", count: max(width - pair.0.count, 0))
      return pair.1.alignment == .right ? padding + pair.0 : pair.0 + padding
    }
    let text = padded.joined(separator: "  ")
    return String(text.reversed().drop { $0 == " " }.reversed())
  }
}
