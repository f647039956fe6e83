/// The models known by name: geometries read from public sources, carried in the program.
public enum Catalogue {
  /// One model of the catalogue.
  public struct Entry: Sendable {
    /// `publisher/name`, as on the model's page.
    public let id: String
    /// Where the geometry was read.
    public let source: String
    let parameters: GeometryParameters

    /// The name without its publisher.
    public var name: String { id.split(separator: "/").last.map(String.init) ?? id }

    /// Stored parameters.
    public var parameterCount: Int {
      TensorLayout.tensors(of: parameters).reduce(0) { $0 + $1.elements }
    }

    /// The model in `quantisation`, or as it is mostly run: gpt-oss in MXFP4, others in Q4_K_M; of its layers
    /// only the first `layers`, where that is less than all.
    public func model(_ quantisation: Quantisation? = nil, layers: Int? = nil) -> Model {
      let usual = parameters.architecture == "gpt-oss" ? Quantisation.mxfp4 : .q4KM
      var parameters = parameters
      if let layers { parameters.layers = min(max(layers, 1), parameters.layers) }
      return Model(
        name: name, geometry: parameters.geometry, tensors: TensorLayout.tensors(of: parameters),
        quantisation: "F32", origin: .catalogue(source: source)
      ).requantised(to: quantisation ?? usual)
    }
  }

  /// All entries, in the order of the file.
  ///
  /// Errors: only a damaged build throws, since the file is part of the program. Cost: some
  /// milliseconds.
  public static func entries() throws(ModelError) -> [Entry] {
    let file = "models.json"
    let fields = try JSONFields(parse(PackageResources.models_json, file: file), file: file)
    var entries: [Entry] = []
    for entry in try fields.objects("models") {
      entries.append(
        Entry(
          id: try entry.string("id"), source: try entry.string("source"),
          parameters: try GeometryParameters(catalogue: entry)))
    }
    return entries
  }

  /// The entry that `name` means: publisher, case, punctuation, `Meta-`, `NVIDIA-`, `-hf`, `-Instruct`,
  /// `-it` and `-Base` don't matter where one entry is left.
  ///
  /// Errors: `.notFound` with near names.
  public static func entry(named name: String) throws(ModelError) -> Entry {
    let entries = try entries()
    let spellings: [(String) -> String] = [NearNames.fold, { NearNames.fold(plain($0)) }]
    for spelling in spellings {
      let wish = spelling(name)
      let matches = entries.filter { spelling($0.id) == wish || spelling($0.name) == wish }
      if let match = matches.first { return match }
    }
    throw ModelError(
      .notFound,
      "no model file and no catalogue entry is called '\(name)'; see plimsoll list models",
      suggestions: NearNames.near(plain(name), in: entries.map { plain($0.name) }))
  }

  /// A name without publisher and without the words that don't change a geometry.
  private static func plain(_ name: String) -> String {
    var words = NearNames.words(name.split(separator: "/").last ?? "")
    if let first = words.first, words.count > 1, ["meta", "nvidia"].contains(first) {
      words.removeFirst()
    }
    let idle: Set = ["hf", "instruct", "it", "base", "chat", "2407", "2501", "1124", "2512"]
    while let last = words.last, words.count > 1, idle.contains(last) || last.hasPrefix("v0.") {
      words.removeLast()
    }
    return words.joined(separator: "-")
  }

  private static func parse(_ bytes: [UInt8], file: String) throws(ModelError) -> JSONValue {
    var reader = JSONReader(bytes)
    do throws(JSONError) {
      let value = try reader.value()
      try reader.finish()
      return value
    } catch {
      throw ModelError(.malformed, "\(file): \(error)")
    }
  }
}
