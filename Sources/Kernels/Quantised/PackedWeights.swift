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

/// How the panels of a matrix lie in memory: what whoever stores panels has to know of them.
public struct PanelShape: Sendable, Equatable {
  /// Rows of a panel: the lanes of a vector.
  public let rows: Int
  /// Panels of a matrix; the last one may be padded.
  public let count: Int
  /// Columns of a super-block; the last one of a panel may be padded.
  public let superBlockColumns: Int
  /// Super-blocks of a panel, one after the other and independent of each other.
  public let superBlocks: Int
  /// Bytes of a super-block.
  public let superBlockBytes: Int

  /// The panels of a matrix of `rows` × `columns`; nil for a type without kernels, an extent below
  /// 1, rows that are no whole number of blocks, or more bytes than 2⁴⁶.
  public init?(_ type: ElementType, rows: Int, columns: Int, table: KernelTable) {
    guard let kernels = table.kernels(for: type), rows > 0, columns > 0,
      columns.isMultiple(of: kernels.block.columns),
      let bytes = type.bytes(shape: [columns, rows]), bytes < 1 << 46
    else { return nil }
    self.rows = table.quantised.lanes
    count = (rows + self.rows - 1) / self.rows
    (superBlockColumns, superBlockBytes) = (kernels.superBlockColumns, kernels.superBlockBytes)
    superBlocks = (columns + superBlockColumns - 1) / superBlockColumns
  }

  /// Bytes of a panel.
  public var panelBytes: Int { superBlocks * superBlockBytes }
  /// Bytes of the matrix.
  public var byteCount: Int { count * panelBytes }
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
  /// Bytes that a product with all matrices reads.
  public let byteCount: Int
  private let start: UnsafeRawPointer
  /// Nil where somebody else holds the panels.
  private let buffer: AlignedBuffer?

  /// One matrix whose panels lie at `panels`, at any alignment, for as long as this is used.
  ///
  /// Errors: a shape that has no panels (`PanelShape`). Cost: nothing is read.
  public init(
    panels: UnsafeRawPointer, type: ElementType, rows: Int, columns: Int, table: KernelTable
  ) throws(KernelError) {
    guard let kernels = table.kernels(for: type),
      let shape = PanelShape(type, rows: rows, columns: columns, table: table)
    else {
      throw KernelError(
        description: "there are no panels of \(rows) × \(columns) \(type.rawValue) weights")
    }
    (self.type, count, self.rows, self.columns) = (type, 1, rows, columns)
    (self.kernels, lanes, superBlocks) = (kernels, shape.rows, shape.superBlocks)
    (start, byteCount, buffer) = (panels, shape.byteCount, nil)
  }

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
    byteCount = count * panels * superBlocks * kernels.superBlockBytes
    let buffer: AlignedBuffer
    do { buffer = try AlignedBuffer(byteCount: byteCount, pages: .huge) } catch {
      throw KernelError(description: "no memory for repacked weights: \(error)")
    }
    (start, self.buffer) = (UnsafeRawPointer(buffer.baseAddress), buffer)
    pack(from: source, into: buffer.baseAddress, on: pool)
  }

  /// Panels of a matrix.
  var panelCount: Int { (rows + lanes - 1) / lanes }

  /// Panel `index` of all matrices'.
  func panel(_ index: Int) -> UnsafeRawPointer {
    start + index * superBlocks * kernels.superBlockBytes
  }

  private func pack(
    from source: UnsafeRawPointer, into panels: UnsafeMutableRawPointer, on pool: WorkerPool
  ) {
    let blocks = columns / kernels.block.columns
    let rowDistance = blocks * kernels.block.bytes
    let panelBytes = superBlocks * kernels.superBlockBytes
    nonisolated(unsafe) let (source, panels) = (source, panels)
    pool.run { worker, workers in
      for index in share(count * panelCount, unit: 1, worker: worker, of: workers) {
        let (matrix, first) = (index / panelCount, index % panelCount * lanes)
        kernels.pack(
          source + (matrix * rows + first) * rowDistance, rowDistance, min(lanes, rows - first),
          blocks, panels + index * panelBytes)
      }
    }
  }
}
