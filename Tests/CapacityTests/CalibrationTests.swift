import Models
import Testing

@testable import Capacity

@Suite struct CalibrationTests {
  private static let devices = ["rtx-4090", "a100-80gb", "l40s", "rtx-a6000", "dgx-spark"]
  private static let models = [
    "meta-llama/Llama-2-7b", "meta-llama/Meta-Llama-3-8B", "Qwen/Qwen3-14B",
  ]
  private static let quants = ["F16", "Q8_0", "Q4_K_M"]

  /// A file of single-sequence decoding, as fast as `seconds` says.
  private func file(
    more: String = "", batch: Int = 1, _ seconds: (Question) throws -> Double
  ) throws -> MeasurementFile {
    var lines: [String] = []
    var models = MeasuredModels()
    let entries = try BoxCatalogue.builtIn().entries
    for device in Self.devices {
      for model in Self.models {
        for quant in Self.quants {
          func line(_ rate: Double) -> String {
            #"{"id":"x","kind":"inference","device":"\#(device)","model":"\#(model)","#
              + #""quant":"\#(quant)","runtime":"llama.cpp llama-bench","batch":\#(batch),"#
              + #""context_depth":1024,"decode_tok_s":\#(rate)\#(more)}"#
          }
          let measurement = try MeasurementFile(Array(line(1).utf8)).lines[0].measurement
          let known = try MeasuredCase(measurement, boxes: entries, models: &models)
          let question = Question(
            model: known.model, box: known.box, settings: known.settings(measurement, .decode))
          lines.append(line(1 / (try seconds(question))))
        }
      }
    }
    return try MeasurementFile(Array(lines.joined(separator: "\n").utf8))
  }

  /// What made the rates is found again, also for devices and models that were left out.
  @Test func coefficientsAreFoundAgain() throws {
    let truth: [SpeedTerm: Double] = [
      .reading: 1.2, .floats: 9, .blocks: 2, .superblocks: 4, .cache: 30, .layers: 80,
    ]
    let file = try file { question in
      let terms = try #require(question.decodeTerms)
      return terms.reduce(0) { $0 + $1.value * (truth[$1.key] ?? 0) }
    }
    let calibration = Calibration([file], catalogue: try .builtIn())
    let profile = try #require(calibration.profiles.first)
    #expect(calibration.profiles.count == 1 && calibration.unused.isEmpty)
    #expect(profile.runtime == .llamaCpp && profile.family == .accelerator)
    #expect(profile.rates == 45 && profile.devices == 5 && profile.models == 3)
    for (term, value) in profile.coefficients where term != "cache" {
      let real = try #require(truth.first { $0.key.rawValue == term }?.value)
      #expect(abs(value / real - 1) < 0.05, "\(term) \(value)")
    }
    for errors in [profile.leftOutDevices, profile.leftOutModels] {
      let upper = try #require(errors.upper)
      #expect(upper < 0.02)
    }
  }

  /// A device unlike the others is far off when it is left out, and the others' interval doesn't hide it.
  @Test func aDeviceUnlikeTheOthersIsTold() throws {
    let file = try file { question in
      let terms = try #require(question.decodeTerms)
      let seconds = 1.2 * (terms[.reading] ?? 0) + 80 * (terms[.layers] ?? 0)
      return question.box.id == "dgx-spark" ? 2 * seconds : seconds
    }
    let profile = try #require(Calibration([file], catalogue: try .builtIn()).profiles.first)
    let (median, coverage) = (profile.leftOutDevices.median, profile.leftOutDevices.coverage)
    #expect(try #require(median) < 0.1)
    #expect(profile.leftOutDevices.errors.count { abs($0 - 0.5) < 0.1 } >= 9)
    #expect(try #require(coverage) < 0.9)
  }

  @Test func doubtedAndSharedRatesAreLeftOut() throws {
    let doubted = try file(more: #","suspect":true"#) { _ in 0.01 }
    let calibration = Calibration([doubted], catalogue: try .builtIn())
    #expect(calibration.profiles.isEmpty)
    #expect(calibration.unused.map(\.count) == [45])
    #expect(calibration.unused[0].reason.contains("doubted"))
    let shared = try file(more: #","device_count":2"#) { _ in 0.01 }
    #expect(Calibration([shared], catalogue: try .builtIn()).unused[0].reason == "several devices")
  }

  /// Several sequences share weights and are a fit of their own.
  @Test func batchesAreFittedApart() throws {
    let file = try file(batch: 8) { question in
      let terms = try #require(question.decodeTerms)
      #expect(terms[.batch] != nil && terms[.blocks] == nil)
      return (1.5 * (terms[.reading] ?? 0) + 3 * (terms[.batch] ?? 0)) / 8
    }
    let profile = try #require(Calibration([file], catalogue: try .builtIn()).profiles.first)
    #expect(profile.sequences == .several && profile.rates == 45)
    let batch = try #require(profile.coefficients.first { $0.term == "batch" }?.value)
    #expect(abs(batch / 3 - 1) < 0.02)
  }

  /// Ceilings beside a rate make a processor of any name: weights in blocks go by its 8-bit rate.
  @Test func processorsAreTakenWithTheirCeilings() throws {
    var lines: [String] = []
    for model in ["Qwen/Qwen3-0.6B", "meta-llama/Llama-3.2-1B", "meta-llama/Llama-3.2-3B"] {
      for (bandwidth, arithmetic) in [(20e9, 2e11), (30e9, 1e11), (40e9, 4e11), (25e9, 3e11)] {
        let weights = try Catalogue.entry(named: model).model(try Quantisation(parsing: "Q8_0"))
        let profile = WeightProfile(weights)
        let seconds =
          1.25 * profile.bytesRead(tokens: 1) / bandwidth
          + 1.5 * 2 * profile.active(.blocks, withHead: true) / arithmetic
        lines.append(
          #"{"id":"x","kind":"inference","device":"a box","model":"\#(model)","quant":"Q8_0","#
            + #""runtime":"llama.cpp","decode_tok_s":\#(1 / seconds),"ceilings":{"#
            + #""read_bandwidth":\#(bandwidth),"fma_f32":1e10,"dot_i8":\#(arithmetic)}}"#)
      }
    }
    let file = try MeasurementFile(Array(lines.joined(separator: "\n").utf8))
    let profile = try #require(Calibration([file], catalogue: try .builtIn()).profiles.first)
    #expect(profile.family == .processor && profile.devices == 1)
    let found = Dictionary(uniqueKeysWithValues: profile.coefficients.map { $0 })
    #expect(abs(try #require(found["bytes"]) - 1.25) < 0.02)
    #expect(abs(try #require(found["blocks"]) - 1.5) < 0.02)
    let upper = try #require(profile.leftOutModels.upper)
    #expect(upper < 0.02)
  }

  @Test func fewRatesMakeNoProfile() throws {
    let text =
      #"{"id":"x","kind":"inference","device":"rtx-4090","model":"meta-llama/Llama-2-7b","#
      + #""quant":"Q4_0","runtime":"llama.cpp","decode_tok_s":180}"#
    let calibration = Calibration(
      [try MeasurementFile(Array(text.utf8))], catalogue: try .builtIn())
    #expect(calibration.profiles.isEmpty)
    #expect(calibration.unused.map(\.reason) == ["fewer than 12 of llama.cpp"])
  }
}
