/// Rows that are measured together under one name, as written down in a file.
///
/// The format is described in `Benchmarks/Suites/README.md`.
public struct Suite: Sendable {
  /// Its name: that of the file without folder and ending.
  public let name: String
  /// What it is for: the first line of the comment it begins with.
  public let summary: String
  /// Its rows, in the order of its sections; no two of one id.
  public let rows: [Row]
  /// Seconds that a row is measured for at least; nil for the program's own.
  public let minTime: Double?
  /// Seconds after which a row gets no further round; nil for the program's own.
  public let maxTime: Double?

  /// Bytes of the longest file that is read.
  public static let longest = 1 << 20

  /// The suite that `bytes` are the text of.
  ///
  /// - Parameters:
  ///   - file: what errors call the file.
  ///   - workloads: what sections may be named after.
  ///
  /// Errors: `.malformed` with file, line, key and the nearest right name for every mistake; those of a
  /// file that a section names.
  public init(
    _ bytes: [UInt8], file: String, workloads: [any Workload]
  ) throws(WorkloadError) {
    guard bytes.count <= Self.longest, let text = String(validating: bytes, as: UTF8.self) else {
      throw WorkloadError(
        .malformed, "\(file): expected at most \(Self.longest) bytes of text in UTF-8")
    }
    var parser = SuiteParser(file: file, workloads: workloads)
    rows = try parser.rows(of: text)
    minTime = parser.settings[SuiteParser.minTimeKey]
    maxTime = parser.settings[SuiteParser.maxTimeKey]
    name = Self.name(of: file)
    summary = Self.summary(of: text)
  }

  /// `ci` for `Benchmarks/Suites/ci.suite`.
  static func name(of file: String) -> String {
    let last = String(file.split(separator: "/").last ?? "")
    return last.hasSuffix(ending) ? String(last.dropLast(ending.count)) : last
  }

  /// The ending of suites' files.
  public static let ending = ".suite"

  private static func summary(of text: String) -> String {
    let comment = text.prefix { !$0.isNewline }.drop { $0 == "#" || $0 == " " }
    return text.hasPrefix("#") ? String(comment) : ""
  }
}
