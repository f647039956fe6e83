import Capacity
import Foundation
import Hardware
import Models
import Statistics
import Testing
import Units

@testable import Harness
@testable import Reports

/// Capacity reports: what a record says, and that its pages are drawn from nothing else.
@Suite struct CapacityReportTests {
  static let box = Box(
    id: "a-box", name: "A <Box> & Co", measured: true, pool: .system,
    memoryTotal: .gibibytes(32), memoryAvailable: .gibibytes(24),
    readBandwidth: Estimate(value: 40e9, low: 38e9, high: 41e9),
    peaks: ["f32": 1e12, "int8": 3e12],
    matmulRate: Estimate(exactly: 8e11), diskRead: Estimate(exactly: 2e9), source: "measured")

  static let ownership = Ownership.assumed(for: .processor).with(price: 1000)

  static func record() throws -> CapacityRecord {
    let models = try ["llama-3.1-8b", "gpt-oss-20b", "llama-3.1-70b"].map {
      try ModelReader.read($0)
    }
    let prices = PriceList(
      rows: [.init(model: "x/Meta-Llama-3.1-8B", prefill: 1, sample: 40, train: nil)],
      effective: "<today>", source: "a page")
    let run = KernelRun(.of([.measured("plimsoll", seconds: [0.002, 0.0021, 0.0019])]))
    var earlier = run
    earlier.startedAt -= 86_400
    return CapacityQuestion(
      box: box, ownership: ownership, models: models,
      quantisations: [try Quantisation(parsing: "Q4_K_M"), try Quantisation(parsing: "BF16")],
      contexts: [4096, 32768]
    ).record(
      createdAt: 1_795_651_697.25, prices: prices, profile: profile(), run: run,
      baselines: [earlier], walks: [walk(8, 2), walk(40, 0.1)])
  }

  private static func walk(_ gibibytes: Double, _ rate: Double) -> Walk {
    Walk(
      schema: Walk.schema, model: "m", backing: "file", policy: "normal",
      weightsBytes: gibibytes * 0x1p30, extrapolated: gibibytes > 10,
      tokensPerSecond: .init(median: rate, low: rate * 0.9, high: rate * 1.1),
      predictedTokensPerSecond: .init(low: rate / 2, high: rate * 2))
  }

  private static func profile() -> Profile {
    let rungs = (10...26).map { power in
      LatencyLadder.Rung(
        workingSet: Bytes(1 << power),
        latency: Estimate(exactly: power < 16 ? 1e-9 : power < 22 ? 4e-9 : 90e-9))
    }
    let ladder = LatencyLadder(rungs: rungs)
    func ceiling(_ name: String, _ unit: String, _ threads: Int, _ value: Double) -> Ceiling {
      Ceiling(
        name: name, unit: unit, threads: threads, estimate: Estimate(exactly: value),
        observations: 9)
    }
    let snapshot = EnvironmentSnapshot.take()
    return Profile(
      schema: Profile.schema, measuredAt: 1_795_651_000.5, duration: 10, fingerprint: "a-box",
      machine: Machine.read(), instructionSet: "avx2",
      ceilings: [
        ceiling("read_bandwidth", "B/s", 2, 40e9), ceiling("read_bandwidth", "B/s", 1, 22e9),
        ceiling("fma_f32", "FLOP/s", 2, 2e11), ceiling("fma_f32", "FLOP/s", 1, 1e11),
        ceiling("dot_i8", "op/s", 2, 7e11),
      ], achieved: [], latency: ladder, levels: ladder.levels,
      rounds: .init(count: 9, ended: "time"), environment: snapshot.difference(since: snapshot),
      warnings: ["a <doubt>"])
  }

  @Test func aStoredRecordGivesTheSameBytes() throws {
    let report = CapacityReport(try Self.record())
    let json = try report.rendered(as: .json)
    let again = CapacityReport(try JSON.value(CapacityRecord.self, from: Array(json.utf8)))
    #expect(again.record == report.record)
    for (one, other) in zip(try report.files(), try again.files()) {
      #expect(one.ending == other.ending && one.text == other.text, "\(one.ending)")
    }
  }

  /// Whoever changes how reports look draws the committed ones again: plimsoll report --from RECORD.
  @Test func theCommittedReportsAreOfTheirRecords() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../reports").standardized
    let records = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasPrefix("capacity-") && $0.hasSuffix(".json") }
    #expect(!records.isEmpty, "no record in \(folder.path)")
    for record in records {
      let report = try CapacityReport.read(path: folder.appending(path: record).path)
      #expect(record == report.name + ".json")
      for (ending, text) in try report.files() {
        let path = folder.appending(path: "\(report.name).\(ending)")
        #expect(try String(contentsOf: path, encoding: .utf8) == text, "\(path.path)")
      }
    }
  }

  @Test func everyCombinationHasARow() throws {
    let record = try Self.record()
    #expect(record.rows.count == 3 * 2 * 2 && record.training.count == 3 * 3)
    let csv = try CapacityReport(record).rendered(as: .csv)
    #expect(csv.split(separator: "\r\n").count == record.rows.count + 1)
    for row in record.rows {
      #expect(row.headroomBytes == record.box.budgetBytes - row.requiredBytes)
      #expect(row.ledger.reduce(0) { $0 + $1.bytes.count } == row.requiredBytes.count)
      #expect((row.firstToken != nil) == (row.context >= 8192 && row.decode != nil))
      #expect((row.cost == nil) == (row.decode == nil))
    }
    let priced = Set(record.rows.filter { $0.breakEven != nil }.map(\.model))
    #expect(priced == ["Meta-Llama-3.1-8B"])
  }

  /// Decoding slows down as the cache fills, and the curve has the row's figure where both are at one context.
  @Test func curvesMeetTheirRows() throws {
    let record = try Self.record()
    let curve = try #require(record.depths.first { $0.model == "Meta-Llama-3.1-8B" })
    #expect(
      zip(curve.points, curve.points.dropFirst()).allSatisfy {
        $0.decode.value > $1.decode.value && $0.depth < $1.depth
      })
    let point = try #require(curve.points.first { $0.depth == 4096 })
    let row = try #require(
      record.rows.first { $0.model == curve.model && $0.quantisation == curve.quantisation })
    #expect(row.context == 4096 && row.decode == point.decode)
  }

  @Test func thePageStandsAlone() throws {
    let html = CapacityPage(try Self.record()).html
    for fetching in ["src=", "<link", "@import", "url(", "fetch("] {
      #expect(!html.contains(fetching), "\(fetching)")
    }
    let targets = html.matches(of: /href="#([^"]*)"/).map { "id=\"\($0.output.1)\"" }
    #expect(targets.count > 10 && targets.allSatisfy { html.contains($0) })
    let figures = html.matches(of: /<figure>/).count
    #expect(html.matches(of: /<figcaption>[^\n]*href="#f-/).count == figures)
    let ids = html.matches(of: /id="([^"]*)"/).map { String($0.output.1) }
    #expect(Set(ids).count == ids.count)
  }

  @Test func whatOthersWroteIsEscaped() throws {
    let html = CapacityPage(try Self.record()).html
    #expect(html.contains("A &lt;Box&gt; &amp; Co") && !html.contains("<Box>"))
    #expect(html.contains("&lt;today&gt;") && !html.contains("<today>"))
    #expect(html.contains("a &lt;doubt&gt;") && !html.contains("<doubt>"))
  }

  @Test func marks() throws {
    var record = try Self.record()
    let measured = CapacityPage(record).html
    #expect(measured.contains(badge("measured")) && !measured.contains(badge("datasheet")))
    #expect(measured.contains(badge("assumption")) && measured.contains(badge("given")))
    #expect(measured.contains(badge("extrapolated")))
    record.box.measured = false
    #expect(CapacityPage(record).html.contains(badge("datasheet")))
  }

  static let cells: [(String, Double)] = [
    ("1.5 GiB", 1.5 * 0x1p30), ("12,345", 12_345), ("-3.0 MiB", -3 * 0x1p20), ("7.1–9.4", 7.1),
    ("864 k", 864e3), ("36.1 GB/s", 36.1e9), ("97 %", 97),
  ]

  @Test(arguments: cells)
  func cellsSortByWhatTheyStandFor(_ text: String, _ value: Double) {
    #expect(leadingNumber(text) == value)
  }

  @Test(arguments: ["–", "fits", "", "Q4_K_M", "-", "1.2.3"])
  func wordsAreNoNumbers(_ text: String) { #expect(leadingNumber(text) == nil) }
}
