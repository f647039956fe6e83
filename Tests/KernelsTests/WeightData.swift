import KernelReference
import Tensors
import Testing

@testable import Kernels

/// Matrices of a seed's weights in any type that layers take, and what they are.
struct WeightData {
  let matrix: WeightMatrix
  /// [matrix][row][column].
  let values: [Float]
  private let source: AlignedBuffer

  init(
    _ type: ElementType, count: Int = 1, rows: Int, columns: Int, seed: UInt64,
    table: KernelTable, on pool: WorkerPool
  ) throws {
    let bytes = try #require(type.bytes(shape: [columns, rows, count]))
    source = try AlignedBuffer(byteCount: bytes, pages: .small)
    source.fill(seed: seed, as: type)
    matrix = try WeightMatrix(
      source.baseAddress, type: type, count: count, rows: rows, columns: columns, table: table,
      on: pool)
    values = try Self.values(source.baseAddress, type, count * rows * columns, table)
  }

  private static func values(
    _ source: UnsafeRawPointer, _ type: ElementType, _ count: Int, _ table: KernelTable
  ) throws -> [Float] {
    func halves(_ value: (UInt16) -> Float) -> [Float] {
      (0..<count).map { value(source.load(fromByteOffset: 2 * $0, as: UInt16.self)) }
    }
    switch type {
    case .f32:
      return (0..<count).map { source.load(fromByteOffset: 4 * $0, as: Float.self) }
    case .f16: return halves(Reference.value(half:))
    case .bf16: return halves(Reference.value(brain:))
    default:
      let kernels = try #require(table.kernels(for: type))
      var all = [Float](repeating: 0, count: count)
      kernels.dequantise(source, count / kernels.block.columns, &all)
      return all
    }
  }

  /// Matrix `index` alone.
  func values(_ index: Int) -> [Float] {
    let size = matrix.rows * matrix.columns
    return Array(values[index * size..<(index + 1) * size])
  }

  /// Columns of activations that share a scale in products with these weights; nil for none.
  var scaleColumns: Int? {
    KernelTable.named(.baseline)?.kernels(for: matrix.type).map { $0.isWide ? 256 : 32 }
  }
}
