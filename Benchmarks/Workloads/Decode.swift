import Harness
import Inference
import Kernels
import Models
import Tensors

/// A whole model from a GGUF file: reading a prompt, or generating token by token.
public struct Decode: Workload {
  /// Cost: 2 FLOP a weight and token; the weights read once for a prompt and once for each token that
  /// is generated, of experts those that tokens are expected to use; the cache is left out. Generating
  /// meets read bandwidth, reading a long prompt the arithmetic peak.
  public func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
    let work = try DecodeWork(parameters)
    let weights = try DecodeWeights(path: work.path)
    let bytes = weights.bytes(tokensAtATime: work.tokensAtATime) * Double(work.passes)
    let tokens = Double(work.tokens)
    let limits: [(CostCard.CeilingName, Double)] = [
      (.dotI8, weights.blockFlop * tokens), (.fmaF32, weights.floatFlop * tokens),
      (.readBandwidth, bytes),
    ]
    return CostCard(
      flop: (weights.blockFlop + weights.floatFlop) * tokens, bytes: bytes,
      // Blocks are repacked from the mapped file; the check has a cache and logits of its own.
      footprint: try footprint(
        [2, weights.storedBytes], [2, weights.cellBytes, work.length],
        [2, 4, work.passes, weights.decoder.vocabulary]), limits: limits.filter { $0.1 > 0 },
      output: .init(count: tokens, unit: "tok/s"))
  }

  /// `decode`
  public let name = "decode"
  /// What it is.
  public let summary = "a model from a GGUF file: tokens a second of a prompt or of generation"
  /// The file, how many tokens, and what is done.
  public let axes: [Axis] = [
    Axis("model", "path of a GGUF file: llama, qwen3, qwen3moe", .file, usual: []),
    Axis(
      "prompt", "tokens of the prompt, which decode reads untimed", .count(0...1 << 20),
      usual: [.count(128)]),
    Axis("generate", "tokens that decode generates", .count(1...1 << 20), usual: [.count(32)]),
    Axis(
      "kind", "what is timed", .choice(DecodeWork.Kind.allCases.map(\.rawValue)),
      usual: DecodeWork.Kind.allCases.map { .word($0.rawValue) }),
  ]

  /// The workload.
  public init() {}

  /// Random tokens; the logits of the timed call are held against the same tokens' in other batches.
  public func prepared(
    _ parameters: Parameters, seed: UInt64
  ) throws(WorkloadError) -> PreparedWorkload {
    let work = try DecodeWork(parameters)
    let model = try DecodeWeights(path: work.path).decoder
    var generator = SplitMix64(seed: seed)
    let tokens = (0..<work.length).map { _ in
      Int.random(in: 0..<max(model.vocabulary, 1), using: &generator)
    }
    let session = DecodeSession(work, tokens: tokens)
    let request = KernelRequest(
      inputs: [], outputByteCounts: [4 * work.passes * model.vocabulary], foreignCall: nil
    ) { (table, pool, outputs) throws(ProviderError) in
      try session.body(table, pool, outputs[0].floats)
    }
    return PreparedWorkload(request: request) { session.check($0[0]) }
  }
}

/// The parameters of a decode row, and what follows from them.
struct DecodeWork {
  /// What is timed.
  enum Kind: String, CaseIterable {
    case prefill
    case decode
  }

  let path: String
  let kind: Kind
  let prompt: Int
  private let generate: Int

  /// Errors: `.usage` for a prompt of no tokens that is to be read.
  init(_ parameters: Parameters) throws(WorkloadError) {
    path = parameters.word("model")
    kind = Kind(rawValue: parameters.word("kind")) ?? .decode
    (prompt, generate) = (parameters.count("prompt"), parameters.count("generate"))
    guard kind == .decode || prompt > 0 else {
      throw WorkloadError(.usage, "kind=prefill reads a prompt: prompt=1 and more, not 0")
    }
  }

  /// Tokens in all.
  var length: Int { kind == .prefill ? prompt : prompt + generate }
  /// Tokens of a timed call.
  var tokens: Int { kind == .prefill ? prompt : generate }
  /// Forward passes of a timed call, each of which gives logits.
  var passes: Int { kind == .prefill ? 1 : generate }
  /// Tokens of a forward pass.
  var tokensAtATime: Int { kind == .prefill ? prompt : 1 }
}

/// What a file's weights cost.
struct DecodeWeights {
  let decoder: GGUFDecoder

  /// Reads the header.
  ///
  /// Errors: those of reading it.
  init(path: String) throws(WorkloadError) {
    do throws(ModelError) { decoder = try GGUFDecoder(path: path) } catch {
      throw WorkloadError(error)
    }
  }

  /// Bytes of all tensors.
  var storedBytes: Int { decoder.tensors.values.reduce(0) { $0 + $1.bytes } }

  /// Bytes of a token's keys and values of all layers, in half precision.
  var cellBytes: Int { 2 * 2 * decoder.layers * decoder.kvHeads * decoder.headDim }

  /// Operations a token with weights in blocks, which are multiplied as bytes.
  var blockFlop: Double { flop { $0.isBlock } }

  /// FLOP a token with weights of floats.
  var floatFlop: Double { flop { !$0.isBlock } }

  /// Bytes that a pass with so many tokens reads.
  func bytes(tokensAtATime tokens: Int) -> Double {
    multiplied.reduce(0) { $0 + Double($1.value.bytes) * touched($1.key, tokens) }
  }

  private func flop(_ isMeant: (ElementType) -> Bool) -> Double {
    multiplied.filter { isMeant($0.value.type) }.reduce(0) { sum, tensor in
      sum + 2 * Double(tensor.value.shape.reduce(1, *)) * share(tensor.key)
    }
  }

  /// The matrices that tokens are multiplied by: the table of tokens' vectors only where it serves as
  /// the output's matrix too.
  private var multiplied: [String: GGUFDecoder.StoredTensor] {
    let hasOutput = decoder.tensors["output.weight"] != nil
    return decoder.tensors.filter { name, tensor in
      tensor.shape.count > 1 && !(hasOutput && name == "token_embd.weight")
    }
  }

  /// The share of a tensor that one token uses.
  private func share(_ name: String) -> Double {
    guard name.contains("_exps."), let experts = decoder.experts else { return 1 }
    return Double(experts.used) / Double(experts.count)
  }

  /// The share that `tokens` tokens are expected to use, when all experts are alike.
  private func touched(_ name: String, _ tokens: Int) -> Double {
    var unused = 1.0
    for _ in 0..<min(tokens, 4096) { unused *= 1 - share(name) }
    return 1 - unused
  }
}

extension WorkloadError {
  /// What a model's file that can't be read means for a row.
  init(_ error: ModelError) {
    let kind: Kind =
      switch error.kind {
      case .malformed, .unsupported: .malformed
      case .notFound: .notFound
      case .unreadable: .unreadable
      case .usage: .usage
      }
    self.init(kind, error.description)
  }
}
