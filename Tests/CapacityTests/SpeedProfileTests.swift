import Models
import Statistics
import Testing
import Units

@testable import Capacity

@Suite struct SpeedProfileTests {
  private static func json(_ coefficients: String, interval: String = "[0.8, 1.25]") -> [UInt8] {
    Array(
      #"""
      {"profiles": [{"runtime": "llama.cpp", "family": "accelerator", "kind": "decode",
        "sequences": "one", "coefficients": {\#(coefficients)}, "rates": 40, "devices": 5,
        "models": 3, "left_out_devices": {"interval": \#(interval)},
        "left_out_models": {"interval": [0.5, 2]}}]}
      """#.utf8)
  }

  private func decode(_ profiles: SpeedProfiles, box: String = "rtx-4090", batch: Int = 1) throws
    -> Assessment
  {
    Capacity.assess(
      model: TestModel.llama2At7B.model(.q8_0), box: try BoxCatalogue.builtIn().find(box),
      settings: CheckSettings(context: 256, depth: 0, batch: batch, memory: Bytes(Int.max)),
      profiles: profiles)
  }

  /// Twice the bytes' time, and nothing else: half of what physics allows, within the interval.
  @Test func coefficientsMultiplyIdealTimes() throws {
    let all = #""bytes": 2, "blocks": 0, "floats": 0, "layers": 0"#
    let answer = try decode(try SpeedProfiles(json: Self.json(all)))
    let rate = try #require(answer.decode)
    #expect(abs(rate.tokensPerSecond.value / (rate.limit / 2) - 1) < 1e-9)
    #expect(abs(rate.tokensPerSecond.low / (rate.limit / 2 / 1.25) - 1) < 1e-9)
    #expect(abs(rate.tokensPerSecond.high / (rate.limit / 2 / 0.8) - 1) < 1e-9)
    #expect(rate.boundBy == .memoryBandwidth)
    #expect(answer.warnings.contains { $0.message.contains("40 rates of 5 devices") })
  }

  /// Terms add up in one order: a report can be compared byte by byte. The order of a dictionary differs from
  /// one dictionary to the next.
  @Test func timesAreTheSameToTheLastDigit() throws {
    let key = Calibration.Key(
      runtime: .llamaCpp, family: .accelerator, kind: .prefill, sequences: .one)
    let profile = try #require(try SpeedProfiles.builtIn()[key])
    let terms = SpeedTerm.allCases.filter { profile.coefficients[$0] != nil }
      .enumerated().map { ($1, 1 / Double($0 * $0 + 3)) }
    for capacity in [1, 16, 64, 256, 1024] {
      var ordered: [SpeedTerm: Double] = [:]
      ordered.reserveCapacity(capacity)
      for (term, ideal) in terms { ordered[term] = ideal }
      #expect(profile.time(ordered) == profile.time(Dictionary(uniqueKeysWithValues: terms)))
    }
  }

  /// A processor's ceilings were measured beside each rate, so nothing can be faster: a term below 1 was fitted on rates
  /// that don't show it, as attention was when no prompt was longer than 512 tokens.
  @Test(arguments: [Audit.Kind.decode, .prefill])
  func nothingIsFasterThanAProcessorsPeak(kind: Audit.Kind) throws {
    let key = Calibration.Key(runtime: .llamaCpp, family: .processor, kind: kind, sequences: .one)
    let profile = try #require(try SpeedProfiles.builtIn()[key])
    for (term, coefficient) in profile.coefficients where term != .layers {
      #expect(coefficient >= 1, "\(term)")
    }
  }

  /// No rate is above what physics allows, however wide the interval.
  @Test func theLimitHolds() throws {
    let all = #""bytes": 1, "blocks": 0, "floats": 0, "layers": 0"#
    let rate = try #require(
      try decode(try SpeedProfiles(json: Self.json(all, interval: "[0.5, 2]"))).decode)
    #expect(rate.tokensPerSecond.high == rate.limit)
  }

  /// A part that was never measured, a batch, another runtime's or another family's chip: the shares of the class.
  @Test func whatWasNotFittedIsNotUsed() throws {
    let assumed = try decode(.none).decode
    let part = try SpeedProfiles(json: Self.json(#""bytes": 2, "layers": 0"#))
    #expect(try decode(part).decode == assumed)
    let all = try SpeedProfiles(
      json: Self.json(#""bytes": 2, "blocks": 0, "floats": 0, "layers": 0"#))
    for (box, batch) in [("apple-m2-ultra-76c", 1), ("rtx-4090", 4), ("strix-halo-395-128", 1)] {
      #expect(
        try decode(all, box: box, batch: batch).decode
          == decode(.none, box: box, batch: batch).decode)
    }
  }

  @Test(arguments: ["", "{}", #"{"profiles": [{"runtime": "llama.cpp"}]}"#])
  func brokenProfilesAreRefused(text: String) {
    let error = #expect(throws: CapacityError.self) { try SpeedProfiles(json: Array(text.utf8)) }
    #expect(error?.description.contains("calibrate") == true)
  }

  /// What is built in was written by calibrate for llama.cpp on cards, Apple silicon and processors.
  @Test(arguments: Calibration.Family.allCases, [Audit.Kind.decode, .prefill])
  func profilesAreBuiltIn(family: Calibration.Family, kind: Audit.Kind) throws {
    let key = Calibration.Key(runtime: .llamaCpp, family: family, kind: kind, sequences: .one)
    let profile = try #require(try SpeedProfiles.builtIn()[key])
    #expect(profile.low < 1 && profile.high > 1 && profile.coefficients[.blocks] ?? 0 > 0)
  }
}
