/// The one way in: a path or a name becomes a model.
public enum ModelReader {
  /// Reads what `argument` means: a `.gguf` file, a safetensors file, index or folder, a
  /// `config.json`, or a name of the catalogue. Files are told by their content.
  ///
  /// - Parameter quantisation: how the model is to be stored instead; nil keeps a file's own types,
  ///   and takes a catalogue entry as it is mostly run.
  /// Errors: `ModelError`, each with the kind that fixes the exit code.
  public static func read(
    _ argument: String, quantisation: Quantisation? = nil
  ) throws(ModelError) -> Model {
    guard let kind = try PathKind.of(argument) else {
      guard !looksLikePath(argument) else {
        throw ModelError(.notFound, "there is no file or folder \(argument); check the path")
      }
      return try Catalogue.entry(named: argument).model(quantisation)
    }
    if kind == .file, argument.hasSuffix(".json"), !argument.hasSuffix(".index.json") {
      return try ConfigFile.model(path: argument, quantisation: quantisation)
    }
    let model = try read(path: argument, kind)
    return quantisation.map(model.requantised) ?? model
  }

  private static func read(path: String, _ kind: PathKind) throws(ModelError) -> Model {
    if kind == .file { return try isGGUF(path) ? GGUFFile.read(path: path) : .safetensors(path) }
    let folder = InputFolder(path: path)
    let names = try folder.names()
    let parts = names.filter { $0.hasSuffix(".gguf") }
    guard let first = parts.first else { return try .safetensors(path) }
    let whole = GGUFSplit(path: folder.file(first))?.count ?? 1
    guard whole == parts.count else {
      throw ModelError(
        .notFound, "\(path) holds several models; name one of \(parts.joined(separator: ", "))")
    }
    return try GGUFFile.read(path: folder.file(first))
  }

  private static func isGGUF(_ path: String) throws(ModelError) -> Bool {
    if path.hasSuffix(".gguf") { return true }
    guard !path.hasSuffix(".json"), !path.hasSuffix(".safetensors") else { return false }
    let file = try InputFile(path: path)
    guard file.size >= 4 else { return false }
    return try file.bytes(at: 0, count: 4) == Array("GGUF".utf8)
  }

  private static func looksLikePath(_ argument: String) -> Bool {
    [".gguf", ".safetensors", ".json"].contains { argument.hasSuffix($0) }
      || argument.hasPrefix("/") || argument.hasPrefix(".") || argument.hasPrefix("~")
  }
}

extension Model {
  fileprivate static func safetensors(_ path: String) throws(ModelError) -> Model {
    try SafeTensorsModel.read(path: path)
  }
}
