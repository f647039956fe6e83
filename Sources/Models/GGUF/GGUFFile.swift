import Tensors

/// Models in GGUF files, one or split into parts.
public enum GGUFFile {
  /// Reads the header of the file at `path`, and those of all parts of a split model.
  ///
  /// Errors: `.malformed` with file, byte and what was expected; `.notFound` for a missing part.
  /// Cost: the header's bytes, in windows of 256 KiB; some milliseconds, whatever the data's size.
  public static func read(path: String) throws(ModelError) -> Model {
    let parts = try Split(path: path)?.paths ?? [path]
    var headers: [GGUFHeader] = []
    for part in parts {
      var window = try FileWindow(path: part)
      headers.append(try GGUFHeader(reading: &window))
    }
    guard let first = headers.first else { throw ModelError(.notFound, "\(path) has no parts") }
    let infos = headers.flatMap(\.tensors)
    try checkSplit(first, parts: parts, tensors: infos)
    let metadata = try GGUFMetadata(first, path: parts[0])
    var reading = GGUFGeometry(metadata: metadata, tensors: infos)
    let geometry = try reading.read()
    let tensors = infos.map {
      Tensor(
        name: $0.name, shape: $0.shape, type: $0.type, bytes: $0.bytes,
        role: Tensor.Role(gguf: $0.name, extents: $0.shape.count, layers: geometry.layers.count))
    }
    return Model(
      name: metadata.text("general.name") ?? fileName(path), geometry: geometry, tensors: tensors,
      quantisation: Model.dominantType(of: tensors), origin: .files(paths: parts),
      warnings: reading.warnings)
  }

  /// All parts' tensors are there, each once.
  private static func checkSplit(
    _ first: GGUFHeader, parts: [String], tensors: [GGUFHeader.TensorInfo]
  ) throws(ModelError) {
    guard case .integer(let count)? = first.metadata["split.count"], count > 1 else { return }
    guard count == parts.count else {
      throw ModelError(
        .malformed,
        "\(parts[0]): expected split.count to be \(parts.count), the parts in the file's name, "
          + "found \(count)")
    }
    if case .integer(let total)? = first.metadata["split.tensors.count"], total != tensors.count {
      throw ModelError(
        .malformed,
        "\(parts[0]): expected \(total) tensors in all parts by split.tensors.count, found "
          + "\(tensors.count)")
    }
    var names = Set<String>()
    for tensor in tensors where !names.insert(tensor.name).inserted {
      throw ModelError(
        .malformed, "\(parts[0]): expected each tensor in one part, found '\(tensor.name)' in two")
    }
  }

  private static func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// The parts that a name as `model-00002-of-00005.gguf` speaks of.
  struct Split {
    let paths: [String]

    /// Nil for a name without such an ending.
    init?(path: String) throws(ModelError) {
      let pieces = path.split(separator: "-", omittingEmptySubsequences: false)
      guard pieces.count >= 4, pieces[pieces.count - 2] == "of",
        let last = pieces.last, last.hasSuffix(".gguf"), last.count == 10,
        pieces[pieces.count - 3].count == 5, Int(pieces[pieces.count - 3]) != nil,
        let count = Int(last.dropLast(5)), count > 0
      else { return nil }
      let stem = pieces.dropLast(3).joined(separator: "-")
      let total = last.dropLast(5)
      var paths: [String] = []
      for number in 1...count {
        let digits = String(number)
        let padded = String(repeating: "0", count: 5 - digits.count) + digits
        paths.append("\(stem)-\(padded)-of-\(total).gguf")
        // A missing part is told at once, not after many others were read.
        do { _ = try InputFile(path: paths[number - 1]) } catch {
          throw ModelError(error.kind, "part \(number) of \(count): \(error.description)")
        }
      }
      self.paths = paths
    }
  }
}

extension Tensor.Role {
  /// The part that a tensor of GGUF's name plays. Source: llama.cpp, `llama-arch.cpp`.
  init(gguf name: String, extents: Int, layers: Int) {
    let parts = name.split(separator: ".")
    let isBlock = parts.first == "blk" && parts.count > 2
    let part = isBlock ? parts[2] : parts.first ?? ""
    if let layer = isBlock ? Int(parts[1]) : nil, layers > 0, layer >= layers {
      self = .auxiliary
    } else if ["v", "mm", "a"].contains(part), !isBlock {
      self = .auxiliary
    } else if name.hasSuffix("_exps.weight") || name.hasSuffix("_exps.bias") {
      self = .routedExperts
    } else if extents < 2 || part.contains("norm") || part.hasPrefix("ffn_gate_inp") {
      self = .small
    } else if part == "token_embd" {
      self = .tokenEmbedding
    } else if part == "output" {
      self = .output
    } else if part.hasPrefix("attn_") || part.hasPrefix("ssm_") {
      self = .attention
    } else {
      self = part.hasPrefix("ffn_") ? .feedForward : .small
    }
  }
}

extension Model {
  /// The type that most bytes are stored in.
  static func dominantType(of tensors: [Tensor]) -> String {
    var bytes: [ElementType: Int] = [:]
    for tensor in tensors { bytes[tensor.type, default: 0] += tensor.bytes }
    return bytes.max { $0.value < $1.value }?.key.rawValue ?? "none"
  }
}
