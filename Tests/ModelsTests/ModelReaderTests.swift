import Tensors
import Testing

@testable import Models

/// One way in for files, folders and names.
@Suite struct ModelReaderTests {
  let folder: SafeTensorsFolder

  init() throws { folder = try SafeTensorsFolder() }

  private static let tensors: [(name: String, shape: [Int])] = [
    ("model.embed_tokens.weight", [64, 16]), ("model.norm.weight", [16]),
  ]

  private func kind(of argument: String) -> ModelError.Kind? {
    do throws(ModelError) {
      _ = try ModelReader.read(argument)
      return nil
    } catch { return error.kind }
  }

  @Test func namesComeFromTheCatalogue() throws {
    let model = try ModelReader.read("Llama-3.1-8B")
    #expect(model.name == "Meta-Llama-3.1-8B" && model.quantisation == "Q4_K_M")
    #expect(
      try ModelReader.read("llama-3.1-8b", quantisation: Quantisation(parsing: "Q8_0"))
        .quantisation == "Q8_0")
  }

  @Test(arguments: ["no-such.gguf", "/no/such/folder", "./nothing", "nothing.safetensors"])
  func missingPathsAreNotFound(path: String) {
    #expect(kind(of: path) == .notFound)
  }

  @Test func unknownNamesAreNotFoundAndNearOnesOffered() {
    #expect {
      try ModelReader.read("llama-3.1-80b")
    } throws: { error in
      guard let error = error as? ModelError else { return false }
      return error.kind == .notFound && "\(error)".contains("llama-3.1-8b")
    }
  }

  @Test func filesAreToldByTheirContent() throws {
    let path = try folder.write(Array("GGUF".utf8) + [9, 0, 0, 0], as: "weights.bin")
    #expect(kind(of: path) == .malformed)
    let sound = try folder.write(safeTensorsFile(Self.tensors), as: "model.weights")
    #expect(try ModelReader.read(sound).tensors.count == 2)
  }

  @Test func aFolderIsTheModelInIt() throws {
    try folder.write(safeTensorsFile(Self.tensors))
    let model = try ModelReader.read(folder.path)
    #expect(model.tensors.map(\.elements).sorted() == [16, 1024])
    #expect(model.geometry.layers.isEmpty, "no config.json: the weights are counted, no more")
  }

  @Test func anEmptyFolderIsNotFound() {
    #expect(kind(of: folder.path) == .notFound)
  }

  @Test func aFolderOfSeveralModelsAsksForOne() throws {
    for name in ["a.gguf", "b.gguf"] { try folder.write(Array("GGUF".utf8), as: name) }
    #expect {
      try ModelReader.read(folder.path)
    } throws: { error in
      (error as? ModelError)?.kind == .notFound && "\(error)".contains("a.gguf, b.gguf")
    }
  }
}
