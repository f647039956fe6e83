import Capacity
import Foundation
import Testing
import Units

@testable import Reports
@testable import Simulation

/// Rehearsals of training: the ledger beside the peak, in each format.
@Suite struct RehearsalReportTests {
  private static func report(peak: Bytes?) -> RehearsalReport {
    RehearsalReport(
      TrainingRehearsalResult(
        required: .mebibytes(200), measuredPeak: peak, stepSeconds: [0.5, 0.25],
        lines: [
          .init(item: "weights", bytes: .mebibytes(150), pageBytes: .mebibytes(2)),
          .init(item: "adapters", bytes: .mebibytes(50), pageBytes: .kibibytes(4)),
        ]),
      model: "m", quantisation: "BF16",
      training: TrainingSettings(method: .lora, rank: 8, sequence: 4096, batch: 2, optimizer: .sgd))
  }

  @Test func ledgerAndPeakStandSideBySide() throws {
    for format in [Format.text, .markdown] {
      let text = try Self.report(peak: .mebibytes(202)).rendered(as: format)
      #expect(text.contains("the ledger has 200.0 MiB, the peak was 202.0 MiB: 101.0 % of it"))
      #expect(text.contains("lora of rank 8") && text.contains("2 × 4,096 tokens · sgd"))
      #expect(text.contains("2.0 MiB") && text.contains("4.0 KiB"), "the pages asked for")
    }
    #expect(try Self.report(peak: nil).rendered(as: .text).contains("doesn't tell the peak"))
  }

  @Test func theDocumentHasItsKeys() throws {
    let text = try Self.report(peak: .mebibytes(202)).rendered(as: .json)
    let any = try JSONSerialization.jsonObject(with: Data(text.utf8))
    let document = try #require(any as? [String: Any])
    #expect(
      Set(document.keys) == [
        "schema", "model", "quantisation", "train", "rank", "sequence", "batch", "optimizer",
        "trainer", "required_bytes", "measured_peak_bytes", "ratio", "step_seconds", "ledger",
      ])
    #expect(document["ratio"] as? Double == 1.01)
    let ledger = try #require(document["ledger"] as? [[String: Any]])
    #expect(ledger.map { $0["page_bytes"] as? Int } == [2 << 20, 4 << 10])
  }

  @Test func csvIsALineAUse() throws {
    #expect(
      try Self.report(peak: nil).rendered(as: .csv)
        == "item,bytes,page_bytes\r\nweights,157286400,2097152\r\nadapters,52428800,4096\r\n"
        + "required,209715200,\r\nmeasured_peak,,\r\n")
  }
}
