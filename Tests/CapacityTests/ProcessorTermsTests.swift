import Models
import Testing

@testable import Capacity

/// What a prompt costs on a processor goes by the kernels that its matrices meet.
@Suite struct ProcessorTermsTests {
  private static let ceilings =
    #""ceilings":{"read_bandwidth":3e10,"fma_f32":2e11,"dot_i8":4e11}"#

  /// A prompt of `tokens` read by `model`, or by its first `layers`.
  private func question(
    _ model: String, _ quant: String, tokens: Int = 128, layers: Int? = nil
  ) throws -> (question: Question, terms: [SpeedTerm: Double]) {
    let cut = layers.map { #","layers":\#($0)"# } ?? ""
    let line =
      #"{"id":"x","kind":"inference","device":"a box","model":"\#(model)","quant":"\#(quant)","#
      + #""runtime":"llama.cpp","ubatch":512,"flash_attention":true,"prompt_tokens":\#(tokens)"#
      + #"\#(cut),"prefill_tok_s":1,\#(Self.ceilings)}"#
    let measurement = try MeasurementFile(Array(line.utf8)).lines[0].measurement
    var models = MeasuredModels()
    let known = try MeasuredCase(measurement, boxes: [], models: &models)
    let question = Question(
      model: known.model, box: known.box, settings: known.settings(measurement, .prefill))
    return (question, try #require(question.prefillTerms(prompt: tokens, depth: 0)))
  }

  private static let products: [SpeedTerm] = [
    .floats, .blocks, .superblocks, .repacked, .repackedRows, .rows,
  ]

  /// Which kernels have a tenth of the work or more.
  private func kernels(_ terms: [SpeedTerm: Double]) -> Set<SpeedTerm> {
    let all = Self.products.reduce(0) { $0 + (terms[$1] ?? 0) }
    return Set(Self.products.filter { terms[$0] ?? 0 > all / 10 })
  }

  @Test(arguments: [
    ("F16", SpeedTerm.floats), ("Q8_0", .blocks), ("Q6_K", .superblocks), ("Q4_0", .repacked),
    ("Q4_K_S", .repacked), ("Q5_1", .rows),
  ])
  func typesHaveTheirKernels(quant: String, kernel: SpeedTerm) throws {
    #expect(kernels(try question("Qwen/Qwen3-4B", quant).terms) == [kernel])
  }

  /// 128 experts of which a token uses 8: a prompt of 128 tokens has 8 for each of them, one of 64 has 4.
  @Test(
    arguments: [
      ("Q8_0", 128, [SpeedTerm.blocks, .rows]), ("Q4_0", 512, [.repacked, .repackedRows]),
      ("MXFP4", 128, [.blocks, .repackedRows]), ("F16", 128, [.floats, .rows]),
      ("Q6_K", 128, [.superblocks]), ("Q6_K", 64, [.superblocks, .rows]),
    ] as [(String, Int, [SpeedTerm])])
  func expertsHaveTheirOwn(quant: String, tokens: Int, expected: [SpeedTerm]) throws {
    let terms = try question("Qwen/Qwen3-30B-A3B", quant, tokens: tokens).terms
    #expect(kernels(terms) == Set(expected))
  }

  /// However it is shared out, a token meets each active weight once, but for the output projection.
  @Test(arguments: ["Qwen/Qwen3-0.6B", "Qwen/Qwen3-30B-A3B"], ["F16", "Q8_0", "Q4_0"])
  func workIsKept(model: String, quant: String) throws {
    let (question, terms) = try question(model, quant)
    let work = Self.products.reduce(0) { $0 + (terms[$1] ?? 0) * ($1 == .floats ? 2e11 : 4e11) }
    let head = Double(question.weights[question.weights.head].elements)
    #expect(abs(work / (2 * (question.weights.activeParameters - head)) - 1) < 1e-9)
  }

  /// Experts in blocks of blocks pay for half a tile of 16 rows: 8 rows each are as dear as 16, 32 as dear as 40.
  @Test func tilesAreFilledInVain() throws {
    func experts(_ tokens: Int) throws -> Double {
      let (question, terms) = try question("Qwen/Qwen3-30B-A3B", "Q6_K", tokens: tokens)
      let shared = question.weights.products(withHead: false).reduce(0) {
        $0 + ($1.isRouted || $1.type != .q6K ? 0 : $1.parameters)
      }
      return try #require(terms[.superblocks]) - 2 * shared / 4e11
    }
    #expect(abs(try experts(128) / experts(512) - 2 / 1.25) < 1e-9)
  }

  /// A big model's layers can be measured on a small box: half of the layers are half of the time.
  @Test func layersAreCut() throws {
    let (half, all) = (
      try question("Qwen/Qwen3-30B-A3B", "Q8_0", layers: 24).terms,
      try question("Qwen/Qwen3-30B-A3B", "Q8_0").terms
    )
    for (term, value) in all where value > 0 && term != .floats {
      #expect(abs((half[term] ?? 0) / value - 0.5) < 1e-9, "\(term)")
    }
    #expect(try question("Qwen/Qwen3-4B", "Q8_0", layers: 99).question.layers == 36)
  }

  /// Attention to a prompt grows with its length, the rest of a token doesn't.
  @Test func longPromptsPayForAttention() throws {
    let short = try question("Qwen/Qwen3-0.6B", "Q8_0", tokens: 128).terms
    let long = try question("Qwen/Qwen3-0.6B", "Q8_0", tokens: 512).terms
    #expect(abs(try #require(long[.attention]) / #require(short[.attention]) - 3) < 1e-9)
    #expect(long[.blocks] == short[.blocks] && long[.layers] == short[.layers])
  }
}
