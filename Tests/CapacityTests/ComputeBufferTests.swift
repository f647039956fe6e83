import Capacity
import Models
import Testing

@Suite struct ComputeBufferTests {
  /// What llama.cpp prints in MiB for micro-batches of 512 on a CPU. The 64-expert model's geometry
  /// is the one its printed figures allow: 2048 wide, 151,936 tokens, 32 heads of 128 over 4.
  @Test(arguments: [
    Printed(
      shape: .llama3At1B, flash: [258.50, 258.50, 258.50], plain: [258.50, 286.01, 1078.01]),
    Printed(
      shape: .llama3At8B, flash: [266.50, 266.50, 266.50], plain: [266.50, 308.01, 1100.01]),
    Printed(
      shape: .sixtyFourExperts, flash: [304.75, 304.75, 304.75],
      plain: [304.75, 304.75, 1086.01]),
  ])
  func agreesWithPrintouts(printed: Printed) throws {
    for (index, context) in [512, 4096, 16384].enumerated() {
      let flash = try mebibytes(printed.shape, context: context, flash: true)
      let plain = try mebibytes(printed.shape, context: context, flash: false)
      #expect(abs(flash - printed.flash[index]) < 0.02)
      #expect(abs(plain - printed.plain[index]) < 0.02)
    }
  }

  @Test func quantisedCacheAddsFourMebibytes() throws {
    let plain = try mebibytes(.llama3At8B, context: 4096, flash: true)
    let quantised = try mebibytes(.llama3At8B, context: 4096, flash: true, type: .q8)
    #expect(quantised - plain == 4)
  }

  /// The micro-batch is clamped to the prompt: 128 tokens need a quarter of what 512 do.
  @Test func shortContextsNeedLess() throws {
    #expect(try mebibytes(.llama3At8B, context: 128, flash: true) == 266.5 / 4)
  }

  struct Printed: Sendable {
    var shape: TestModel
    var flash: [Double]
    var plain: [Double]
  }

  private func mebibytes(
    _ shape: TestModel, context: Int, flash: Bool, type: CacheType = .f16
  ) throws -> Double {
    let settings = CheckSettings(context: context, cacheType: type, flashAttention: flash)
    let answer = Capacity.assess(model: shape.model(.f16), box: .test(), settings: settings)
    let line = try #require(answer.ledger.lines.first { $0.item == "compute buffer" })
    return Double(line.bytes.count) / 1_048_576
  }
}

extension TestModel {
  static let sixtyFourExperts = TestModel(
    name: "64 experts", hidden: 2048, layers: 2, heads: 32, kvHeads: 4, headLength: 128,
    width: 768, vocabulary: 151_936, experts: (64, 8))
}
