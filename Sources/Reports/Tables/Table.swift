/// A table as values: what every format prints, and none of how it looks.
public struct Table: Sendable, Equatable {
  /// How a column is set.
  public enum Alignment: Sendable, Equatable {
    case left
    case right
  }

  /// One column: its heading and how it is set.
  public struct Column: Sendable, Equatable {
    /// The heading.
    public var heading: String
    /// Numbers stand right, words left.
    public var alignment: Alignment

    /// Memberwise.
    public init(_ heading: String, _ alignment: Alignment = .left) {
      self.heading = heading
      self.alignment = alignment
    }
  }

  /// What the table shows; may be empty.
  public var title: String
  /// The columns, left to right.
  public var columns: [Column]
  /// The rows, each with one cell a column.
  public var rows: [[String]]
  /// Remarks below the table.
  public var footnotes: [String]

  /// Memberwise.
  public init(title: String, columns: [Column], rows: [[String]], footnotes: [String] = []) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.footnotes = footnotes
  }
}
