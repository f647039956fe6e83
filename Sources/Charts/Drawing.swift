import Units

/// SVG text, element by element: every number finite, every text escaped.
struct Drawing {
  /// Pixels from left to right.
  let width: Double
  /// Pixels from top to bottom.
  let height: Double
  private var elements: [String] = []

  init(width: Double, height: Double) { (self.width, self.height) = (width, height) }

  /// The size of all text in pixels.
  static let fontSize = 12.0

  /// How wide `text` is at most, near enough for laying out: 0.6 of its size a character.
  static func width(of text: String) -> Double { Double(text.count) * fontSize * 0.6 }

  /// A number as SVG takes it: two places, and 0 for what is no number.
  static func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let text = Decimal.fixed(value, 2)
    let trimmed = text.reversed().drop { $0 == "0" }.drop { $0 == "." }
    return text.contains(".") ? String(trimmed.reversed()) : text
  }

  mutating func line(
    _ from: (x: Double, y: Double), _ to: (x: Double, y: Double), _ style: String
  ) {
    let n = Self.number
    elements.append(
      "<line class=\"\(style)\" x1=\"\(n(from.x))\" y1=\"\(n(from.y))\" x2=\"\(n(to.x))\" y2=\"\(n(to.y))\"/>"
    )
  }

  mutating func path(_ points: [(x: Double, y: Double)], closed: Bool = false, _ style: String) {
    guard points.count > 1 else { return }
    let steps = points.map { "\(Self.number($0.x)) \(Self.number($0.y))" }
    let d = "M" + steps.joined(separator: "L") + (closed ? "Z" : "")
    elements.append("<path class=\"\(style)\" d=\"\(d)\"/>")
  }

  mutating func rectangle(_ box: Frame, _ style: String, title: String = "") {
    let n = Self.number
    let inside = title.isEmpty ? "/>" : "><title>\(escaped(title))</title></rect>"
    elements.append(
      "<rect class=\"\(style)\" x=\"\(n(box.x))\" y=\"\(n(box.y))\" width=\"\(n(max(box.width, 0)))\" "
        + "height=\"\(n(max(box.height, 0)))\"\(inside)")
  }

  mutating func dot(_ at: (x: Double, y: Double), _ style: String, title: String = "") {
    let n = Self.number
    let inside = title.isEmpty ? "/>" : "><title>\(escaped(title))</title></circle>"
    elements.append(
      "<circle class=\"\(style)\" cx=\"\(n(at.x))\" cy=\"\(n(at.y))\" r=\"4\"\(inside)")
  }

  /// `text` on the baseline at `at`, as `anchor` (start, middle, end) has it.
  mutating func text(
    _ text: String, at: (x: Double, y: Double), anchor: String = "start", _ style: String = "t"
  ) {
    elements.append(
      "<text class=\"\(style)\" x=\"\(Self.number(at.x))\" y=\"\(Self.number(at.y))\" "
        + "text-anchor=\"\(anchor)\">\(escaped(text))</text>")
  }

  /// The whole picture, with what it shows in words for those who don't see it.
  func svg(title: String, summary: String) -> String {
    """
    <svg class="chart" role="img" viewBox="0 0 \(Self.number(width)) \(Self.number(height))" \
    width="\(Self.number(width))" height="\(Self.number(height))">
    <title>\(escaped(title))</title>
    <desc>\(escaped(summary))</desc>
    \(elements.joined(separator: "\n"))
    </svg>

    """
  }
}

/// A rectangle in pixels, from its top left.
struct Frame: Equatable {
  var x, y, width, height: Double

  /// Whether both have a point in common.
  func overlaps(_ other: Frame) -> Bool {
    x < other.x + other.width && other.x < x + width && y < other.y + other.height
      && other.y < y + height
  }
}

/// `text` as HTML and SVG take it between tags and in attributes; characters that XML has no place for are left
/// out.
public func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "'": result += "&#39;"
    case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
    default:
      if scalar.value >= 0x20, scalar.value != 0xFFFE, scalar.value != 0xFFFF {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result
}
