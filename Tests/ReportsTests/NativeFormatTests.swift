import Foundation
import Testing

@testable import Harness
@testable import Reports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Files for other tools, of a run with all that can go wrong in their names and reasons.
@Suite struct NativeFormatTests {
  private static let awkward = "plugin:/a b/ü\"<&>%=.so"
  private let document: RunDocument

  init() {
    let good = RunDocument.Result.measured("plimsoll", seconds: [0.002, 0.001, 0.004])
    var wrong = RunDocument.Result.measured(Self.awkward, seconds: [0.001])
    wrong.check?.compare(1, with: 2, bound: 0.5, place: "C")
    (wrong.status, wrong.reason) = (.failed, "\u{1B}[31mC\0 is <off>\n& \"far\"\u{FFFE}")
    var crashed = RunDocument.Result.measured("plugin:crash.so", seconds: [1])
    (crashed.status, crashed.reason, crashed.check) = (.failed, "SIGSEGV", nil)
    (crashed.medianSeconds, crashed.samplesSeconds) = (nil, [])
    var absent = crashed
    (absent.status, absent.provider, absent.reason) = (.skipped, "cblas:b.so", "no such kernel")
    document = .of([good, wrong, crashed, absent], suite: "mine")
  }

  private func object(_ format: NativeFormat) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(try format.text(document).utf8))
  }

  @Test func goBenchmarkHasALineASample() throws {
    let lines = try NativeFormat.benchfmt.text(document).split(separator: "\n").map(String.init)
    let name = "BenchmarkMatmul/m=1/n=2/k=3/type=f32/provider="
    #expect(lines.prefix(4) == ["suite: mine", "machine: a-box", "kernels: avx2", "seed: 1"])
    #expect(lines[4] == "Unit FLOP/s better=higher")
    #expect(lines[5] == "\(name)plimsoll-2 4 2000000.0 ns/op 6000.0 FLOP/s")
    #expect(lines[6].hasSuffix(" 1000000.0 ns/op 12000.0 FLOP/s"))
    let escaped = "plugin:%2Fa%20b%2F%C3%BC\"<&>%25=.so"
    #expect(lines[8].hasPrefix("--- FAIL: \(name)\(escaped)-2  [31mC  is <off> & "))
    #expect(lines.count == 11 && lines[10].hasPrefix("--- SKIP: "))
    // What the design of the format says a result is.
    let result = /Benchmark[^\p{Ll}\s]\S*\s+\d+(\s+[0-9.e+\-]+\s+\S+)+/
    #expect(lines.count { $0.wholeMatch(of: result) != nil } == 3)
    let configuration = /[\p{Ll}][^\p{Lu}\s]*:\s.*/
    #expect(lines.count { $0.wholeMatch(of: configuration) != nil } == 4)
  }

  @Test func googleBenchmarkHasRepetitionsAndAggregates() throws {
    let root = try #require(try object(.googleBenchmark) as? [String: Any])
    let context = try #require(root["context"] as? [String: Any])
    #expect(context["date"] as? String == "2000-02-29T23:59:59+00:00")
    let entries = try #require(root["benchmarks"] as? [[String: Any]])
    #expect(entries.count == 3 + 4 + 3)
    #expect(
      entries[1]["repetition_index"] as? Int == 1 && entries[1]["real_time"] as? Double == 1e6)
    #expect(entries[1]["items_per_second"] as? Double == 12000)
    let aggregates = entries.filter { $0["run_type"] as? String == "aggregate" }
    #expect(
      aggregates.compactMap { $0["aggregate_name"] as? String } == [
        "mean", "median", "stddev", "cv",
      ])
    let times = aggregates.compactMap { $0["real_time"] as? Double }
    // Of 2, 1 and 4 ms: mean 7/3, deviation √(7/3), and their ratio.
    #expect(abs(times[0] - 7e6 / 3) < 1 && times[1] == 2e6)
    #expect(abs(times[2] - (7.0 / 3).squareRoot() * 1e6) < 1)
    #expect(abs(times[3] - 1 / (7.0 / 3).squareRoot()) < 1e-12)
    #expect(entries.count { $0["error_occurred"] as? Bool == true } == 3)
    #expect(entries.last?["error_message"] as? String == "no such kernel")
  }

  @Test(arguments: [
    (NativeFormat.gitHubAction, "s", 0.002), (.gitHubActionBigger, "FLOP/s", 6000),
  ])
  func gitHubActionTracksWhatIsMeasured(format: NativeFormat, unit: String, value: Double) throws {
    let figures = try #require(try object(format) as? [[String: Any]])
    #expect(figures.count == 1)
    #expect(figures[0]["name"] as? String == "matmul/m=1,n=2,k=3,type=f32 plimsoll threads=2")
    #expect(figures[0]["unit"] as? String == unit && figures[0]["value"] as? Double == value)
    #expect(figures[0]["range"] as? String == "± 75.0 %")
    #expect((figures[0]["extra"] as? String)?.contains("90 % of fma_f32") == true)
  }

  @Test func bencherHasMeasuresWithEnds() throws {
    let root = try #require(try object(.bencher) as? [String: [String: [String: Double]]])
    let measures = try #require(root["matmul/m=1,n=2,k=3,type=f32 plimsoll threads=2"])
    #expect(root.count == 1 && measures.count == 3)
    #expect(measures["latency"] == ["value": 2e6, "lower_value": 1e6, "upper_value": 4e6])
    #expect(
      measures["flop-per-second"] == ["value": 6000, "lower_value": 3000, "upper_value": 12000])
    #expect(measures["efficiency"]?["value"] == 0.9)
  }

  @Test func jUnitTellsHowEachRowEnded() throws {
    let text = try NativeFormat.junit.text(document)
    let reader = JUnitReader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.elements.count { $0 == "testcase" } == 4)
    #expect(
      reader.elements.filter { ["error", "failure", "skipped"].contains($0) } == [
        "error", "error", "skipped",
      ])
    let suite = try #require(reader.attributes["testsuite"]?.first)
    #expect(suite["tests"] == "4" && suite["errors"] == "2" && suite["failures"] == "0")
    #expect(suite["skipped"] == "1" && suite["timestamp"] == "2000-02-29T23:59:59")
    let cases = try #require(reader.attributes["testcase"])
    #expect(cases[0]["time"] == "0.028" && cases[0]["classname"] == "plimsoll.matmul")
    #expect(cases[1]["name"] == "matmul/m=1,n=2,k=3,type=f32 \(Self.awkward) threads=2")
    let errors = try #require(reader.attributes["error"])
    #expect(errors[0] == ["type": "wrong-answer", "message": "[31mC is <off>\n& \"far\""])
    #expect(errors[1]["type"] == "failed")
    #expect(text.contains("plimsoll threads=2: 2.00 ms ± 75.0 %"))
    #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }
}

/// What elements an XML file has, and their attributes.
private final class JUnitReader: NSObject, XMLParserDelegate {
  var elements: [String] = []
  var attributes: [String: [[String: String]]] = [:]

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes found: [String: String] = [:]
  ) {
    elements.append(name)
    attributes[name, default: []].append(found)
  }
}
