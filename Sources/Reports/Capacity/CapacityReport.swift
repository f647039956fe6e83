import Capacity
import Harness

/// A capacity report in every format, drawn from its record alone: the same record gives the same bytes.
public struct CapacityReport: Sendable {
  /// What it is drawn from.
  public let record: CapacityRecord

  /// A report of `record`.
  public init(_ record: CapacityRecord) { self.record = record }

  /// Reads the record at `path`, which `plimsoll report` wrote on any box.
  public static func read(path: String) throws(DocumentFile.ReadFailure) -> CapacityReport {
    let record = try DocumentFile.read(
      CapacityRecord.self, schema: CapacityRecord.schema, path: path)
    guard isPlain(record.box.id) else {
      throw .malformed(
        "box.id '\(record.box.id)' makes no file name: expected letters, digits, - and .")
    }
    return CapacityReport(record)
  }

  private static func isPlain(_ id: String) -> Bool {
    (1...100).contains(id.utf8.count) && !id.hasPrefix(".")
      && id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.@".contains($0)) }
  }

  /// What its files are called, without their ending.
  public var name: String { "capacity-\(record.box.id)" }

  /// The report as text, ending in a line break. `style` concerns `.text` alone.
  ///
  /// Errors: what JSON encoding throws.
  public func rendered(as format: Format, style: Style = .plain) throws -> String {
    switch format {
    case .text: tables.map { $0.text(style: style) }.joined(separator: "\n")
    case .json: try JSON.text(record)
    case .markdown: markdown
    case .csv: record.csvTable.csv
    }
  }

  /// The files of the report, by their endings: json, html, md and csv.
  ///
  /// Errors: what JSON encoding throws.
  public func files() throws -> [(ending: String, text: String)] {
    [
      ("json", try rendered(as: .json)), ("html", CapacityPage(record).html),
      ("md", markdown), ("csv", record.csvTable.csv),
    ]
  }

  /// Several reports in one text, ending in a line break; as CSV one table, as JSON an array unless there is one.
  ///
  /// Errors: what JSON encoding throws.
  public static func rendered(
    _ reports: [CapacityReport], as format: Format, style: Style = .plain
  ) throws -> String {
    guard let first = reports.first, reports.count > 1 else {
      return try reports.first?.rendered(as: format, style: style) ?? ""
    }
    switch format {
    case .text, .markdown:
      return try reports.map { try $0.rendered(as: format, style: style) }.joined(separator: "\n")
    case .json: return try JSON.text(reports.map(\.record))
    case .csv:
      var table = first.record.csvTable
      table.rows = reports.flatMap(\.record.csvTable.rows)
      return table.csv
    }
  }

  private var tables: [Table] {
    [record.answers, record.trainingTable, record.breakEvenTable].filter { !$0.rows.isEmpty }
  }

  private var markdown: String {
    let box = record.box
    let head = """
      ## What \(box.name) carries

      \(box.measured ? "Measured" : "Datasheet figures, not measured"): \(box.source). A model can have \
      \(box.budgetBytes) of \(box.memoryTotalBytes). Written \(timestamp(record.createdAt)) UTC.

      """
    return ([head] + tables.map(\.markdown) + box.warnings.map { "> \($0)\n" })
      .joined(separator: "\n")
  }
}
