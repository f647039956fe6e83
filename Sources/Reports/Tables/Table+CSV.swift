extension Table {
  /// The table as comma-separated values with a header line; title and footnotes are left out.
  ///
  /// Source: RFC 4180 (CRLF line ends; fields with comma, quote or line break quoted).
  public var csv: String {
    ([columns.map(\.heading)] + rows)
      .map { $0.map(quoted).joined(separator: ",") + "\r\n" }
      .joined()
  }

  private func quoted(_ field: String) -> String {
    guard field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else {
      return field
    }
    return "\"" + field.flatMap { $0 == "\"" ? "\"\"" : String($0) } + "\""
  }
}
