import Models
import Units

extension MemoryLedger {
  /// What `groups` keep of `batch` sequences of `context` tokens: a line for full attention, one for
  /// sliding windows, one for recurrent states, where there are such layers.
  static func cache(_ groups: [CacheGroup], context: Int, settings: CheckSettings) -> [Line] {
    ["kv cache", "kv cache: window", "recurrent state"].compactMap { item in
      let members = groups.filter { $0.item == item }
      guard !members.isEmpty else { return nil }
      let parts = members.map { $0.need(context: context, settings: settings) }
      return Line(
        item: item, kind: .cache,
        bytes: parts.reduce(.zero) { $0.addingSaturated($1.bytes) },
        formula: parts.map(\.formula).joined(separator: " + "),
        source: source(item: item, settings: settings))
    }
  }

  private static func source(item: String, settings: CheckSettings) -> String {
    switch (item, settings.runtime) {
    case ("recurrent state", _): "llama.cpp: recurrent layers keep f32 states, one a sequence"
    case ("kv cache: window", .llamaCpp):
      "llama.cpp tools: pad256(min(context, window + micro-batch))"
    case ("kv cache: window", .vllm):
      "vLLM hybrid manager: ceil(min(window − 1 + batched tokens, context) / 16) + 1 blocks"
    case (_, .llamaCpp): "llama.cpp: cells padded to 256"
    case (_, .vllm): "vLLM: blocks of 16 tokens"
    case (_, .plimsoll): "plimsoll simulate: the tokens themselves"
    }
  }
}

extension CacheGroup {
  /// What these layers keep, and the arithmetic in words.
  fileprivate func need(context: Int, settings: CheckSettings) -> (bytes: Bytes, formula: String) {
    let sequences = settings.batch == 1 ? "" : " × \(Decimal.grouped(settings.batch)) sequences"
    if stateBytes > 0 {
      return (
        .product(layers, stateBytes, settings.batch),
        "\(layers) layers × \(Decimal.grouped(stateBytes / 4)) elements × 4 B" + sequences
      )
    }
    let cells = settings.runtime.cells(
      context: context, window: window, microBatch: settings.microBatch)
    return (
      .product(layers, cells, bytesPerCell(settings.cacheType), settings.batch),
      "\(layers) layers × \(Decimal.grouped(cells)) cells × \(cell(settings.cacheType))" + sequences
    )
  }

  /// The bytes of a cell in words: `8 heads × (128 + 128) × 2 B`.
  private func cell(_ type: CacheType) -> String {
    let block = type.elementType.block
    let each = block.elements == 1 ? "\(block.bytes) B" : "\(block.bytes)/\(block.elements) B"
    switch mixer {
    case .attention(_, let kvHeads, let keyLength, let valueLength, _):
      return "\(kvHeads) heads × (\(keyLength) + \(valueLength)) × \(each)"
    case .latentAttention(_, let rank, let ropeLength, _, _):
      return "(\(rank) + \(ropeLength)) × \(each)"
    case .recurrent, .sharedCache, .none: return ""
    }
  }
}
