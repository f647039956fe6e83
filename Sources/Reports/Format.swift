/// A way to write a result down.
public enum Format: String, Sendable, CaseIterable {
  /// For a person at a terminal.
  case text
  /// For scripts.
  case json
  /// For pages and comments.
  case markdown
  /// For spreadsheets.
  case csv
}
