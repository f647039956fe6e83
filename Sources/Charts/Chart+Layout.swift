/// Where a chart's parts go, at one width.
struct ChartLayout {
  let x, y: Scale
  let xTicks, yTicks: [Double]
  /// The plot's area.
  let plot: Frame

  /// Room above for the y axis's title and rules' labels, below for the x axis.
  static let (top, bottom) = (34.0, 40.0)
  /// What lies between neighbouring tick labels at least.
  static let gap = 10.0

  init(_ chart: Chart, width: Double, height: Double) {
    let extent = chart.marks.flatMap(\.extent)
    let xDomain = Self.domain(chart.x, extent.map(\.x))
    let yDomain = Self.domain(chart.y, extent.map(\.y))
    let floor = height - Self.bottom
    y = Scale(chart.y.kind, domain: yDomain, from: floor, to: Self.top)
    yTicks = y.ticks(atMost: max(2, Int((floor - Self.top) / 28)))
    let left = 8 + (yTicks.map { Drawing.width(of: chart.y.format($0)) }.max() ?? 0)
    let right = min(width * 0.4, 10 + Self.lineLabelWidth(chart.marks))
    let x = Scale(chart.x.kind, domain: xDomain, from: left, to: max(left + 40, width - right))
    self.x = x
    xTicks = Self.fitting(x, chart.x.format, width: width)
    plot = Frame(x: x.start, y: Self.top, width: x.end - x.start, height: floor - Self.top)
  }

  /// What the marks reach, with a little air; a linear axis begins at zero where all is positive.
  private static func domain(_ axis: Chart.Axis, _ values: [Double]) -> ClosedRange<Double> {
    if let domain = axis.domain { return domain }
    let shown = values.filter { $0.isFinite && (axis.kind == .linear || $0 > 0) }
    guard let low = shown.min(), let high = shown.max() else { return 0...1 }
    if axis.kind == .logarithmic { return (low / 1.15)...(high * 1.15) }
    return min(low, 0)...max(high + (high - min(low, 0)) * 0.05, 0)
  }

  private static func lineLabelWidth(_ marks: [Chart.Mark]) -> Double {
    marks.map { mark in
      if case .line(_, let label, _, _) = mark { Drawing.width(of: label) } else { 0.0 }
    }.max() ?? 0
  }

  /// As many ticks as fit without their labels touching one another or leaving the picture.
  private static func fitting(
    _ scale: Scale, _ format: (Double) -> String, width: Double
  ) -> [Double] {
    for most in stride(from: 10, through: 2, by: -1) {
      let ticks = scale.ticks(atMost: most).filter { !format($0).isEmpty }
      let frames = ticks.map { frame(scale.position($0), format($0), width: width) }
      let apart = zip(frames, frames.dropFirst()).allSatisfy { $0.x + $0.width + gap <= $1.x }
      if apart, !ticks.isEmpty { return ticks }
    }
    return scale.ticks(atMost: 2).prefix(1).map(\.self)
  }

  /// The place of an x tick's label: centred under its tick, and moved inside of the picture.
  static func frame(_ centre: Double, _ text: String, width: Double) -> Frame {
    let size = Drawing.width(of: text)
    let x = max(0, min(centre - size / 2, width - size))
    return Frame(x: x, y: 0, width: size, height: Drawing.fontSize)
  }
}

/// Finds places for labels so that none covers another.
struct LabelPlaces {
  private(set) var taken: [Frame]
  private let bounds: Frame

  init(bounds: Frame, taken: [Frame]) { (self.bounds, self.taken) = (bounds, taken) }

  /// Keeps `frame` free of labels.
  mutating func keepFree(_ frame: Frame) { taken.append(frame) }

  /// The first place around `at` where `text` covers nothing; nil where there is none.
  mutating func place(_ text: String, around at: (x: Double, y: Double)) -> Frame? {
    let (width, height) = (Drawing.width(of: text), Drawing.fontSize + 2)
    let places = [
      (at.x + 10, at.y - height / 2), (at.x - 10 - width, at.y - height / 2),
      (at.x - width / 2, at.y - 8 - height), (at.x - width / 2, at.y + 8),
    ].map { Frame(x: $0.0, y: $0.1, width: width, height: height) }
    let free = places.first { frame in
      frame.x >= bounds.x && frame.x + width <= bounds.x + bounds.width && frame.y >= bounds.y
        && frame.y + height <= bounds.y + bounds.height
        && !taken.contains { $0.overlaps(frame) }
    }
    if let free { taken.append(free) }
    return free
  }

  /// Heights near `wanted`, in its order, at least `gap` apart and within `range` where they can be.
  static func spread(_ wanted: [Double], gap: Double, in range: ClosedRange<Double>) -> [Double] {
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var placed = order.map { max(range.lowerBound, wanted[$0]) }
    for i in placed.indices.dropFirst() { placed[i] = max(placed[i], placed[i - 1] + gap) }
    var limit = range.upperBound
    for i in placed.indices.reversed() {
      placed[i] = min(placed[i], limit)
      limit = placed[i] - gap
    }
    var result = wanted
    for (place, index) in zip(placed, order) { result[index] = place }
    return result
  }
}
