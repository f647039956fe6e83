extension Table {
  /// The table alone in any format; `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: text(style: style, indent: 0)
    case .markdown: markdown
    case .csv: csv
    case .json: try json
    }
  }
}
