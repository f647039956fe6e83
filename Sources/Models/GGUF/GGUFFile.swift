import Tensors

/// Models in GGUF files.
public enum GGUFFile {
  /// The model whose header stands in the file at `path`; given one part of a split model, the
  /// whole of it.
  ///
  /// Cost: reads headers only, milliseconds for a file of any size; memory is a 256 KiB window and the
  /// tensor list.
  /// - Throws: `.malformed` with a byte offset, `.unsupported` for big-endian files and version 1,
  ///   `.notFound` also for a missing part, `.unreadable`.
  public static func read(path: String) throws(ModelError) -> Model {
    let headers = try GGUFSplit.headers(path: path)
    let first = headers[0]
    let metadata = GGUFMetadata(file: first.path, entries: first.entries)
    let infos = headers.flatMap(\.tensors)
    let shape = try GGUFGeometry(metadata: metadata, tensors: infos)
    let geometry = try shape.geometry()
    let caching = geometry.layers.firstIndex(where: \.sharesCache) ?? .max
    let tensors = infos.map { info in
      Tensor(
        name: info.name, shape: info.shape, type: info.type, bytes: info.bytes,
        role: .ggufTensor(
          info.name, rank: info.shape.count, decoderLayers: shape.decoderLayers,
          cachingLayers: caching))
    }
    let fileName = path.split(separator: "/").last.map(String.init) ?? path
    let title = metadata.text("general.name").flatMap { $0.isEmpty ? nil : $0 }
    return Model(
      name: title ?? fileName, geometry: geometry, tensors: tensors,
      quantisation: GGUFQuantisation.label(
        fileType: metadata.entries["general.file_type"]?.value, tensors: tensors),
      origin: .files(paths: headers.map(\.path)), warnings: shape.warnings)
  }

  /// Where each tensor of the model at `path` lies, by name; of all parts of a split one.
  ///
  /// Errors and cost: as `read`.
  public static func places(
    path: String
  ) throws(ModelError) -> [String: GGUFDecoder.StoredTensor] {
    GGUFDecoder.places(try GGUFSplit.headers(path: path))
  }
}

extension ModelGeometry.Layer {
  /// Whether it reads the cache of an earlier layer.
  fileprivate var sharesCache: Bool { if case .sharedCache = mixer { true } else { false } }
}
