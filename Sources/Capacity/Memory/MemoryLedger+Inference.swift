import Models
import Units

extension MemoryLedger {
  /// What running the model needs on the fullest box.
  ///
  /// Layers are split evenly over several boxes; the first also holds the embedding (where it is not left to the
  /// system's memory), the last the output projection, and every box its own compute buffer and system. For an
  /// unknown architecture only weights and system are counted: a lower bound.
  init(_ question: Question) {
    lines = Self.weights(question)
    if question.isKnown {
      lines += Self.cache(
        question.groups, context: question.context, settings: question.settings
      ).map { $0.scaled(by: question.fullestShare) }
      let compute = ComputeBuffer(
        question.model.geometry, context: question.context, settings: question.settings)
      lines.append(
        Line(
          item: "compute buffer", kind: .compute, bytes: compute.bytes, formula: compute.formula,
          source: compute.source))
    }
    lines += Self.system(question.box, settings: question.settings)
  }

  /// What the system keeps; nothing when the budget was named, since that is the model's alone.
  static func system(_ box: Box, settings: CheckSettings) -> [Line] {
    guard settings.memory == nil, box.systemReserve > .zero else { return [] }
    return [
      Line(
        item: "system reserve", kind: .system, bytes: box.systemReserve,
        formula: "\(box.memoryTotal) / 32 within 256 MiB and 4 GiB, less what is taken already",
        source: "rule of this project")
    ]
  }

  private static func weights(_ question: Question) -> [Line] {
    let weights = question.weights
    let first = question.keepsEmbeddingOnHost ? 0 : weights[.tokenEmbedding].bytes
    let last = weights[.output].bytes
    return Tensor.Role.allCases.compactMap { role in
      let part = weights[role]
      guard part.bytes > 0, role != .tokenEmbedding || !question.keepsEmbeddingOnHost else {
        return nil
      }
      let line = Line(
        item: "weights: \(role.words)", kind: .weights, bytes: Bytes(part.bytes),
        formula: "\(Decimal.grouped(part.elements)) elements, stored bytes added up",
        source: question.model.origin.words)
      guard question.settings.boxes > 1 else { return line }
      switch role {
      case .tokenEmbedding: return first >= last ? line : nil
      case .output: return last > first ? line : nil
      default: return line.scaled(by: question.fullestShare)
      }
    }
  }
}

extension Question {
  /// Whether the embedding table lies in the system's memory, beside an accelerator with its own: llama.cpp looks
  /// rows up on the processor. A table that is the output projection as well is copied for that. Source: the
  /// input layer's buffer in `llama_model::load_tensors`; 20 files on an H200, docs/ACCURACY.md.
  var keepsEmbeddingOnHost: Bool {
    box.pool == .discrete && settings.runtime == .llamaCpp && settings.training == nil && isKnown
      && weights.head == .output
  }
}

extension MemoryLedger.Line {
  /// The share of this line that the fullest box holds, rounded up.
  fileprivate func scaled(by share: Double) -> MemoryLedger.Line {
    guard share < 1, bytes.count < .max else { return self }
    var line = self
    line.bytes = Bytes(Int(saturating: Double(bytes.count) * share))
    line.formula = "(\(formula)) × \(Decimal.significant(share)) of the layers"
    return line
  }
}

extension Tensor.Role {
  /// The role in plain words.
  var words: String {
    switch self {
    case .tokenEmbedding: "embedding"
    case .output: "output"
    case .lookup: "lookup tables"
    case .attention: "attention"
    case .feedForward: "feed-forward"
    case .routedExperts: "routed experts"
    case .small: "small tensors"
    case .auxiliary: "auxiliary"
    }
  }
}

extension Model.Origin {
  /// Where sizes come from, for the ledger.
  var words: String {
    switch self {
    case .catalogue(let source): "geometry from \(source)"
    case .config(let path): "geometry from \(path)"
    case .files(let paths):
      "headers of \(paths.first ?? "no file")"
        + (paths.count > 1 ? " and \(paths.count - 1) more" : "")
    }
  }
}
