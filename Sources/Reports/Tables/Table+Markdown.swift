extension Table {
  /// The table in GitHub's Markdown: a heading, the table, its footnotes as a list.
  public var markdown: String {
    var lines: [String] = []
    if !title.isEmpty { lines += ["### \(title)", ""] }
    lines.append(row(columns.map { escaped($0.heading) }))
    lines.append(row(columns.map { $0.alignment == .right ? "---:" : "---" }))
    lines += rows.map { row($0.map(escaped)) }
    if !footnotes.isEmpty { lines += [""] + footnotes.map { "- \($0)" } }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  private func escaped(_ cell: String) -> String {
    String(cell.flatMap { $0 == "|" ? "\\|" : $0 == "\n" ? " " : String($0) })
  }
}
