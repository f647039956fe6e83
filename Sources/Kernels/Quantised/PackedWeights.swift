import KernelAlgorithms
import Tensors

extension KernelTable {
  /// The kernels of a block format, or nil for a type that has none of its own.
  public func kernels(for type: ElementType) -> FormatKernels? {
    switch type {
    case .q4_0: self.quantised.q4_0
    case .q8_0: self.quantised.q8_0
    case .mxfp4: self.quantised.mxfp4
    case .q4K: self.quantised.q4K
    case .q5K: self.quantised.q5K
    case .q6K: self.quantised.q6K
    default: nil
    }
  }
}

/// Matrices of weights in a block format, repacked once for the kernels that multiply by them.
///
/// A panel holds as many rows as a vector has lanes; see `NarrowPanels.swift` and
/// `WidePanels.swift` for the layout. `@unchecked Sendable`: written by `init` and read after it.
public final class PackedWeights: @unchecked Sendable {
  /// The format of the blocks.
  public let type: ElementType
  /// Matrices of the same shape: one, or the experts of a layer.
  public let count: Int
  /// Rows of a matrix: outputs.
  public let rows: Int
  /// Columns of a matrix: inputs.
  public let columns: Int
  let kernels: FormatKernels
  let lanes: Int
  let superBlocks: Int
  private let buffer: AlignedBuffer

  /// Repacks `count` matrices of `rows` rows of blocks from `source`, a whole number of blocks each
  /// and without gaps.
  ///
  /// Errors: a type without kernels, an extent below 1, a row that is no whole number of blocks, or
  /// no memory. Cost: the source is read and as much written, up to 4 % more for padding.
  public init(
    _ source: UnsafeRawPointer, type: ElementType, count: Int = 1, rows: Int, columns: Int,
    table: KernelTable, on pool: WorkerPool
  ) throws(KernelError) {
    guard let kernels = table.kernels(for: type) else {
      throw KernelError(description: "there are no block kernels for \(type.rawValue)")
    }
    guard count > 0, rows > 0, columns > 0, columns.isMultiple(of: kernels.block.columns),
      let sourceBytes = type.bytes(shape: [columns, rows, count]), sourceBytes < 1 << 46
    else {
      throw KernelError(
        description: "\(type.rawValue) weights need rows of whole blocks of "
          + "\(kernels.block.columns), not \(count) × \(rows) × \(columns)")
    }
    (self.type, self.count, self.rows, self.columns) = (type, count, rows, columns)
    (self.kernels, lanes) = (kernels, table.quantised.lanes)
    superBlocks = (columns + kernels.superBlockColumns - 1) / kernels.superBlockColumns
    let panels = (rows + lanes - 1) / lanes
    do {
      buffer = try AlignedBuffer(
        byteCount: count * panels * superBlocks * kernels.superBlockBytes, pages: .huge)
    } catch {
      throw KernelError(description: "no memory for repacked weights: \(error)")
    }
    pack(from: source, on: pool)
  }

  /// Bytes that a product with all matrices reads.
  public var byteCount: Int { buffer.byteCount }

  /// Panels of a matrix.
  var panelCount: Int { (rows + lanes - 1) / lanes }

  /// Panel `index` of all matrices'.
  func panel(_ index: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(buffer.baseAddress + index * superBlocks * kernels.superBlockBytes)
  }

  private func pack(from source: UnsafeRawPointer, on pool: WorkerPool) {
    let blocks = columns / kernels.block.columns
    let rowDistance = blocks * kernels.block.bytes
    nonisolated(unsafe) let source = source
    pool.run { worker, workers in
      for index in share(count * panelCount, unit: 1, worker: worker, of: workers) {
        let (matrix, first) = (index / panelCount, index % panelCount * lanes)
        kernels.pack(
          source + (matrix * rows + first) * rowDistance, rowDistance, min(lanes, rows - first),
          blocks, UnsafeMutableRawPointer(mutating: panel(index)))
      }
    }
  }
}
