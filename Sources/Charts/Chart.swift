/// A picture of values over two axes, as values; `svg` draws it.
///
/// Colours are CSS: `.s0` … `.s5` for series, `.axis`, `.grid`, `.rule`, `.t` and so on, so that a page sets them
/// for light and dark.
public struct Chart: Sendable {
  /// What it shows, in a phrase.
  public var title: String
  /// The same in a sentence or two, for those who don't see it.
  public var summary: String
  /// Left to right.
  public var x: Axis
  /// Bottom to top.
  public var y: Axis
  /// What is drawn, the first at the back.
  public var marks: [Mark]

  /// Memberwise.
  public init(title: String, summary: String, x: Axis, y: Axis, marks: [Mark]) {
    (self.title, self.summary, self.x, self.y, self.marks) = (title, summary, x, y, marks)
  }

  /// One axis.
  public struct Axis: Sendable {
    /// What is counted, with its unit.
    public var title: String
    /// What equal distances mean.
    public var kind: Scale.Kind
    /// The values at both ends; nil takes what the marks reach, and zero where linear.
    public var domain: ClosedRange<Double>?
    /// A tick's text.
    public var format: @Sendable (Double) -> String

    /// Memberwise.
    public init(
      _ title: String, _ kind: Scale.Kind = .linear, domain: ClosedRange<Double>? = nil,
      format: @escaping @Sendable (Double) -> String
    ) {
      (self.title, self.kind, self.domain, self.format) = (title, kind, domain, format)
    }
  }

  /// A value on either axis.
  public struct Point: Sendable, Equatable {
    /// Along the x axis.
    public var x: Double
    /// Along the y axis.
    public var y: Double

    /// Memberwise.
    public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
  }

  /// Something drawn; `series` (0…5) is its colour.
  public enum Mark: Sendable {
    /// A line through `points`, its label at their end.
    case line([Point], label: String, series: Int, dashed: Bool = false)
    /// The area between two lines that share their x.
    case band(low: [Point], high: [Point], series: Int)
    /// A dot with its interval along y, `title` when pointed at; hollow where it is no measurement. A label that
    /// several dots share stands at the first of them that has room for it.
    case dot(
      Point, interval: ClosedRange<Double>? = nil, label: String = "", title: String = "",
      series: Int, hollow: Bool = false)
    /// A vertical line at `x`, its label at the top.
    case rule(x: Double, label: String)
  }
}

extension Chart.Mark {
  /// All points that have to be in the picture.
  var extent: [Chart.Point] {
    switch self {
    case .line(let points, _, _, _): points
    case .band(let low, let high, _): low + high
    case .dot(let point, let interval, _, _, _, _):
      [point]
        + (interval.map { [.init(point.x, $0.lowerBound), .init(point.x, $0.upperBound)] } ?? [])
    case .rule(let x, _): [.init(x, .nan)]
    }
  }
}
