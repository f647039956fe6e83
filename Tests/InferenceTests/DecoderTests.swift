import Foundation
import Kernels
import TestSupport
import Testing

@testable import Inference

/// The whole forward pass against plain loops in Double, and against what llama.cpp gave for the same file.
@Suite struct DecoderTests {
  private static let tokens = [5, 17, 80, 3, 3, 95]

  /// What plain loops give, once for all instruction sets.
  private static let exact = TinyModel.all.map { model in
    Result { try PlainDecoder(model).logits(tokens) }
  }

  /// The cosine of the angle between two vectors.
  private static func cosine(_ a: some Sequence<Double>, _ b: some Sequence<Double>) -> Double {
    let (dot, aa, bb) = zip(a, b).reduce((0.0, 0.0, 0.0)) {
      ($0.0 + $1.0 * $1.1, $0.1 + $1.0 * $1.0, $0.2 + $1.1 * $1.1)
    }
    return dot / (aa * bb).squareRoot()
  }

  private func decoder(
    _ model: TinyModel, _ name: InstructionSetName, _ scratch: GGUFScratch, threads: Int = 2
  ) throws -> Decoder {
    try Decoder(
      path: scratch.write(try model.file()), capacity: 32, cacheType: .f32,
      table: try #require(KernelTable.named(name)), on: WorkerPool(threadCount: threads))
  }

  @Test(arguments: KernelTable.supported.map(\.instructionSet), 0..<3)
  func logitsAgreeWithPlainLoops(name: InstructionSetName, index: Int) throws {
    let model = TinyModel.all[index]
    let decoder = try decoder(model, name, GGUFScratch())
    let exact = try Self.exact[index].get()
    let logits = try decoder.forward(Self.tokens, at: 0, all: true)
    #expect(logits.count == Self.tokens.count * model.vocabulary)
    for (token, exact) in exact.enumerated() {
      let own = logits[token * model.vocabulary..<(token + 1) * model.vocabulary]
      // Activations of eight bits leave some 2⁻⁷ of each product, at random; f32 leaves roundings.
      let least = model.types.isEmpty ? 1 - 1e-9 : 0.999
      #expect(Self.cosine(own.lazy.map(Double.init), exact) >= least, "token \(token)")
    }
  }

  @Test(arguments: 0..<3)
  func tokensOneByOneGiveTheSame(index: Int) throws {
    let model = TinyModel.all[index]
    let decoder = try decoder(model, KernelTable.best.instructionSet, GGUFScratch(), threads: 3)
    let whole = try decoder.forward(Self.tokens, at: 0, all: true)
    var single: [Float] = []
    for (position, token) in Self.tokens.enumerated() {
      single += try decoder.forward([token], at: position)
    }
    #expect(Self.cosine(whole.lazy.map(Double.init), single.lazy.map(Double.init)) > 0.99999)
    // Going back forgets what came after.
    let again = try decoder.forward(Array(Self.tokens[3...]), at: 3)
    #expect(
      Self.cosine(again.lazy.map(Double.init), whole.suffix(again.count).map(Double.init)) > 0.99999
    )
  }

  /// `Golden/NAME.logits` holds what llama.cpp computed on the CPU for the same file and tokens, with
  /// f32 keys and values: `Golden/README.md` says how.
  @Test(arguments: 0..<3)
  func logitsAgreeWithLlamaCpp(index: Int) throws {
    let model = TinyModel.all[index]
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    let golden = try Data(contentsOf: folder.appending(path: "\(model.architecture).logits"))
    let theirs = golden.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    let decoder = try decoder(model, KernelTable.best.instructionSet, GGUFScratch())
    let own = try decoder.forward(Self.tokens, at: 0, all: true)
    #expect(theirs.count == own.count)
    for token in Self.tokens.indices {
      let range = token * model.vocabulary..<(token + 1) * model.vocabulary
      #expect(
        Self.cosine(own[range].lazy.map(Double.init), theirs[range].lazy.map(Double.init)) >= 0.999)
    }
  }

  /// Writes the models for another runtime to read: how the golden logits were made.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["PLIMSOLL_TINY_MODELS"] != nil),
    arguments: 0..<3)
  func writesTheModels(index: Int) throws {
    let folder = ProcessInfo.processInfo.environment["PLIMSOLL_TINY_MODELS"] ?? ""
    let model = TinyModel.all[index]
    try Data(model.file()).write(to: URL(filePath: "\(folder)/\(model.architecture).gguf"))
  }

  @Test func whatCannotBeRunIsAnError() throws {
    let scratch = GGUFScratch()
    let decoder = try decoder(.llama, .baseline, scratch)
    for (tokens, position) in [([], 0), ([96], 0), ([-1], 0), ([1], 1), ([1], -1)] {
      #expect(throws: InferenceError.self) { try decoder.forward(tokens, at: position) }
    }
    #expect(throws: InferenceError.self) {
      try decoder.forward(Array(repeating: 1, count: 33), at: 0)
    }
    var other = GGUFBuilder.model("gemma3")
    other.addTensors()
    #expect {
      _ = try Decoder(
        path: scratch.write(other.bytes), capacity: 8, table: .best,
        on: WorkerPool(threadCount: 1))
    } throws: { "\($0)".contains("gemma3") && "\($0)".contains("qwen3moe") }
  }

  /// A tensor that the arithmetic doesn't know, such as a bias, would make answers wrong.
  @Test func anUnknownTensorIsAnError() throws {
    let bytes = try TinyModel.qwen3.file(adding: "blk.0.attn_q.bias")
    let scratch = GGUFScratch()
    #expect {
      _ = try Decoder(
        path: scratch.write(bytes), capacity: 8, table: .best,
        on: WorkerPool(threadCount: 1))
    } throws: { "\($0)".contains("blk.0.attn_q.bias") }
  }
}
