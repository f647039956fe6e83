import Foundation
import Statistics
import Testing

@testable import Charts
@testable import Harness
@testable import Reports

/// Sweeps over the cliff: table, plot and the committed record.
@Suite struct CliffTests {
  /// A walk of a model twice as large as its memory, or as `over` says.
  private static func walk(
    over: Double, rate: Double, predicted: ClosedRange<Double>?, policy: String = "normal"
  ) -> RunDocument.Result {
    var result = RunDocument.Result.measured(
      "plimsoll", seconds: [1.1 / rate, 1 / rate, 0.9 / rate])
    result.id = "walk/model=m,over=\(over),policy=\(policy)"
    result.workload = "walk"
    result.parameters = [
      "model": .word("m"), "over": .number(over), "policy": .word(policy), "kind": .word("decode"),
    ]
    result.rate = .init(value: rate, unit: "tok/s")
    var walk = RunDocument.Walk(
      weightsBytes: 1 << 30, budgetBytes: Int(Double(1 << 30) / over), layersRun: 2,
      layersTotal: 80, firstTouchSeconds: 2, diskReadBytes: over > 1 ? 0x1p30 : 0, majorFaults: 17,
      minorFaults: 3, residentShare: policy == "direct" ? nil : 0.4)
    walk.predictedTokensPerSecond = predicted.map { .init(low: $0.lowerBound, high: $0.upperBound) }
    result.walk = walk
    return result
  }

  private static func sweep() -> RunDocument {
    .of(
      [
        walk(over: 0.5, rate: 9, predicted: 8...10),
        walk(over: 1.5, rate: 0.6, predicted: 0.4...0.8),
        walk(over: 2.5, rate: 0.3, predicted: 0.4...0.8),
        walk(over: 2.5, rate: 0.9, predicted: nil, policy: "direct"),
        .measured("plimsoll", seconds: [1]),
      ], suite: "70b")
  }

  @Test func theTableSaysWhatHeldAndHowWideItWas() throws {
    let table = try #require(CliffTable(Self.sweep().results).table)
    #expect(table.rows.map { $0[0] } == ["0.50", "1.50", "2.50", "2.50"])
    #expect(table.rows.map { $0[6] } == ["yes", "yes", "NO", "–"])
    #expect(table.footnotes.first?.hasPrefix("the prediction holds 2 of 3 rates") == true)
    #expect(table.footnotes.first?.contains("2.0 times") == true)
    #expect(CliffTable([.measured("plimsoll", seconds: [1])]).table == nil)
  }

  @Test func everyFormatOfARunHasIt() throws {
    let report = RunReport(Self.sweep())
    for format in [Format.text, .markdown] {
      #expect(try report.rendered(as: format).contains("weights over memory"))
    }
    let csv = try report.rendered(as: .csv).split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let column = try #require(csv[0].firstIndex(of: "predicted_high"))
    // The ids hold commas and are quoted: count from the end.
    let fromEnd = csv[0].count - column
    #expect(csv[1][csv[1].count - fromEnd] == "10.0")
    let json = try report.rendered(as: .json)
    for key in ["first_touch_seconds", "predicted_tokens_per_second", "resident_share"] {
      #expect(json.contains("\"\(key)\""))
    }
    let again = try JSON.value(RunDocument.self, from: Array(json.utf8))
    #expect(again == Self.sweep2(again))
  }

  /// The same but for what differs from one making to the next: when it was made.
  private static func sweep2(_ document: RunDocument) -> RunDocument {
    var sweep = sweep()
    sweep.environment = document.environment
    return sweep
  }

  @Test func thePlotHasALineABandAndThePoints() throws {
    let walks = Self.sweep().results.compactMap(Walk.init)
    #expect(walks.count == 4 && walks.allSatisfy { $0.part == "2 of 80 layers" })
    let chart = Chart(sweep: walks)
    let kinds = chart.marks.map { mark in
      switch mark {
      case .line: "line"
      case .band: "band"
      case .dot: "dot"
      case .rule: "rule"
      }
    }
    #expect(kinds == ["band", "line", "dot", "dot", "dot", "dot", "rule"])
    #expect(chart.summary.hasPrefix("4 walks, 2 of them within"))
    var skipped = Self.walk(over: 2, rate: 1, predicted: nil)
    skipped.status = .skipped
    #expect(Walk(skipped) == nil)
  }

  @Test func aReportOfARunWithoutWalksIsNone() {
    #expect(CliffReport(.of([.measured("plimsoll", seconds: [1])])) == nil)
    #expect(CliffReport(Self.sweep())?.name == "cliff-m")
  }

  @Test func thePictureStandsAlone() throws {
    let files = try #require(try CliffReport(Self.sweep())?.files())
    let svg = try #require(files.first { $0.ending == "svg" }?.text)
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.hasSuffix("</svg>\n"))
    #expect(svg.matches(of: /<svg/).count == svg.matches(of: /<\/svg>/).count)
    #expect(svg.contains("--paper:") && !svg.contains("url("))
  }

  /// Whoever changes how sweeps look draws the committed ones again: plimsoll report --from RECORD.
  @Test func theCommittedSweepsAreOfTheirRecords() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../reports").standardized
    let records = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("cliff-") && $0.hasSuffix(".json") }
    #expect(!records.isEmpty, "no record in \(folder.path)")
    for record in records {
      let run = try RunDocument.read(path: folder.appending(path: record).path)
      let report = try #require(CliffReport(run))
      #expect(record == report.name + ".json")
      for (ending, text) in try report.files() {
        let path = folder.appending(path: "\(report.name).\(ending)")
        #expect(try String(contentsOf: path, encoding: .utf8) == text, "\(path.path)")
      }
      let walks = try Walk.read(path: folder.appending(path: record).path)
      #expect(walks.count { $0.policy == "normal" } == 10)
    }
  }
}
