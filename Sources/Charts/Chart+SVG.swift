extension Chart {
  /// The chart as SVG text of that many pixels; every label has its own place, or is left out.
  public func svg(width: Double, height: Double) -> String {
    var drawing = Drawing(width: width, height: height)
    let layout = ChartLayout(self, width: width, height: height)
    drawAxes(&drawing, layout)
    for mark in marks { draw(mark, &drawing, layout) }
    drawRuleLabels(&drawing, layout)
    drawLineLabels(&drawing, layout)
    drawDotLabels(&drawing, layout)
    return drawing.svg(title: title, summary: summary)
  }

  private func drawAxes(_ drawing: inout Drawing, _ layout: ChartLayout) {
    let plot = layout.plot
    let floor = plot.y + plot.height
    for tick in layout.yTicks {
      let y = layout.y.position(tick)
      drawing.line((plot.x, y), (plot.x + plot.width, y), "grid")
      drawing.text(self.y.format(tick), at: (plot.x - 6, y + 4), anchor: "end", "t dim")
    }
    for tick in layout.xTicks {
      let x = layout.x.position(tick)
      let frame = ChartLayout.frame(x, self.x.format(tick), width: drawing.width)
      drawing.line((x, floor), (x, floor + 4), "axis")
      drawing.text(
        self.x.format(tick), at: (frame.x + frame.width / 2, floor + 17), anchor: "middle", "t dim")
    }
    drawing.line((plot.x, floor), (plot.x + plot.width, floor), "axis")
    drawing.text(self.y.title, at: (0, 12), "t dim")
    drawing.text(
      self.x.title, at: (plot.x + plot.width, floor + 34), anchor: "end", "t dim")
  }

  private func place(_ point: Point, _ layout: ChartLayout) -> (x: Double, y: Double) {
    (layout.x.position(point.x), layout.y.position(point.y))
  }

  private func draw(_ mark: Mark, _ drawing: inout Drawing, _ layout: ChartLayout) {
    switch mark {
    case .line(let points, _, let series, let dashed):
      drawing.path(
        points.map { place($0, layout) }, "line s\(series % 6)" + (dashed ? " dashed" : ""))
    case .band(let low, let high, let series):
      let outline = low.map { place($0, layout) } + high.reversed().map { place($0, layout) }
      drawing.path(outline, closed: true, "band s\(series % 6)")
    case .dot(let point, let interval, _, let title, let series, let hollow):
      let at = place(point, layout)
      if let interval {
        drawing.line(
          (at.x, layout.y.position(interval.lowerBound)),
          (at.x, layout.y.position(interval.upperBound)), "whisker s\(series % 6)")
      }
      drawing.dot(at, "dot s\(series % 6)" + (hollow ? " hollow" : ""), title: title)
    case .rule(let x, _):
      let x = layout.x.position(x)
      drawing.line((x, layout.plot.y), (x, layout.plot.y + layout.plot.height), "rule")
    }
  }

  /// Labels of rules in the row above the plot; one that has no room is left out.
  private func drawRuleLabels(_ drawing: inout Drawing, _ layout: ChartLayout) {
    var end = -Double.infinity
    let rules = marks.compactMap { mark -> (x: Double, label: String)? in
      if case .rule(let x, let label) = mark { (layout.x.position(x), label) } else { nil }
    }
    for rule in rules.sorted(by: { $0.x < $1.x }) {
      let frame = ChartLayout.frame(rule.x, rule.label, width: drawing.width)
      guard frame.x > end else { continue }
      drawing.text(
        rule.label, at: (frame.x + frame.width / 2, layout.plot.y - 5), anchor: "middle", "t")
      end = frame.x + frame.width + ChartLayout.gap
    }
  }

  private func drawLineLabels(_ drawing: inout Drawing, _ layout: ChartLayout) {
    let labels = marks.compactMap { mark -> (at: (x: Double, y: Double), text: String, Int)? in
      guard case .line(let points, let label, let series, _) = mark, !label.isEmpty,
        let last = points.last
      else { return nil }
      return (place(last, layout), label, series % 6)
    }
    let heights = LabelPlaces.spread(
      labels.map(\.at.y), gap: Drawing.fontSize + 3,
      in: layout.plot.y...(layout.plot.y + layout.plot.height))
    for (label, height) in zip(labels, heights) {
      drawing.text(
        label.text, at: (layout.plot.x + layout.plot.width + 6, height + 4), "t label s\(label.2)")
    }
  }

  private func drawDotLabels(_ drawing: inout Drawing, _ layout: ChartLayout) {
    var dots: [(at: (x: Double, y: Double), label: String, series: Int)] = []
    for case .dot(let point, _, let label, _, let series, _) in marks {
      dots.append((place(point, layout), label, series % 6))
    }
    let taken = dots.map { Frame(x: $0.at.x - 5, y: $0.at.y - 5, width: 10, height: 10) }
    var places = LabelPlaces(bounds: layout.plot, taken: taken)
    var shown: Set<String> = []
    for dot in dots where !dot.label.isEmpty && !shown.contains(dot.label) {
      guard let frame = places.place(dot.label, around: dot.at) else { continue }
      shown.insert(dot.label)
      drawing.text(
        dot.label, at: (frame.x + frame.width / 2, frame.y + Drawing.fontSize - 1),
        anchor: "middle", "t label s\(dot.series)")
    }
  }
}
