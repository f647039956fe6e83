/// Cargo against the load line: what each way to run something needs, drawn as a hull's filling, and on each the
/// line to which it may sink.
public struct LoadLineChart: Sendable {
  /// What it shows, in a phrase.
  public var title: String
  /// The same in a sentence or two, for those who don't see it.
  public var summary: String
  /// One bar a row.
  public var rows: [Row]
  /// What can be carried.
  public var limit: Double
  /// What stands at the load line.
  public var limitLabel: String

  /// Memberwise.
  public init(title: String, summary: String, rows: [Row], limit: Double, limitLabel: String) {
    (self.title, self.summary, self.rows) = (title, summary, rows)
    (self.limit, self.limitLabel) = (limit, limitLabel)
  }

  /// One bar.
  public struct Row: Sendable, Equatable {
    /// What it is, at its left.
    public var label: String
    /// What came of it, at its right.
    public var value: String
    /// Its parts, from the left.
    public var parts: [Part]

    /// Memberwise.
    public init(label: String, value: String, parts: [Part]) {
      (self.label, self.value, self.parts) = (label, value, parts)
    }
  }

  /// A part of a bar; `series` (0…5) is its colour.
  public struct Part: Sendable, Equatable {
    /// How much.
    public var amount: Double
    /// What it is, when pointed at.
    public var title: String
    /// Its colour.
    public var series: Int

    /// Memberwise.
    public init(amount: Double, title: String, series: Int) {
      (self.amount, self.title, self.series) = (amount, title, series)
    }
  }

  /// Bars longer than so many limits are cut, and show that they are.
  static let longest = 2.2
  private static let (top, rowHeight, barHeight) = (26.0, 36.0, 12.0)

  /// The chart as SVG text, `width` pixels wide and as high as its rows need.
  public func svg(width: Double) -> String {
    var drawing = Drawing(width: width, height: Self.top + Double(rows.count) * Self.rowHeight + 4)
    let most = rows.map { $0.parts.reduce(0) { $0 + max(0, $1.amount) } }.max() ?? 0
    let end = min(max(most, limit) * 1.04, max(limit, 1) * Self.longest)
    let scale = Scale(.linear, domain: 0...max(end, 1), from: 0, to: width)
    let line = scale.position(limit)
    let label = ChartLayout.frame(line, limitLabel, width: width)
    drawing.text(limitLabel, at: (label.x + label.width / 2, 12), anchor: "middle", "t limit")
    drawing.line((line, 16), (line, Self.top - 4), "loadline")
    for (index, row) in rows.enumerated() {
      draw(row, at: Self.top + Double(index) * Self.rowHeight, scale, line, &drawing)
    }
    return drawing.svg(title: title, summary: summary)
  }

  private func draw(
    _ row: Row, at y: Double, _ scale: Scale, _ line: Double, _ drawing: inout Drawing
  ) {
    drawing.text(row.label, at: (0, y + 11), "t")
    drawing.text(row.value, at: (scale.end, y + 11), anchor: "end", "t dim")
    let bar = Frame(x: 0, y: y + 16, width: scale.end, height: Self.barHeight)
    drawing.rectangle(Frame(x: 0, y: bar.y, width: line, height: bar.height), "hull")
    var sum = 0.0
    for part in row.parts where part.amount > 0 {
      let (from, to) = (scale.position(sum), scale.position(sum + part.amount))
      sum += part.amount
      let frame = Frame(x: from, y: bar.y, width: max(to - from, 0), height: bar.height)
      drawing.rectangle(frame, "bar s\(part.series % 6)", title: part.title)
    }
    if sum > limit {
      let over = Frame(
        x: line, y: bar.y, width: scale.position(sum) - line, height: bar.height)
      drawing.rectangle(over, "over")
    }
    if sum > scale.domain.upperBound {
      drawing.path(
        [(scale.end - 9, bar.y - 1), (scale.end - 4, bar.y + 6), (scale.end - 9, bar.y + 13)],
        "cut")
      drawing.path(
        [(scale.end - 14, bar.y - 1), (scale.end - 9, bar.y + 6), (scale.end - 14, bar.y + 13)],
        "cut")
    }
    drawing.line((line, bar.y - 1), (line, bar.y + bar.height + 3), "loadline")
  }
}
