import Charts

// The parts that a report's page is made of, each a pure function to HTML text.

/// A part of the page under its heading.
func section(_ id: String, _ title: String, _ body: String) -> String {
  "<section id=\"\(id)\">\n<h2>\(escaped(title))</h2>\n\(body)\n</section>"
}

/// A word that says what kind of figure this is.
func badge(_ word: String) -> String { "<span class=\"badge \(word)\">\(word)</span>" }

/// A picture, the wide one first where there are two, with its caption and the way to its formula.
func figure(_ svgs: [String], _ caption: String, _ tag: String?, _ anchor: String) -> String {
  let pictures =
    svgs.count == 1
    ? svgs[0]
    : "<div class=\"wide\">\(svgs[0])</div>\n<div class=\"narrow\">\(svgs[1])</div>\n"
  let mark = tag.map { badge($0) + " " } ?? ""
  return """
    <figure>
    \(pictures)<figcaption>\(mark)\(escaped(caption)) · <a href="#\(anchor)">formula and source</a></figcaption>
    </figure>
    """
}

/// A table that scrolls by itself where it is wider than the page; a script sorts it where there is one.
func tableHTML(
  _ table: Table, sortable: Bool = true,
  formula anchors: (id: String, name: String)...
) -> String {
  func cells(_ texts: [String], _ tag: String) -> String {
    zip(texts, table.columns).map { text, column in
      let style = column.alignment == .right ? " class=\"n\"" : ""
      return "<\(tag)\(style)\(sortValue(text, tag))>\(cellText(text, tag))</\(tag)>"
    }.joined()
  }
  let head = "<tr>\(cells(table.columns.map(\.heading), "th"))</tr>"
  let rows = table.rows.map { "<tr>\(cells($0, "td"))</tr>" }
  let title = table.title.isEmpty ? "" : "<h3>\(escaped(table.title))</h3>\n"
  let links = anchors.map { "<a href=\"#\($0.id)\">\($0.name)</a>" }.joined(separator: ", ")
  let notes =
    table.footnotes.map(escaped)
    + (links.isEmpty ? [] : ["Formulas and sources: \(links)."])
  let foot = notes.isEmpty ? "" : "<p class=\"dim\">\(notes.joined(separator: "<br>"))</p>\n"
  return """
    \(title)<div class="scroll" tabindex="0" role="region" aria-label="\(escaped(table.title))">
    <table\(sortable ? " class=\"sortable\"" : "")>
    <thead>\(head)</thead>
    <tbody>
    \(rows.joined(separator: "\n"))
    </tbody>
    </table>
    </div>
    \(foot)
    """
}

/// From good to bad.
private let verdicts = ["fits", "tight", "streams", "exceeds", "unknown"]

/// The text of a cell; a verdict in its colour, and a row's parameters with places to break a line at.
private func cellText(_ text: String, _ tag: String) -> String {
  guard tag == "td" else { return escaped(text) }
  if verdicts.contains(text) { return "<span class=\"verdict \(text)\">\(text)</span>" }
  let fields = text.split(separator: ",", omittingEmptySubsequences: false)
  let isRow = fields.count > 1 && fields.allSatisfy { $0.contains("=") }
  return isRow
    ? fields.map { escaped(String($0)) }.joined(separator: ",<wbr>") : escaped(text)
}

/// What a cell is sorted by: a verdict by its place from good to bad, and a text that begins with a number by
/// that, its unit's prefix taken in.
private func sortValue(_ text: String, _ tag: String) -> String {
  guard tag == "td" else { return "" }
  if let place = verdicts.firstIndex(of: text) { return " data-v=\"\(place)\"" }
  guard let value = leadingNumber(text) else { return "" }
  return " data-v=\"\(value)\""
}

/// The number that `text` begins with, in base units; nil without one.
func leadingNumber(_ text: String) -> Double? {
  let digits = text.prefix { $0.isASCII && ($0.isNumber || ",.-".contains($0)) }
  guard let number = Double(digits.filter { $0 != "," }), number.isFinite else { return nil }
  let unit = text.dropFirst(digits.count).drop { $0 == " " }
  let scales: [(String, Double)] = [
    ("KiB", 0x1p10), ("MiB", 0x1p20), ("GiB", 0x1p30), ("TiB", 0x1p40), ("PiB", 0x1p50),
    ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("P", 1e15),
  ]
  return number * (scales.first { unit.hasPrefix($0.0) }?.1 ?? 1)
}
