import KernelAlgorithms
import Tensors

/// Activations of some tokens as signed bytes, in the form that a product with packed weights takes.
///
/// One value serves one product at a time; its buffer grows and is kept.
/// `@unchecked Sendable`: whoever fills it divides the tokens among threads and waits for all.
public final class QuantisedActivations: @unchecked Sendable {
  private var buffer: AlignedBuffer?
  private(set) var tokens = 0
  private(set) var columns = 0
  private(set) var isWide = false

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
    guard let kernels = table.kernels(for: type), tokens >= 0, columns >= 0 else {
      throw KernelError(
        description: "cannot quantise \(tokens) × \(columns) activations for \(type.rawValue)")
    }
    let superBlocks = (columns + kernels.superBlockColumns - 1) / kernels.superBlockColumns
    let bytes = superBlocks * tokens * kernels.recordBytes
    let base = try room(bytes)
    (self.tokens, self.columns, isWide) = (tokens, columns, kernels.isWide)
    let quantise = isWide ? table.quantised.quantiseWide : table.quantised.quantiseNarrow
    nonisolated(unsafe) let (x, to) = (x, base)
    let work: WorkerPool.Job = { worker, workers in
      for token in share(tokens, unit: 1, worker: worker, of: workers) {
        quantise(
          x + token * (distance ?? columns), columns, to + token * kernels.recordBytes,
          tokens * kernels.recordBytes)
      }
    }
    if tokens < 2 { work(0, 1) } else { pool.run(work) }
  }

  /// The records of `token` and those after it, for all super-blocks.
  var records: UnsafeRawPointer? { buffer.map { UnsafeRawPointer($0.baseAddress) } }

  private func room(_ bytes: Int) throws(KernelError) -> UnsafeMutableRawPointer {
    if let buffer, buffer.byteCount >= bytes { return buffer.baseAddress }
    do {
      let fresh = try AlignedBuffer(byteCount: bytes, pages: .huge)
      buffer = fresh
      return fresh.baseAddress
    } catch {
      throw KernelError(description: "no memory for quantised activations: \(error)")
    }
  }
}
