import Tensors

/// Models in safetensors files: one file, shards with an index, or a folder holding either.
enum SafeTensorsModel {
  static let indexName = "model.safetensors.index.json"

  /// Reads the headers of the model at `path`, and the shape from the `config.json` beside it.
  ///
  /// Without a `config.json`, or with a `model_type` that is not known, the weights are exact and the
  /// geometry has no layers. Errors: as the readers of the parts.
  static func read(path: String) throws(ModelError) -> Model {
    let folder = try PathKind.of(path) == .folder ? InputFolder(path: path) : InputFolder(of: path)
    var (tensors, files) = try tensors(path: path, folder: folder)
    let configPath = folder.file("config.json")
    let config = try PathKind.of(configPath) == nil ? nil : ConfigFile(path: configPath)
    let geometry = config?.parameters?.geometry
    for index in tensors.indices {
      tensors[index].role = HuggingFaceName.role(
        of: tensors[index].name, extents: tensors[index].shape.count,
        layers: geometry?.layers.count)
    }
    return Model(
      name: folder.name == "." ? path : folder.name,
      geometry: geometry ?? unknown(config?.modelType), tensors: tensors,
      quantisation: Model.dominantType(of: tensors), origin: .files(paths: files),
      warnings: geometry == nil ? [warning(config, folder)] : [])
  }

  private static func tensors(
    path: String, folder: InputFolder
  ) throws(ModelError) -> ([Tensor], [String]) {
    if path.hasSuffix(".json") { return try sharded(path, folder) }
    guard try PathKind.of(path) == .folder else {
      return (try SafeTensorsFile.tensors(path: path), [path])
    }
    let index = folder.file(indexName)
    if try PathKind.of(index) != nil { return try sharded(index, folder) }
    let names = try folder.names().filter { $0.hasSuffix(".safetensors") }
    guard names.count == 1 else {
      throw ModelError(
        .notFound,
        "\(path): expected one .safetensors file or a \(indexName), found "
          + "\(names.isEmpty ? "neither" : "\(names.count) files and no index")")
    }
    return (try SafeTensorsFile.tensors(path: folder.file(names[0])), [folder.file(names[0])])
  }

  private static func sharded(
    _ path: String, _ folder: InputFolder
  ) throws(ModelError) -> ([Tensor], [String]) {
    let index = try SafeTensorsIndex(path: path)
    return (try index.tensors(), index.shards.map(folder.file))
  }

  private static func unknown(_ modelType: String?) -> ModelGeometry {
    ModelGeometry(
      architecture: modelType ?? "unknown", hiddenSize: 0, vocabularySize: 0, contextLength: nil,
      tiedEmbeddings: false, layers: [])
  }

  private static func warning(_ config: ConfigFile?, _ folder: InputFolder) -> ModelWarning {
    ModelWarning(
      code: "unknown-architecture",
      message: config.map {
        "the model_type '\($0.modelType)' is not known here: the weights are counted, the cache is not"
      } ?? "there is no config.json in \(folder.path): the weights are counted, the cache is not")
  }
}

extension Model {
  /// The type that most bytes are stored in.
  fileprivate static func dominantType(of tensors: [Tensor]) -> String {
    var bytes: [ElementType: Double] = [:]
    for tensor in tensors { bytes[tensor.type, default: 0] += Double(tensor.bytes) }
    return bytes.max { $0.value < $1.value }?.key.rawValue ?? "none"
  }
}
