import Harness
import KernelReference
import Kernels
import Tensors

/// A matrix of weights as a model stores it: `rows` rows of `columns` elements of any type.
struct StoredWeights {
  let type: ElementType
  let rows: Int
  let columns: Int
  let buffer: AlignedBuffer

  /// The types that kernels multiply by, as in `--param type=Q4_K`.
  static func axis(_ types: [ElementType], usual: ElementType = .f32) -> Axis {
    Axis(
      "type", "how the weights are stored", .choice(types.map(word)), usual: [.word(word(usual))])
  }

  /// All but whole numbers.
  static let types: [ElementType] = [
    .f32, .f16, .bf16, .q8_0, .q4_0, .q4K, .q5K, .q6K, .mxfp4,
  ]

  private static func word(_ type: ElementType) -> String {
    type.isBlock ? type.rawValue : "\(type)"
  }

  /// The type that a row's parameters name.
  static func type(_ parameters: Parameters) -> ElementType {
    let name = parameters.word("type").lowercased()
    return ElementType.allCases.first { $0.rawValue.lowercased() == name } ?? .f32
  }

  /// Weights of magnitude ½ to 1, or in blocks of random scales and numbers.
  init(_ type: ElementType, rows: Int, columns: Int, seed: UInt64) throws(WorkloadError) {
    (self.type, self.rows, self.columns) = (type, rows, columns)
    buffer = try memory(bytes: try Self.bytes(type, rows: rows, columns: columns))
    buffer.fill(seed: seed, as: type)
  }

  /// What they take.
  ///
  /// Errors: `.usage` for a row that is not whole blocks.
  static func bytes(_ type: ElementType, rows: Int, columns: Int) throws(WorkloadError) -> Int {
    guard columns.isMultiple(of: type.block.elements) else {
      throw WorkloadError(
        .usage,
        "a row of \(type.rawValue) is whole blocks of \(type.block.elements), not \(columns)")
    }
    return try footprint([rows, columns / type.block.elements, type.block.bytes])
  }

  /// Bytes from row to row.
  var stride: Int { columns / type.block.elements * type.block.bytes }

  /// Row `index` in single precision, exactly.
  ///
  /// Blocks are read by the dequantising loops that golden vectors of ggml's own are held to.
  func row(_ index: Int) -> [Float] {
    let start = UnsafeRawPointer(buffer.baseAddress + index * stride)
    switch type {
    case .f32: return values(start, Float.self) { $0 }
    case .f16: return values(start, UInt16.self, Reference.value(half:))
    case .bf16: return values(start, UInt16.self, Reference.value(brain:))
    default:
      var row = [Float](repeating: .nan, count: columns)
      let blocks = columns / type.block.elements
      KernelTable.named(.baseline)?.kernels(for: type)?.dequantise(start, blocks, &row)
      return row
    }
  }

  /// Calls `body` with all rows in single precision, one after the other.
  func withFloats(_ body: (UnsafePointer<Float>) -> Void) {
    if type == .f32 { return body(buffer.floats) }
    let all = (0..<rows).flatMap(row)
    all.withUnsafeBufferPointer { all in
      if let start = all.baseAddress { body(start) }
    }
  }

  private func values<Element: BitwiseCopyable>(
    _ start: UnsafeRawPointer, _ type: Element.Type, _ value: (Element) -> Float
  ) -> [Float] {
    (0..<columns).map {
      value(start.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: type))
    }
  }

  /// The ceilings of a product with `tokens` rows of activations that moves `bytes`.
  static func limits(
    _ type: ElementType, flop: Double, bytes: Int
  ) -> [(CostCard.CeilingName, Double)] {
    [(type.isBlock ? .dotI8 : .fmaF32, flop), (.readBandwidth, Double(bytes))]
  }

  /// Compares one result with Σ w · x, both of `columns` elements.
  ///
  /// Types of float: as in `Reference.dot`. Blocks, where runtimes round activations to eight bits: half
  /// a step of theirs, max|x|/254 ≤ 1/254, for each weight, and f32's roundings of sums whose terms are
  /// up to eight times as large as the weights (Q4_K and Q5_K subtract a minimum).
  func compare(
    _ found: Float, row: [Float], _ x: UnsafePointer<Float>, place: String, into check: inout Check
  ) {
    let exact = row.withUnsafeBufferPointer { row in
      row.baseAddress.map { Reference.dot($0, x, count: columns, stride: 1) }
    }
    guard let exact else { return }
    let rounding = row.reduce(0.0) { $0 + abs(Double($1)) } / 254
    let bound = type.isBlock ? rounding + 8 * exact.bound : exact.bound
    check.compare(Double(found), with: exact.value, bound: bound, place: place)
  }
}

extension ElementType {
  /// Whether several elements share a block.
  var isBlock: Bool { block.elements > 1 }
}

/// y = W · x for one row of x or several, W repacked once where it comes in blocks.
struct WeightProduct {
  private let packed: PackedWeights
  private let activations = QuantisedActivations()
  private let table: KernelTable
  private let pool: WorkerPool

  /// Repacks `weights`.
  init(
    _ weights: StoredWeights, table: KernelTable, on pool: WorkerPool
  ) throws(ProviderError) {
    (self.table, self.pool) = (table, pool)
    do throws(KernelError) {
      packed = try PackedWeights(
        weights.buffer.baseAddress, type: weights.type, rows: weights.rows,
        columns: weights.columns, table: table, on: pool)
    } catch { throw ProviderError(error) }
  }

  /// Quantises `tokens` rows of x and multiplies, as a runtime does for each layer.
  func run(
    _ x: UnsafePointer<Float>, tokens: Int, into y: UnsafeMutablePointer<Float>
  ) throws(KernelError) {
    try activations.quantise(
      x, tokens: tokens, columns: packed.columns, for: packed.type, table: table, on: pool)
    try packed.multiply(activations, into: y, on: pool)
  }
}
