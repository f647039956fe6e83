import Testing

@testable import Charts

@Suite struct ChartTests {
  private static func chart(_ marks: [Chart.Mark], log: Bool) -> Chart {
    Chart(
      title: "A < B & \"C\"", summary: "It's <b>",
      x: .init("GiB", log ? .logarithmic : .linear) { "\($0) GiB" },
      y: .init("tok/s", log ? .logarithmic : .linear) { "\($0)" }, marks: marks)
  }

  static let marks: [Chart.Mark] = [
    .line([.init(1, 2), .init(30, 500), .init(1_000, .nan)], label: "one", series: 0),
    .line(
      [.init(1, 2), .init(30, 501), .init(1_000, 400)], label: "<two>", series: 9, dashed: true),
    .band(low: [.init(1, 1), .init(9, 1)], high: [.init(1, 3), .init(9, 3)], series: 1),
    .dot(.init(.infinity, 5), interval: 4...6, label: "a", title: "t & u", series: 2),
    .dot(.init(30, 5), label: "b", series: 2, hollow: true),
    .dot(.init(30.01, 5.01), label: "c", series: 3), .rule(x: 8, label: "memory"),
    .rule(x: 8.1, label: "memory again"),
  ]

  @Test(arguments: [false, true], [200, 340, 720.0])
  func everyNumberIsFiniteAndInside(_ log: Bool, _ width: Double) throws {
    let svg = Self.chart(Self.marks, log: log).svg(width: width, height: 260)
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    for attribute in [" x=\"", " x1=\"", " x2=\"", " cx=\""] {
      for part in svg.split(separator: attribute).dropFirst() {
        let value = try #require(Double(part.prefix { $0 != "\"" }))
        #expect((0...width).contains(value))
      }
    }
  }

  @Test func textIsEscaped() {
    let svg = Self.chart(Self.marks, log: false).svg(width: 300, height: 200)
    #expect(svg.contains("A &lt; B &amp; &quot;C&quot;") && svg.contains("It&#39;s &lt;b&gt;"))
    #expect(svg.contains("&lt;two&gt;") && svg.contains("t &amp; u") && !svg.contains("<two>"))
    #expect(escaped("a\u{0}\u{1B}b") == "ab")
  }

  @Test(arguments: [false, true], [120, 200, 340, 720.0])
  func tickLabelsDoNotTouch(_ log: Bool, _ width: Double) {
    let chart = Self.chart(Self.marks, log: log)
    let layout = ChartLayout(chart, width: width, height: 200)
    let frames = layout.xTicks.map {
      ChartLayout.frame(layout.x.position($0), chart.x.format($0), width: width)
    }
    #expect(!frames.isEmpty)
    for (a, b) in zip(frames, frames.dropFirst()) { #expect(a.x + a.width < b.x) }
    let heights = layout.yTicks.map(layout.y.position)
    for (a, b) in zip(heights, heights.dropFirst()) { #expect(a - b > Drawing.fontSize) }
  }

  @Test func labelsOfDotsCoverNothing() {
    var places = LabelPlaces(
      bounds: Frame(x: 0, y: 0, width: 200, height: 100),
      taken: [Frame(x: 95, y: 45, width: 10, height: 10)])
    let found = (0..<40).compactMap { _ in places.place("label", around: (100, 50)) }
    #expect((1...4).contains(found.count))
    for (i, frame) in found.enumerated() {
      for other in found.dropFirst(i + 1) { #expect(!frame.overlaps(other)) }
    }
  }

  @Test func emptyChartsAreCharts() {
    let svg = Self.chart([], log: true).svg(width: 300, height: 200)
    #expect(svg.hasPrefix("<svg") && svg.hasSuffix("</svg>\n"))
  }

  /// A bar far beyond the line is cut at the picture's edge; the line is on every row.
  @Test func loadLines() {
    let parts = [
      LoadLineChart.Part(amount: 3, title: "weights", series: 0),
      .init(amount: 400, title: "cache", series: 1),
    ]
    let chart = LoadLineChart(
      title: "t", summary: "s",
      rows: [
        .init(label: "a", value: "403", parts: parts),
        .init(label: "b", value: "3", parts: [parts[0]]),
      ], limit: 10, limitLabel: "can carry 10")
    let svg = chart.svg(width: 340)
    #expect(svg.split(separator: "class=\"loadline\"").count - 1 == 3)
    #expect(svg.split(separator: "class=\"over\"").count - 1 == 1)
    #expect(svg.split(separator: "class=\"cut\"").count - 1 == 2)
  }
}
