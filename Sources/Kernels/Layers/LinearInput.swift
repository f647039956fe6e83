import Tensors

/// What some linear layers take in: rows of f32, quantised as the weights want them, once.
///
/// Rows may come in groups, one for each expert. One value serves one call at a time; its buffers
/// are kept. `@unchecked Sendable`: used by the thread that calls, which divides the work itself.
public final class LinearInput: @unchecked Sendable {
  private let table: KernelTable
  private let multiply: MatrixMultiply
  private let narrow = QuantisedActivations()
  private let wide = QuantisedActivations()
  private var isNarrowReady = false
  private var isWideReady = false
  private var rows: Rows?
  private var gathered = KeptBuffer()

  /// The rows that are set.
  private struct Rows {
    let x: UnsafePointer<Float>
    let columns: Int
    let order: [Int]
    let groups: [Int]
    let isGathered: Bool
  }

  /// An input for weights that were packed with the kernels of `table`.
  public init(table: KernelTable, caches: CacheSizes = .ofThisMachine) {
    self.table = table
    multiply = MatrixMultiply(table: table, caches: caches)
  }

  /// One linear layer to run on the input.
  public struct Product {
    let weights: WeightMatrix
    let matrix: Int
    let group: Int
    let y: UnsafeMutablePointer<Float>

    /// y = matrix `matrix` of `weights` times the rows of `group`: [row][output], without gaps.
    public init(
      _ weights: WeightMatrix, matrix: Int = 0, group: Int = 0,
      into y: UnsafeMutablePointer<Float>
    ) {
      (self.weights, self.matrix, self.group, self.y) = (weights, matrix, group, y)
    }
  }

  /// Takes `tokens` rows of `columns` floats without gaps, which stay as they are until the last `run`.
  public func set(_ x: UnsafePointer<Float>, tokens: Int, columns: Int) {
    rows = Rows(
      x: x, columns: columns, order: Array(0..<max(tokens, 0)), groups: [tokens], isGathered: true)
    (isNarrowReady, isWideReady) = (false, false)
  }

  /// Takes rows of x in `order`, the first `groups[0]` for one product, and so on.
  public func set(_ x: UnsafePointer<Float>, columns: Int, order: [Int], groups: [Int]) {
    rows = Rows(
      x: x, columns: columns, order: order, groups: groups,
      isGathered: order == Array(0..<order.count))
    (isNarrowReady, isWideReady) = (false, false)
  }

  /// Runs `products`, those with packed weights as one job; see `PackedProduct` and
  /// `MatrixMultiply.multiply` for cost and accuracy.
  ///
  /// Errors: weights of another length, an unknown matrix or group, groups that aren't all rows, or
  /// no memory; some of the products may have been run by then.
  public func run(_ products: [Product], on pool: WorkerPool) throws(KernelError) {
    var packed: [PackedProduct] = []
    for product in products {
      switch product.weights.storage {
      case .packed(let weights):
        packed.append(
          try PackedProduct(
            weights, matrix: product.matrix, try quantised(for: weights, on: pool),
            group: product.group, into: product.y))
      case .plain(let operand): try run(product, operand, on: pool)
      }
    }
    PackedProduct.run(packed, on: pool)
  }

  private func quantised(
    for weights: PackedWeights, on pool: WorkerPool
  ) throws(KernelError) -> QuantisedActivations {
    let isWide = weights.kernels.isWide
    let activations = isWide ? wide : narrow
    guard let rows, isWide ? !isWideReady : !isNarrowReady else { return activations }
    try activations.quantise(
      rows.x, order: rows.order, groups: rows.groups, columns: rows.columns, for: weights.type,
      table: table, on: pool)
    if isWide { isWideReady = true } else { isNarrowReady = true }
    return activations
  }

  private func run(
    _ product: Product, _ operand: MatrixOperand, on pool: WorkerPool
  ) throws(KernelError) {
    let weights = product.weights
    guard let rows, rows.columns == weights.columns, (0..<weights.count).contains(product.matrix),
      rows.groups.indices.contains(product.group), rows.groups.allSatisfy({ $0 >= 0 }),
      rows.groups.reduce(0, +) == rows.order.count
    else {
      throw KernelError(
        description: "matrix \(product.matrix) of \(weights.count) with \(weights.columns) columns "
          + "cannot be multiplied by group \(product.group) of \(self.rows?.groups ?? []) rows of "
          + "\(self.rows?.columns ?? 0) activations")
    }
    let first = rows.groups[..<product.group].reduce(0, +)
    let x = try gather(rows) + first * rows.columns
    try multiply.multiply(
      MatrixOperand(x, type: .f32), weights.plain(operand, index: product.matrix),
      transposed: true, into: product.y, m: rows.groups[product.group], n: weights.rows,
      k: rows.columns, on: pool)
  }

  /// The rows in their order, without gaps.
  private func gather(_ rows: Rows) throws(KernelError) -> UnsafePointer<Float> {
    if rows.isGathered { return rows.x }
    let bytes = rows.order.count * rows.columns * MemoryLayout<Float>.stride
    let buffer: AlignedBuffer
    do { buffer = try gathered.room(byteCount: bytes) } catch {
      throw KernelError(description: "no memory for gathered activations: \(error)")
    }
    for (index, row) in rows.order.enumerated() {
      (buffer.floats + index * rows.columns).update(
        from: rows.x + row * rows.columns, count: rows.columns)
    }
    return UnsafePointer(buffer.floats)
  }
}
