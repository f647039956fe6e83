import KernelAlgorithms
import KernelReference
import Kernels
import Tensors

/// The arithmetic of a step: products that take in the same vector run as one job, as a decoder's do.
final class StepProducts {
  private let layout: WalkLayout
  private let table: KernelTable
  private let pool: WorkerPool
  /// What goes in: as many numbers as the longest row has columns.
  let input: AlignedBuffer
  private let narrow = QuantisedActivations()
  private let wide = QuantisedActivations()
  private var output = KeptBuffer()

  init(
    _ layout: WalkLayout, seed: UInt64, table: KernelTable, on pool: WorkerPool
  ) throws(SimulationError) {
    (self.layout, self.table, self.pool) = (layout, table, pool)
    let longest = layout.tensors.filter { $0.form != .bytes }.map(\.columns).max() ?? 1
    do { input = try AlignedBuffer(byteCount: 4 * longest, pages: .huge) } catch {
      throw SimulationError(error)
    }
    input.fill(seed: seed)
  }

  /// Runs a step's products on the bytes at `start`; the sum of what was only read.
  func run(_ step: WalkStep, _ start: UnsafeRawPointer) throws(KernelError) -> UInt64 {
    var (sum, packed): (UInt64, [PackedProduct]) = (0, [])
    var y = try room(step)
    var (columns, isReady) = (0, (narrow: false, wide: false))
    for part in step.parts {
      let (tensor, bytes) = (layout.tensors[part.tensor], start + offset(part, step))
      // A row of a table that is the output too is only read.
      let form = part.rows.isEmpty ? .bytes : tensor.form
      if form != .panels || tensor.columns != columns {
        PackedProduct.run(packed, on: pool)
        (packed, columns, isReady) = ([], tensor.columns, (false, false))
      }
      switch form {
      case .panels:
        let weights = try PackedWeights(
          panels: bytes, type: tensor.type, rows: part.rows.count, columns: tensor.columns,
          table: table)
        packed.append(
          try PackedProduct(weights, try activations(tensor, isReady: &isReady), into: y))
      case .blocks:
        try table.multiplyBlocks(
          bytes, type: tensor.type, rows: part.rows.count, columns: tensor.columns,
          try activations(tensor, isReady: &isReady), into: y, on: pool)
      case .floats:
        try table.matrixVector(
          MatrixOperand(bytes, type: tensor.type), input.floats, into: y, rows: part.rows.count,
          columns: tensor.columns, on: pool)
      case .bytes: sum &+= table.read(bytes, bytes: part.bytes.count, on: pool)
      }
      y += part.rows.count
    }
    PackedProduct.run(packed, on: pool)
    return sum
  }

  /// Calls `body` with each product of the step that was run last, its weights and its results.
  func results(
    of step: WalkStep, _ start: UnsafeRawPointer,
    _ body: (WalkPart, UnsafeRawPointer, UnsafePointer<Float>) -> Void
  ) {
    guard var y = output.buffer?.floats else { return }
    for part in step.parts {
      if !part.rows.isEmpty { body(part, start + offset(part, step), y) }
      y += part.rows.count
    }
  }

  private func offset(_ part: WalkPart, _ step: WalkStep) -> Int {
    part.bytes.lowerBound - step.bytes.lowerBound
  }

  private func room(_ step: WalkStep) throws(KernelError) -> UnsafeMutablePointer<Float> {
    let rows = step.parts.reduce(0) { $0 + $1.rows.count }
    do { return try output.room(byteCount: 4 * max(rows, 1)).floats } catch {
      throw KernelError(description: "no memory for the results of a step: \(error)")
    }
  }

  /// The input as the tensor's kernels take it, quantised once for neighbours with as many columns.
  private func activations(
    _ tensor: WalkTensor, isReady: inout (narrow: Bool, wide: Bool)
  ) throws(KernelError) -> QuantisedActivations {
    let isWide = table.kernels(for: tensor.type)?.isWide == true
    let activations = isWide ? wide : narrow
    if isWide ? isReady.wide : isReady.narrow { return activations }
    try activations.quantise(
      input.floats, tokens: 1, columns: tensor.columns, for: tensor.type, table: table, on: pool)
    if isWide { isReady.wide = true } else { isReady.narrow = true }
    return activations
  }
}
