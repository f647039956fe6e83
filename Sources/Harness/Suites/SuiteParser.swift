import Models

/// Reads a suite's lines: `[workload]` opens a section, `key = value, value` adds to its grid.
struct SuiteParser {
  private let file: String
  private let workloads: [any Workload]
  private var rows: [Row] = []
  /// In which line the section of a row begins.
  private var origins: [String: Int] = [:]
  private var section: Section?
  /// What stands before the first section: `min-time`, `max-time`.
  private(set) var settings: [String: Double] = [:]

  private struct Section {
    let workload: any Workload
    let line: Int
    var grid = Grid()
    var threads: [Int]?
    var keys: Set<String> = []
  }

  init(file: String, workloads: [any Workload]) {
    self.file = file
    self.workloads = workloads
  }

  /// The key of a section that is no parameter.
  private static let threadsKey = "threads"
  static let minTimeKey = "min-time"
  static let maxTimeKey = "max-time"

  mutating func rows(of text: String) throws(WorkloadError) -> [Row] {
    var number = 0
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      number += 1
      let words = Self.withoutComment(line)
      if words.isEmpty { continue }
      if words.hasPrefix("[") {
        try close()
        section = try opened(words, number)
      } else {
        try add(words, number)
      }
    }
    try close()
    guard !rows.isEmpty else {
      throw mistake(number, "the suite has no rows; write a section such as [matmul]")
    }
    return rows
  }

  /// A `#` that begins the line or follows a blank begins a comment.
  private static func withoutComment(_ line: Substring) -> String {
    var kept: Substring = line
    var before: Character = " "
    for index in line.indices {
      if line[index] == "#", before == " " || before == "\t" {
        kept = line[..<index]
        break
      }
      before = line[index]
    }
    return trimmed(kept)
  }

  private static func trimmed(_ text: Substring) -> String {
    let rest = text.drop { $0 == " " || $0 == "\t" }
    return String(rest.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }

  private func opened(_ words: String, _ line: Int) throws(WorkloadError) -> Section {
    guard words.hasSuffix("]") else {
      throw mistake(line, "'\(shown(words))' is no section; write [workload]")
    }
    let name = Self.trimmed(words.dropFirst().dropLast())
    guard let workload = workloads.first(where: { $0.name == name }) else {
      throw unknown(name, "workload", among: workloads.map(\.name), line)
    }
    return Section(workload: workload, line: line)
  }

  private mutating func add(_ words: String, _ line: Int) throws(WorkloadError) {
    let parts = words.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw mistake(line, "'\(shown(words))' sets no key; write key = value, value or [workload]")
    }
    let key = Self.trimmed(parts[0])
    let values = parts[1].split(separator: ",", omittingEmptySubsequences: false)
      .map(Self.trimmed)
    guard !values.contains("") else {
      throw mistake(
        line, "the key '\(shown(key))' lacks a value; write \(shown(key)) = value, value")
    }
    guard var open = section else { return try set(key, values, line) }
    guard open.keys.insert(key).inserted else {
      throw mistake(
        line,
        "the key '\(shown(key))' is set twice in a section; write all values in one line, "
          + "or open another [\(open.workload.name)]")
    }
    if key == Self.threadsKey {
      open.threads = try threads(values, line)
    } else {
      let axes = open.workload.axes
      guard let axis = axes.first(where: { $0.name == key }) else {
        throw unknown(
          key, "key of \(open.workload.name)", among: axes.map(\.name) + [Self.threadsKey], line)
      }
      try at(line) { () throws(WorkloadError) in
        for value in values { _ = try axis.value(parsing: value) }
      }
      open.grid.add(key, values)
    }
    section = open
  }

  private mutating func set(
    _ key: String, _ values: [String], _ line: Int
  ) throws(WorkloadError) {
    let known = [Self.minTimeKey, Self.maxTimeKey]
    guard known.contains(key) else {
      throw unknown(key, "setting before the first section", among: known, line)
    }
    guard values.count == 1, let seconds = Double(values[0]), (0...86_400).contains(seconds),
      settings.updateValue(seconds, forKey: key) == nil
    else {
      throw mistake(line, "\(key) is set once, to seconds from 0 to 86400")
    }
  }

  private func threads(_ values: [String], _ line: Int) throws(WorkloadError) -> [Int] {
    var counts: [Int] = []
    for value in values {
      guard let count = Int(value), (1...1024).contains(count), !counts.contains(count) else {
        throw mistake(
          line, "threads=\(shown(value)): expected different whole numbers from 1 to 1024")
      }
      counts.append(count)
    }
    return counts
  }

  /// Adds the rows of the section that ends here.
  private mutating func close() throws(WorkloadError) {
    guard let section else { return }
    let axes = section.workload.axes
    for axis in axes where axis.usual.isEmpty && !section.keys.contains(axis.name) {
      throw mistake(
        section.line, "\(section.workload.name) needs the key \(axis.name) (\(axis.meaning))")
    }
    let added = try at(section.line) { () throws(WorkloadError) in
      try section.grid.rows(of: axes).map { Row(section.workload, $0, threads: section.threads) }
    }
    guard rows.count + added.count <= Grid.limit else {
      throw mistake(section.line, "the suite has more than \(Grid.limit) rows")
    }
    for row in added {
      if let origin = origins.updateValue(section.line, forKey: row.id) {
        throw mistake(
          section.line, "the row \(row.id) is also in the section of line \(origin)")
      }
      try at(section.line) { () throws(WorkloadError) in
        // More than any box can address is for the run to skip.
        do throws(WorkloadError) { _ = try row.workload.cost(row.parameters) } catch {
          if error.kind != .refused { throw error }
        }
      }
    }
    rows += added
    self.section = nil
  }

  /// `work`, whose mistakes are those of a line; what is wrong with a file that it names stays that.
  private func at<Value>(
    _ line: Int, _ work: () throws(WorkloadError) -> Value
  ) throws(WorkloadError) -> Value {
    do throws(WorkloadError) { return try work() } catch {
      throw WorkloadError(
        error.kind == .usage ? .malformed : error.kind,
        "\(file), line \(line): \(error.description)")
    }
  }

  private func unknown(
    _ name: String, _ what: String, among known: [String], _ line: Int
  ) -> WorkloadError {
    let near = NearNames.near(name, in: known, limit: 1).first
    let advice = near.map { "did you mean \($0)?" } ?? "known: \(known.joined(separator: ", "))"
    return mistake(line, "'\(shown(name))' is no \(what); \(advice)")
  }

  private func mistake(_ line: Int, _ sentence: String) -> WorkloadError {
    WorkloadError(.malformed, "\(file), line \(line): \(sentence)")
  }

  /// What people wrote, short enough for a sentence and without control characters.
  private func shown(_ text: String) -> String {
    let plain = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    return String(String.UnicodeScalarView(plain).prefix(60))
  }
}
