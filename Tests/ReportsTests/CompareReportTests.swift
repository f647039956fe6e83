import Harness
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
    #expect(lines.count == 4 && lines[0].hasPrefix("id,provider,threads,status,verdict,ratio,"))
    #expect(lines[2].hasPrefix("slow,,,ok,slower,1.105"))
    #expect(lines[3].hasSuffix("\"C[0] is 1, by far\",\"C[0] is 1, by far\""))
  }

  @Test func markdownIsATable() throws {
    let text = try CompareReport(document).rendered(as: .markdown)
    #expect(text.hasPrefix("## SLOWER") && text.contains("| slow |") && text.contains("- a doubt"))
  }

  @Test func aTestReportFailsWhereItIsSlower() throws {
    var document = document
    document.reason = "the canary was not found"
    let text = CompareReport(document).junit(time: 0)
    #expect(text.contains("tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""), "\(text)")
    #expect(text.contains("<failure message=\"1.105 (1.0") && text.contains("type=\"slower\"/>"))
    #expect(text.contains("<error message=\"C[0] is 1, by far\" type=\"wrong-answer\"/>"))
    #expect(text.contains("<skipped message=\"the canary was not found\"/>"))
    #expect(text.contains("timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\""))
  }

  @Test func aRunsTestReportTellsWhatItsBaselineSays() throws {
    let results = ["slow", "doubtful", "same"].map { provider in
      RunDocument.Result.measured(provider, seconds: [0.002])
    }
    let rows = zip(results, [Verdict.slower, .inconclusive, .same]).map { result, verdict in
      var row = CompareDocument.Row(id: result.id, verdict: verdict, reason: "no telling")
      (row.provider, row.threads, row.ratio) = (result.provider, result.threads, 1.25)
      return row
    }
    var comparison = document
    comparison.rows = rows
    let text = try NativeFormat.junit.text(.of(results), comparison: comparison)
    #expect(text.contains("tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""), "\(text)")
    #expect(text.contains("<failure message=\"1.250 of the old time\" type=\"slower\"/>"))
    #expect(text.contains("<skipped message=\"inconclusive: no telling\"/>"))
  }
}
