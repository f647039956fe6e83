import Units

/// Test reports as CI systems show them: a suite of cases, each passed, failed, in error or skipped.
///
/// The XML is valid by both schemas that people check with: that of Apache Ant (all its attributes, no
/// others, in its order) and that of Jenkins. Source: github.com/windyroad/JUnit-Schema, JUnit.xsd, and
/// github.com/jenkinsci/xunit-plugin, junit-10.xsd.
struct JUnitReport {
  /// Name of the whole, as a suite's.
  var name: String
  /// When it began, in seconds since 1970.
  var startedAt: Double
  /// Where it ran.
  var hostname: String
  /// What else is known of it.
  var properties: [(name: String, value: String)]
  /// The cases, in order.
  var cases: [Case]
  /// Lines for people.
  var remarks: [String]

  /// One test.
  struct Case {
    /// The group it belongs to: a workload.
    var group: String
    /// What it is.
    var name: String
    /// Seconds that were spent on it.
    var seconds: Double
    /// How it ended.
    var outcome: Outcome
  }

  /// How a test ended, and why.
  enum Outcome {
    case passed
    /// It did what it should, too slowly.
    case failure(type: String, message: String)
    /// It did not do what it should.
    case error(type: String, message: String)
    /// Nobody knows.
    case skipped(message: String)
  }

  /// The report, ending in a line break.
  var xml: String {
    let counts = [cases.count, failures, errors, skips]
    let head = [
      ("name", name), ("package", "plimsoll"), ("id", "0"), ("timestamp", timestamp(startedAt)),
      ("hostname", hostname), ("tests", "\(counts[0])"), ("failures", "\(counts[1])"),
      ("errors", "\(counts[2])"), ("skipped", "\(counts[3])"),
      ("time", duration(cases.reduce(0) { $0 + $1.seconds })),
    ]
    let known = properties.map {
      "      <property\(attributes([("name", $0.name), ("value", $0.value)]))/>\n"
    }
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites>
        <testsuite\(attributes(head))>
          <properties>
      \(known.joined())    </properties>
      \(cases.map(element).joined())    <system-out>\(escaped(remarks.joined(separator: "\n")))</system-out>
          <system-err></system-err>
        </testsuite>
      </testsuites>

      """
  }

  private var failures: Int {
    cases.count { if case .failure = $0.outcome { true } else { false } }
  }
  private var errors: Int { cases.count { if case .error = $0.outcome { true } else { false } } }
  private var skips: Int { cases.count { if case .skipped = $0.outcome { true } else { false } } }

  private func element(_ test: Case) -> String {
    let head = attributes([
      ("name", test.name), ("classname", "plimsoll.\(test.group)"),
      ("time", duration(test.seconds)),
    ])
    let inside: String
    switch test.outcome {
    case .passed: return "    <testcase\(head)/>\n"
    case .failure(let type, let message):
      inside = "<failure\(attributes([("message", message), ("type", type)]))/>"
    case .error(let type, let message):
      inside = "<error\(attributes([("message", message), ("type", type)]))/>"
    case .skipped(let message): inside = "<skipped\(attributes([("message", message)]))/>"
    }
    return "    <testcase\(head)>\n      \(inside)\n    </testcase>\n"
  }

  /// Seconds to three places: Jenkins's schema takes no more.
  private func duration(_ seconds: Double) -> String { Decimal.fixed(seconds, 3) }

  private func attributes(_ pairs: [(String, String)]) -> String {
    pairs.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined()
  }
}

/// Text for an attribute or an element; characters that XML 1.0 has no way to write are dropped.
///
/// Source: XML 1.0 (fifth edition), §2.2 Characters, §2.4 Character Data and Markup, §3.3.3 (line breaks and
/// tabs in attributes become blanks unless they are written as references).
private func escaped(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x26: result += "&amp;"
    case 0x3C: result += "&lt;"
    case 0x3E: result += "&gt;"
    case 0x22: result += "&quot;"
    case 0x09, 0x0A, 0x0D: result += "&#\(scalar.value);"
    case ..<0x20, 0xFFFE, 0xFFFF: continue
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
