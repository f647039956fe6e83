import Capacity
import Foundation
import KernelAlgorithms
import Models
import Statistics
import Testing
import Units

@testable import Reports
@testable import Simulation

/// Simulated decodes: what each format says of a walk.
@Suite struct SimulateReportTests {
  static let keys: Set<String> = [
    "schema", "model", "quantisation", "backing", "policy", "layout", "context", "kv_type",
    "touch_only", "seed", "budget_bytes", "budget_enforced", "budget_refusal", "weights_bytes",
    "weights_bytes_per_token", "read_only_bytes_per_token", "cache_bytes", "cache_bytes_per_token",
    "layers_run", "layers_total", "extrapolated", "setup_seconds", "tokens", "first_touch",
    "unfinished", "resident_sampling", "tokens_per_second", "achieved_read_bandwidth", "ceiling",
    "achieved_share", "peak_resident_bytes", "predicted_tokens_per_second", "prediction_brackets",
    "check", "interrupted", "ended_early",
  ]
  static let tokenKeys: Set<String> = [
    "seconds", "major_faults", "minor_faults", "disk_read_bytes", "memory_stall_seconds",
    "memory_full_stall_seconds", "resident_bytes", "resident_share",
  ]

  private static func object(_ report: SimulateReport) throws -> [String: Any] {
    let text = try report.rendered(as: .json)
    let any = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(any as? [String: Any])
  }

  @Test func theDocumentHasTheContractsKeys() throws {
    for report in [try SimulateReport.example(), try .example { $0.givenUp() }] {
      let document = try Self.object(report)
      #expect(Set(document.keys) == Self.keys)
      #expect(document["schema"] as? String == "plimsoll/simulate@1")
      for token in try #require(document["tokens"] as? [[String: Any]]) {
        #expect(Set(token.keys) == Self.tokenKeys)
      }
    }
    let document = try Self.object(try .example())
    let rate = try #require(document["tokens_per_second"] as? [String: Double])
    #expect(rate == ["median": 2, "low": 1.9, "high": 2.1])
    let range = try #require(document["predicted_tokens_per_second"] as? [String: Double])
    #expect(range == ["low": 1.5, "high": 2.5])
    #expect(document["prediction_brackets"] as? Bool == true)
    #expect(document["weights_bytes"] as? Int == 4 << 30)
    let tokens = try #require(document["tokens"] as? [[String: Any]])
    #expect(tokens[1]["memory_stall_seconds"] as? Double == 0.25)
    #expect(tokens[1]["memory_full_stall_seconds"] as? Double == 0.125)
    #expect(tokens[1]["resident_bytes"] as? Int == 1 << 30)
    #expect(document["unfinished"] is NSNull && document["resident_sampling"] as? Int == 16)
  }

  @Test func firstTouchIsToldApart() throws {
    let report = try SimulateReport.example()
    let text = try report.rendered(as: .text)
    #expect(text.contains("first touch 4.00 s, steady 500 ms a token"))
    let lines = text.split(separator: "\n")
    #expect(lines.contains { $0.hasPrefix("  first ") && $0.contains("4.00 s") })
    let document = try Self.object(report)
    let first = try #require(document["first_touch"] as? [String: Any])
    #expect(first["seconds"] as? Double == 4)
    // Alone it is no steady state to hold it against.
    let alone = try SimulateReport.example { $0.tokens = [$0.tokens[0]] }
    #expect(try !alone.rendered(as: .text).contains("steady"))
  }

  @Test func aPartIsSaidToBeExtrapolated() throws {
    let whole = try SimulateReport.example()
    #expect(try !whole.rendered(as: .text).contains("EXTRAPOLATED"))
    #expect(try Self.object(whole)["extrapolated"] as? Bool == false)
    let part = try SimulateReport.example { $0.layersRun = 8 }
    for format in [Format.text, .markdown] {
      let text = try part.rendered(as: format)
      #expect(text.contains("EXTRAPOLATED to all layers") && text.contains("8 of 16 layers"))
    }
    #expect(try Self.object(part)["extrapolated"] as? Bool == true)
  }

  @Test func nothingReadIsSaidInCapitals() throws {
    let sparse = try SimulateReport.example { $0.settings.backing = .sparse }
    let text = try sparse.rendered(as: .text)
    #expect(text.contains("SPARSE: ADDRESS SPACE AND PAGE FAULTS ALONE, NO DISK IS READ"))
    #expect(!text.contains("predicted"), "zeros are no model to decode")
    let document = try Self.object(sparse)
    #expect(document["ceiling"] is NSNull && document["predicted_tokens_per_second"] is NSNull)
  }

  @Test func theCeilingIsWhatWasReadFrom() throws {
    // Nothing of 4 GiB a token came from the disk, then three quarters of it.
    #expect(try SimulateReport.example().rendered(as: .text).contains("% of read_bandwidth"))
    let streaming = try SimulateReport.example { result in
      for index in result.tokens.indices { result.tokens[index].diskReadBytes = 3 << 30 }
    }
    #expect(try streaming.rendered(as: .text).contains("% of disk_read"))
  }

  @Test func aSampleIsSaidToBeOne() throws {
    for format in [Format.text, .markdown] {
      #expect(
        try SimulateReport.example().rendered(as: format).contains(
          "SAMPLED, one in 16 stretches of 2 MiB"))
    }
    let whole = try SimulateReport.example { $0.residentSampling = 1 }
    #expect(try !whole.rendered(as: .text).contains("SAMPLED"))
  }

  @Test func whatIsKnownOfATokenGivenUpIsTold() throws {
    let report = try SimulateReport.example { $0.givenUp() }
    let text = try report.rendered(as: .text)
    #expect(
      text.contains(
        "token 1 was given up after 2.00 s: 1.0 GiB of 4.0 GiB read, 537 MB/s, 1.5 GiB from disk"))
    #expect(text.contains("ENDED EARLY: interrupted") && !text.contains("Tokens over time"))
    let document = try Self.object(report)
    let unfinished = try #require(document["unfinished"] as? [String: Any])
    #expect(unfinished["weights_bytes"] as? Int == 1 << 30)
    #expect(unfinished["of_bytes"] as? Int == 4 << 30)
    let token = try #require(unfinished["token"] as? [String: Any])
    #expect(Set(token.keys) == Self.tokenKeys)
    #expect(document["interrupted"] as? Bool == true && document["first_touch"] is NSNull)
  }

  @Test func wrongAnswersAreShouted() throws {
    let report = try SimulateReport.example { $0.wrongAnswer = "row 3 is off" }
    #expect(try report.rendered(as: .text).contains("WRONG: row 3 is off"))
    let check = try #require(try Self.object(report)["check"] as? [String: Any])
    #expect(check["passed"] as? Bool == false && check["failure"] as? String == "row 3 is off")
  }

  @Test func everyTokenIsALineOfCSV() throws {
    let report = try SimulateReport.example { $0.tokens[2].residentShare = nil }
    let text = try report.rendered(as: .csv)
    #expect(text.hasSuffix("\r\n"))
    let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).dropLast()
    let columns = [
      "token", "seconds", "major_faults", "minor_faults", "disk_read_bytes", "resident_share",
      "resident_bytes", "memory_stall_seconds", "memory_full_stall_seconds",
    ]
    #expect(lines.first?.split(separator: ",").map(String.init) == columns)
    #expect(lines.dropFirst().first == "1,4.0,7,9,4294967296,0.5,1073741824,0.25,0.125")
    #expect(lines.last == "3,0.5,0,1,0,,1073741824,0.25,0.125")
    #expect(lines.count == 4)
  }

  @Test func markdownIsATable() throws {
    let text = try SimulateReport.example().rendered(as: .markdown)
    #expect(text.hasPrefix("## m · Q4_K_M · 16 layers, "))
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
    #expect(rows.count == 5, "a heading, a rule and three tokens")
    #expect(Set(rows.map { $0.filter { $0 == "|" }.count }).count == 1)
  }
}

extension SimulationResult {
  /// Nothing was decoded to its end.
  fileprivate mutating func givenUp() {
    var evidence = tokens[0]
    (evidence.seconds, evidence.diskReadBytes) = (2, 3 << 29)
    unfinished = .init(evidence: evidence, weightBytes: Bytes(1 << 30), ofBytes: Bytes(4 << 30))
    (tokens, tokensPerSecond, readBandwidth) = ([], nil, nil)
    (endedEarly, isInterrupted, weightsPerToken) = ("interrupted", true, .zero)
  }
}

extension SimulateReport {
  /// Three tokens of 4 GiB: one from the disk in 4 s, two from memory in half a second.
  fileprivate static func example(
    _ change: (inout SimulationResult) -> Void = { _ in }
  ) throws -> SimulateReport {
    func token(_ seconds: Double, _ major: Int, _ minor: Int, _ disk: Int) -> TokenEvidence {
      TokenEvidence(
        seconds: seconds, majorFaults: major, minorFaults: minor, diskReadBytes: disk,
        memoryStallMicroseconds: 250_000, memoryFullStallMicroseconds: 125_000,
        residentBytes: Bytes(1 << 30), residentShare: 0.5)
    }
    let walk = DecodeWalk.Settings(
      context: 1024, cacheType: .f16, touchOnly: false, skew: 1, seed: 1)
    var result = SimulationResult(
      settings: SimulationSettings(
        backing: .file, policy: .normal, tokens: 3, layers: nil, walk: walk, directory: "/",
        keep: false, asItLies: false, budget: .gibibytes(8)),
      layout: .panels, weights: .gibibytes(4), layersRun: 16, layersTotal: 16,
      weightsPerToken: .gibibytes(4), cachePerToken: .mebibytes(32), cache: .mebibytes(32),
      readOnlyPerToken: .zero, setupSeconds: 1,
      tokens: [token(4, 7, 9, 4 << 30), token(0.5, 0, 1, 0), token(0.5, 0, 1, 0)],
      unfinished: nil, residentSampling: 16,
      tokensPerSecond: Estimate(value: 2, low: 1.9, high: 2.1), readBandwidth: 8e9,
      peakResident: .gibibytes(5), checkedResults: 45, worstError: 0.1, wrongAnswer: nil,
      endedEarly: nil, isInterrupted: false)
    change(&result)
    var model = try Catalogue.entry(named: "llama-3.2-1b").model()
    model.name = "m"
    let decode = RateEstimate(
      tokensPerSecond: Estimate(value: 2, low: 1.5, high: 2.5), limit: 3,
      boundBy: .memoryBandwidth, bytesPerStep: .gibibytes(4), arithmeticPerStep: FLOPs(1))
    return SimulateReport(
      result, of: model,
      prediction: SimulatePrediction(
        decode: decode, readBandwidth: Estimate(exactly: 10e9), diskRead: Estimate(exactly: 1e9)),
      bound: SimulateBound(isEnforced: true, refusal: nil))
  }
}
