import Regression
import Testing

@testable import Reports

@Suite struct CompareReportTests {
  private var document: CompareDocument {
    var gate = Gate(rows: ["fast", "slow", "wrong"], canary: "canary")
    while let request = gate.next.first {
      let means: [String: Double] = ["slow": 0.1, "canary": 0.05]
      let mean = means[request.row] ?? 0
      let pairs = (0..<request.pairs).map { mean + ($0 % 2 == 0 ? 0.01 : -0.01) }
      gate.add(pairs, rejected: 1, to: request.row, stage: request.stage)
    }
    var document = CompareDocument(
      gate.outcome, suite: "ci", old: .init(name: "base"), new: .init(name: "mine"),
      wrongAnswers: ["wrong": "C[0] is 1, by far"], warnings: ["a doubt"])
    document.onlyNew = ["late"]
    return document
  }

  @Test func theVerdictComesFirst() throws {
    let text = try CompareReport(document).rendered(as: .text)
    #expect(text.hasPrefix("SLOWER  base → mine: 1 slower, 1 inconclusive, 1 same, 1 wrong\n"))
    #expect(text.contains("1.105 (1.0") && text.contains("WRONG [1]"))
    #expect(text.contains("[1] C[0] is 1, by far") && text.contains("canary"))
    #expect(text.contains("only in mine: late") && text.contains("a doubt"))
    #expect(text.contains("(1 rejected)"))
  }

  @Test func everyRowIsALineOfCSV() throws {
    let lines = try CompareReport(document).rendered(as: .csv).split(separator: "\r\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("id,provider,threads,verdict,ratio,"))
    #expect(lines[2].hasPrefix("slow,,,slower,1.105"))
    #expect(lines[3].hasSuffix("\"C[0] is 1, by far\",\"C[0] is 1, by far\""))
  }

  @Test func markdownIsATable() throws {
    let text = try CompareReport(document).rendered(as: .markdown)
    #expect(text.hasPrefix("## SLOWER") && text.contains("| slow |") && text.contains("- a doubt"))
  }
}
