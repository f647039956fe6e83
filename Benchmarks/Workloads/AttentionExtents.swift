import Harness
import KernelAlgorithms
import KernelReference
import Kernels
import Tensors

/// The parameters of an attention row, and what follows from them.
struct AttentionExtents {
  let batch: Int
  let heads: Int
  let kvHeads: Int
  let headDim: Int
  let queries: Int
  let keys: Int
  let isCausal: Bool
  /// Keys that a query sees at most, 0 for all.
  let window: Int
  let type: CellType
  /// Queries of all heads and sequences.
  let rows: Int

  /// Errors: `.usage` for parameters that don't fit each other, `.refused` for sizes beyond an `Int`.
  init(_ parameters: Parameters) throws(WorkloadError) {
    (batch, heads) = (parameters.count("batch"), parameters.count("heads"))
    (kvHeads, headDim) = (parameters.count("kv_heads"), parameters.count("head_dim"))
    (queries, keys) = (parameters.count("queries"), parameters.count("keys"))
    (isCausal, window) = (parameters.count("causal") == 1, parameters.count("window"))
    type = CellType(rawValue: parameters.word("type")) ?? .f32
    guard heads.isMultiple(of: kvHeads), queries <= keys, isCausal || window == 0 else {
      throw WorkloadError(
        .usage,
        "attention needs query heads in whole groups a KV head, no more queries than keys, and "
          + "causal=1 for a window, not heads=\(heads) kv_heads=\(kvHeads) queries=\(queries) "
          + "keys=\(keys) causal=\(isCausal ? 1 : 0) window=\(window)")
    }
    rows = try footprint([batch, queries, heads])
    _ = try storedBytes(keys: keys)
  }

  /// `type` among the types of tensors.
  var elementType: ElementType {
    switch type {
    case .f32: .f32
    case .f16: .f16
    case .bf16: .bf16
    case .q8_0: .q8_0
    }
  }

  /// 1 ÷ √head_dim.
  var scale: Double { 1 / Double(headDim).squareRoot() }

  /// Position of the first query.
  var position: Int { keys - queries }

  /// Keys that the query `index` sees.
  func visible(_ index: Int) -> Range<Int> {
    let end = isCausal ? position + index + 1 : keys
    return (window > 0 ? max(end - window, 0) : 0)..<end
  }

  /// Keys that some query sees.
  var keysSeen: Int { keys - visible(0).lowerBound }

  /// Pairs of a query and a key that it sees, of one head.
  var visiblePairs: Double {
    guard isCausal else { return Double(queries) * Double(keys) }
    // Query i sees position + i + 1 keys, or the window's from some query on.
    let growing = window > 0 ? min(max(window - position, 0), queries) : queries
    let (few, rest) = (Double(growing), Double(queries - growing))
    return few * Double(position) + few * (few + 1) / 2 + rest * Double(window)
  }

  /// Bytes of so many keys of all sequences and heads, or of values.
  func storedBytes(keys: Int) throws(WorkloadError) -> Int {
    try StoredWeights.bytes(
      elementType, rows: try footprint([batch, kvHeads, keys]), columns: headDim)
  }

  /// Random keys or values: [sequence][KV head][key], a row each.
  func stored(seed: UInt64) throws(WorkloadError) -> StoredWeights {
    try StoredWeights(elementType, rows: batch * kvHeads * keys, columns: headDim, seed: seed)
  }

  /// The queries of a sequence, as Plimsoll's own kernel takes them.
  var asked: AttentionQueries {
    AttentionQueries(
      count: queries, position: position, heads: heads, isCausal: isCausal,
      window: window > 0 ? window : nil)
  }

  /// A sequence's keys and values as a cache.
  func cells(_ keys: StoredWeights, _ values: StoredWeights, sequence: Int) -> KeyValueCells {
    func rows(_ stored: StoredWeights) -> KeyValueCells.Rows {
      KeyValueCells.Rows(
        start: stored.buffer.baseAddress + sequence * kvHeads * self.keys * stored.stride,
        dim: headDim, rowBytes: stored.stride, headBytes: self.keys * stored.stride)
    }
    return KeyValueCells(
      type: type, kvHeads: kvHeads, cells: self.keys, keys: rows(keys), values: rows(values))
  }
}

/// Attention's outputs against the oracle.
struct AttentionCheck {
  let extents: AttentionExtents
  let q: AlignedBuffer
  let keys: StoredWeights
  let values: StoredWeights

  /// Sampled queries of sampled heads, within the bound at `Attention.attend`.
  func check(_ output: UnsafePointer<Float>, seed: UInt64) -> Check {
    var check = Check()
    var (kept, keyRows, valueRows): (Int, [[Float]], [[Float]]) = (-1, [], [])
    // Rows are numbered [sequence][head][query] here, so that those of a KV head follow each other.
    let products = 2 * extents.keys * extents.headDim
    for row in sampledRows(extents.rows, products: products, seed: seed, budget: 1 << 26) {
      let (head, query) = (row / extents.queries % extents.heads, row % extents.queries)
      let sequence = row / extents.queries / extents.heads
      let kvHead = sequence * extents.kvHeads + head / (extents.heads / extents.kvHeads)
      if kvHead != kept {
        let range = kvHead * extents.keys..<(kvHead + 1) * extents.keys
        (kept, keyRows, valueRows) = (kvHead, range.map(keys.row), range.map(values.row))
      }
      compare(
        output, sequence: sequence, query: query, head: head, keyRows, valueRows, into: &check)
    }
    return check
  }

  private func compare(
    _ output: UnsafePointer<Float>, sequence: Int, query: Int, head: Int, _ keys: [[Float]],
    _ values: [[Float]], into check: inout Check
  ) {
    let place = (sequence * extents.queries + query) * extents.heads + head
    let start = place * extents.headDim
    let visible = extents.visible(query)
    let exact = Reference.attention(
      Array(UnsafeBufferPointer(start: q.floats + start, count: extents.headDim)),
      keys: Array(keys[visible]), values: Array(values[visible]), scale: extents.scale,
      valueDim: extents.headDim)
    for (index, exact) in exact.enumerated() {
      check.compare(
        Double(output[start + index]), with: exact.value, bound: exact.bound,
        place: "output[\(sequence), \(query), \(head), \(index)]")
    }
  }
}
