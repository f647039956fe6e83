import Harness

extension Table {
  /// The rows as objects keyed by the columns' headings.
  ///
  /// Errors: what JSON encoding throws.
  public var json: String {
    get throws {
      let headings = columns.map(\.heading)
      return try JSON.text(
        rows.map { Dictionary(zip(headings, $0)) { first, _ in first } })
    }
  }
}
