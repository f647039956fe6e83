import Harness

extension HealthFinding {
  /// What was found, what is healthy, and what to try.
  var sentence: String { "\(found); expected: \(expected); try: \(advice)" }
}

extension Health {
  /// Two lines a finding; where there is none, that there is none.
  func text(style: Style) -> String {
    let lines = findings.map { finding in
      let isSick = finding.severity == .sick
      let mark = isSick ? style.red("sick") : style.yellow("limited")
      return "  \(mark)  \(finding.found); expected: \(finding.expected)\n"
        + "  \(isSick ? "    " : "       ")  try: \(finding.advice)\n"
    }
    let none = "  \(style.green("healthy"))  nothing was found that holds this box back\n"
    return style.bold("Health") + "\n" + (lines.isEmpty ? none : lines.joined())
      + "  " + style.dim("held against \(comparedWith)") + "\n"
  }

  /// The same as a table.
  var markdown: String {
    guard !findings.isEmpty else {
      return "### Health\n\n- nothing was found that holds this box back\n"
        + "- held against \(comparedWith)\n"
    }
    return Table(
      title: "Health",
      columns: [
        .init("finding"), .init("state"), .init("found"), .init("expected"), .init("what to try"),
      ],
      rows: findings.map { [$0.code, $0.severity.rawValue, $0.found, $0.expected, $0.advice] },
      footnotes: ["held against \(comparedWith)"]
    ).markdown
  }
}
