import KernelAlgorithms
import Tensors

/// Activations of some tokens as signed bytes, in the form that a product with packed weights takes.
///
/// Tokens may come in groups, one for each product. One value serves one call at a time; its
/// buffer grows and is kept. `@unchecked Sendable`: whoever fills it divides the tokens among
/// threads and waits for all.
public final class QuantisedActivations: @unchecked Sendable {
  /// Activations of a token.
  public private(set) var columns = 0
  private var kept = KeptBuffer()
  /// The number of the first token of each group, and that of all.
  private(set) var starts = [0]
  private(set) var isWide = false
  private var recordBytes = 0
  private var superBlocks = 0

  /// Nothing yet.
  public init() {}

  /// Quantises `tokens` rows of `columns` activations, `distance` floats apart, for weights of `type`.
  ///
  /// Each 32 columns get a scale for formats of 32 columns a block, each 256 for formats of 256.
  /// Errors: a type without kernels, a negative extent, or no memory.
  /// Accuracy: |x − scale · q| ≤ scale / 2, scale = max|x| / 127 of the scale's columns; a token with
  /// NaN or infinity gives NaN in all products with the scale's columns.
  /// Source: dynamic quantisation as in ggml's Q8_0 and Q8_K.
  public func quantise(
    _ x: UnsafePointer<Float>, distance: Int? = nil, tokens: Int, columns: Int,
    for type: ElementType, table: KernelTable, on pool: WorkerPool
  ) throws(KernelError) {
    try quantise(
      x, distance: distance, order: Array(0..<max(tokens, 0)), groups: [tokens], columns: columns,
      for: type, table: table, on: pool)
  }

  /// Quantises rows of x in `order`, the first `groups[0]` of them for one product, the next
  /// `groups[1]` for another, and so on. A row may occur several times.
  public func quantise(
    _ x: UnsafePointer<Float>, distance: Int? = nil, order: [Int], groups: [Int], columns: Int,
    for type: ElementType, table: KernelTable, on pool: WorkerPool
  ) throws(KernelError) {
    guard let kernels = table.kernels(for: type), columns >= 0, groups.allSatisfy({ $0 >= 0 }),
      groups.reduce(0, +) == order.count
    else {
      throw KernelError(
        description: "cannot quantise \(groups) × \(columns) activations for \(type.rawValue)")
    }
    superBlocks = (columns + kernels.superBlockColumns - 1) / kernels.superBlockColumns
    recordBytes = kernels.recordBytes
    (self.columns, isWide) = (columns, kernels.isWide)
    starts = groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let base = try room(superBlocks * order.count * recordBytes)
    let quantise = isWide ? table.quantised.quantiseWide : table.quantised.quantiseNarrow
    nonisolated(unsafe) let (x, to) = (x, base)
    let work: WorkerPool.Job = { [starts, superBlocks, recordBytes] worker, workers in
      var group = 0
      for row in share(order.count, unit: 1, worker: worker, of: workers) {
        while row >= starts[group + 1] { group += 1 }
        let (start, size) = (starts[group], starts[group + 1] - starts[group])
        let first = start * superBlocks + row - start
        quantise(
          x + order[row] * (distance ?? columns), columns, to + first * recordBytes,
          size * recordBytes)
      }
    }
    if order.count < 2 { work(0, 1) } else { pool.run(work) }
  }

  /// Tokens of a group.
  func tokens(_ group: Int) -> Int { starts[group + 1] - starts[group] }

  /// The records of a group: for each super-block those of its tokens, side by side.
  func records(_ group: Int) -> UnsafeRawPointer? {
    kept.buffer.map { UnsafeRawPointer($0.baseAddress + starts[group] * superBlocks * recordBytes) }
  }

  private func room(_ bytes: Int) throws(KernelError) -> UnsafeMutableRawPointer {
    do { return try kept.room(byteCount: bytes).baseAddress } catch {
      throw KernelError(description: "no memory for quantised activations: \(error)")
    }
  }
}
