import Testing

@testable import Capacity

@Suite struct AuditTests {
  private func audit(_ lines: [String]) throws -> Audit {
    Audit(
      try MeasurementFile(Array(lines.joined(separator: "\n").utf8)),
      catalogue: try BoxCatalogue.builtIn())
  }

  /// A fine-tuning rate that was published for a DGX Spark and corrected later, both beyond its arithmetic:
  /// 4 FLOP a parameter and token, and a bf16 peak of 122 TFLOP/s.
  /// Source: NVIDIA's blog, "How NVIDIA DGX Spark's performance enables intensive AI tasks".
  @Test(arguments: [(5079.04, true), (759.79, true), (300, false)])
  func trainingBeyondTheArithmeticIsFound(rate: Double, isImpossible: Bool) throws {
    let audit = try audit([
      #"{"meta": {"note": "no measurement"}}"#,
      #"{"id":"a","kind":"finetune","device":"dgx-spark","model":"meta-llama/Llama-3.3-70B","#
        + #""method":"QLoRA","batch":8,"seq_len":2048,"train_tok_s":\#(rate),"suspect":true}"#,
    ])
    let claim = try #require(audit.claims.first)
    #expect(audit.claims.count == 1 && claim.line == 2 && claim.kind == .training)
    #expect(claim.isImpossible == isImpossible && claim.isDoubted)
    let limit = try #require(claim.limit)
    #expect(abs(limit / (122e12 / (4 * 69.5e9)) - 1) < 0.05)
  }

  /// Rates of one published run stand, four times its decoding doesn't: 3.6 GiB a token at 273 GB/s.
  @Test func decodingBeyondTheBandwidthIsFound() throws {
    func line(_ decode: Double) -> String {
      #"{"id":"b","kind":"inference","device":"dgx-spark","model":"meta-llama/Llama-2-7b","#
        + #""quant":"Q4_0","runtime":"llama.cpp llama-bench","batch":1,"prompt_tokens":512,"#
        + #""prefill_tok_s":3062,"decode_tok_s":\#(decode)}"#
    }
    let audit = try audit([line(57.21), line(4 * 57.21)])
    #expect(audit.claims.map(\.kind) == [.decode, .prefill, .decode, .prefill])
    #expect(audit.claims.map(\.isImpossible) == [false, false, true, false])
    let excess = try #require(audit.claims[0].excess)
    #expect((0.7...0.9).contains(excess))
  }

  /// Sequences that say the same use the same experts: more than chance lets them share is no proof.
  @Test func batchesMayShareExperts() throws {
    let audit = try audit([
      #"{"id":"c","kind":"inference","device":"dgx-spark","model":"Qwen/Qwen3-Coder-30B-A3B-Instruct","#
        + #""quant":"Q8_0","runtime":"llama.cpp llama-batched-bench","batch":32,"#
        + #""prompt_tokens":4096,"decode_tok_s":347}"#
    ])
    #expect(audit.claims.map(\.isImpossible) == [false])
  }

  /// The type of weights at the end of a name says nothing of the model.
  @Test(arguments: [
    ("nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-NVFP4", "nvfp4"), ("Qwen/Qwen3.8-27B-FP8", "fp8"),
    ("nvidia/Gemma-4-31B-IT-NVFP4", "nvfp4"), ("RedHatAI/Qwen3.6-35B-A3B-NVFP4", "nvfp4"),
    ("nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning-BF16", "bf16"),
    ("zai-org/GLM-4.7-Flash (30B-A3B, MLA)", "Q8_0"),
  ])
  func storageIsNoPartOfAName(model: String, quant: String) throws {
    let audit = try audit([
      #"{"id":"d","kind":"inference","device":"dgx-spark","model":"\#(model)","quant":"\#(quant)","#
        + #""runtime":"vLLM","batch":1,"decode_tok_s":1}"#
    ])
    #expect(audit.claims.map(\.reason) == [nil])
    #expect(audit.claims.map(\.isImpossible) == [false])
  }

  /// What isn't known is said, and no rate is made of it.
  @Test(arguments: [
    (#""device":"a-toaster","model":"meta-llama/Llama-2-7b","quant":"Q4_0""#, "device"),
    (#""device":"dgx-spark","model":"nobody/nothing-1b","quant":"Q4_0""#, "model"),
    (#""device":"dgx-spark","model":"meta-llama/Llama-2-7b","quant":"Q99""#, "weights' type"),
    (#""device":"dgx-spark","model":"meta-llama/Llama-2-7b","quant":"bf16-spec""#, "speculative"),
    (#""device":"radeon-ai-pro-r9700","model":"meta-llama/Llama-2-7b","quant":"F16""#, "peak"),
  ])
  func whatIsNotKnownIsNotJudged(fields: String, word: String) throws {
    let rate = word == "peak" ? "prefill_tok_s" : "decode_tok_s"
    let audit = try audit([#"{"id":"d","kind":"inference",\#(fields),"\#(rate)":1e9}"#])
    let claim = try #require(audit.claims.first)
    #expect(claim.limit == nil && !claim.isImpossible)
    #expect(claim.reason?.contains(word) == true, "\(claim.reason ?? "")")
  }

  @Test func aProductIsHeldAgainstThePeak() throws {
    let audit = try audit([
      #"{"id":"e","kind":"gemm","device":"dgx-spark","dtype":"BF16","mean_tflops":86}"#,
      #"{"id":"f","kind":"gemm","device":"dgx-spark","dtype":"BF16","mean_tflops":186}"#,
    ])
    #expect(audit.claims.map(\.isImpossible) == [false, true])
  }

  @Test(arguments: [
    ("", "no measurement"), ("{}\n", "no measurement"), ("{\"id\":\"a\"}", "line 1"),
    ("\n\n{\"id\":\"a\",\"kind\":\"x\",\"device\":\"y\"}\n[1]", "line 4"),
    ("{\"id\":\"a\",\"kind\":\"x\",\"device\":\"y\",\"decode_tok_s\":\"fast\"}", "line 1"),
  ])
  func aBrokenFileIsSaid(text: String, words: String) {
    let error = #expect(throws: CapacityError.self) { try MeasurementFile(Array(text.utf8)) }
    #expect(error?.description.contains(words) == true)
  }
}
