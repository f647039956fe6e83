public import Tensors

/// Weights of a linear layer, [output][input], or of the experts of one, [expert][output][input].
///
/// Block formats are repacked; floats stay where they are.
public struct WeightMatrix: Sendable {
  /// How the weights are held.
  enum Storage: Sendable {
    case packed(PackedWeights)
    case plain(MatrixOperand)
  }

  let storage: Storage
  /// How an element is stored.
  public let type: ElementType
  /// Matrices of the same shape.
  public let count: Int
  /// Outputs.
  public let rows: Int
  /// Inputs.
  public let columns: Int

  /// Takes `count` matrices of `rows` × `columns` without gaps from `source`.
  ///
  /// Floats (F32, F16, BF16) are read there for as long as the value is used; block formats are
  /// repacked, and `source` is free again. Errors: another type, extents below 1
  /// or of more than 2⁴⁶ bytes, or no memory.
  public init(
    _ source: UnsafeRawPointer, type: ElementType, count: Int = 1, rows: Int, columns: Int,
    table: KernelTable, on pool: WorkerPool
  ) throws(KernelError) {
    (self.type, self.count, self.rows, self.columns) = (type, count, rows, columns)
    switch type {
    case .f32, .f16, .bf16:
      guard count > 0, rows > 0, columns > 0,
        let bytes = type.bytes(shape: [columns, rows, count]),
        bytes < 1 << 46
      else {
        throw KernelError(
          description:
            "weights need extents of 1 and more that fit memory, not \(count) × \(rows) × \(columns)"
        )
      }
      storage = .plain(MatrixOperand(source, type: type))
    default:
      storage = .packed(
        try PackedWeights(
          source, type: type, count: count, rows: rows, columns: columns, table: table, on: pool))
    }
  }

  /// Bytes that products with all matrices read.
  public var byteCount: Int {
    switch storage {
    case .packed(let weights): weights.byteCount
    case .plain: count * rows * columns * type.block.bytes
    }
  }

  /// Matrix `index` of plain weights.
  func plain(_ operand: MatrixOperand, index: Int) -> MatrixOperand {
    MatrixOperand(
      operand.address + index * rows * columns * type.block.bytes, type: type)
  }
}
