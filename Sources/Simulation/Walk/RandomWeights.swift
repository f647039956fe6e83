import KernelAlgorithms
public import Kernels
import Tensors

/// Random valid weights for a layout, any range of them at any time, at the speed of copying.
///
/// A pool of some MiB of random units (a super-block of a panel, a block, a float) is made for each type;
/// what is written are runs of it, each from another place, so that no stretch of a file looks like another
/// to a file system that compresses or deduplicates, and so that the weights of any row can be told.
public final class RandomWeights: Sendable {
  private let layout: WalkLayout
  private let pools: [Key: RandomUnits]
  private let seed: UInt64
  private let table: KernelTable

  private struct Key: Hashable {
    let type: ElementType
    let isPanel: Bool
  }

  /// Weights for the tensors of `layout`.
  ///
  /// Errors: no memory. Cost: some MiB a type are made and packed.
  public init(_ layout: WalkLayout, seed: UInt64, table: KernelTable) throws(SimulationError) {
    var pools: [Key: RandomUnits] = [:]
    for tensor in layout.tensors {
      let key = Key(type: tensor.type, isPanel: tensor.form == .panels)
      guard pools[key] == nil else { continue }
      pools[key] = try RandomUnits(
        tensor.type, seed: seed &+ UInt64(pools.count),
        kernels: key.isPanel
          ? table.kernels(for: tensor.type) : nil, lanes: table.quantised.lanes)
    }
    (self.layout, self.pools, self.seed, self.table) = (layout, pools, seed, table)
  }

  /// Writes the bytes of `range` of the layout into `buffer`, which is as long; zeros between tensors.
  ///
  /// May be called by several threads at a time.
  public func fill(_ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) {
    guard let base = buffer.baseAddress else { return }
    var position = range.lowerBound
    for (index, tensor) in layout.tensors.enumerated() {
      let part = range.clamped(to: tensor.offset..<tensor.offset + tensor.byteCount)
      guard !part.isEmpty, let pool = pools[key(tensor)] else { continue }
      if part.lowerBound > position {
        (base + (position - range.lowerBound)).initializeMemory(
          as: UInt8.self, repeating: 0, count: part.lowerBound - position)
      }
      pool.copy(
        part.lowerBound - tensor.offset..<part.upperBound - tensor.offset, of: stream(index),
        into: base + (part.lowerBound - range.lowerBound))
      position = part.upperBound
    }
    if position < range.upperBound {
      (base + (position - range.lowerBound)).initializeMemory(
        as: UInt8.self, repeating: 0, count: range.upperBound - position)
    }
  }

  /// The weights of a row of a tensor that is stored as panels; nil for any other.
  func row(_ row: Int, matrix: Int, of index: Int) -> [Float]? {
    let tensor = layout.tensors[index]
    guard tensor.form == .panels, let pool = pools[key(tensor)],
      let shape = PanelShape(
        tensor.type, rows: tensor.rows, columns: tensor.columns, table: table)
    else { return nil }
    let panel = matrix * shape.count + row / shape.rows
    let weights = (0..<shape.superBlocks).flatMap { superBlock in
      pool.weights(
        ofUnit: panel * shape.superBlocks + superBlock, lane: row % shape.rows, of: stream(index))
    }
    return Array(weights.prefix(tensor.columns))
  }

  private func key(_ tensor: WalkTensor) -> Key {
    Key(type: tensor.type, isPanel: tensor.form == .panels)
  }

  /// Where a tensor's runs are drawn from.
  private func stream(_ index: Int) -> UInt64 { seed &+ UInt64(index) << 40 }
}

/// Random units of one type, and any long stream of them.
private struct RandomUnits: Sendable {
  /// Bytes of the pool, about.
  private static let poolBytes = 4 << 20
  /// Bytes of a run, about.
  private static let runBytes = 64 << 10

  private let unitBytes: Int
  private let units: Int
  private let run: Int
  private let bytes: AlignedBuffer
  /// The blocks that panels were packed from, [row][super-block], and their kernels.
  private let blocks: AlignedBuffer?
  private let kernels: FormatKernels?

  init(
    _ type: ElementType, seed: UInt64, kernels: FormatKernels?, lanes: Int
  ) throws(SimulationError) {
    self.kernels = kernels
    unitBytes = kernels?.superBlockBytes ?? type.block.bytes
    units = Self.poolBytes / unitBytes
    run = max(Self.runBytes / unitBytes, 1)
    do throws(StorageError) {
      bytes = try AlignedBuffer(byteCount: units * unitBytes, pages: .huge)
      guard let kernels else {
        blocks = nil
        bytes.fill(seed: seed, as: type)
        return
      }
      let rowBlocks = units * kernels.superBlockColumns / kernels.block.columns
      let rowBytes = rowBlocks * kernels.block.bytes
      let source = try AlignedBuffer(byteCount: lanes * rowBytes, pages: .huge)
      source.fill(seed: seed, as: type)
      kernels.pack(source.baseAddress, rowBytes, lanes, rowBlocks, bytes.baseAddress)
      blocks = source
    } catch { throw SimulationError(error) }
  }

  /// Which unit of the pool stands at place `index` of a stream.
  private func unit(_ index: Int, of stream: UInt64) -> Int {
    var generator = SplitMix64(seed: stream, position: UInt64(index / run))
    let first = generator.next().multipliedFullWidth(by: UInt64(units - run)).high
    return Int(first) + index % run
  }

  /// Bytes `range` of a stream.
  func copy(
    _ range: Range<Int>, of stream: UInt64, into target: UnsafeMutableRawPointer
  ) {
    let runBytes = run * unitBytes
    var position = range.lowerBound
    while position < range.upperBound {
      let (index, inside) = position.quotientAndRemainder(dividingBy: runBytes)
      let count = min(runBytes - inside, range.upperBound - position)
      (target + (position - range.lowerBound)).copyMemory(
        from: bytes.baseAddress + unit(index * run, of: stream) * unitBytes + inside,
        byteCount: count)
      position += count
    }
  }

  /// The weights of one row of super-block `index` of a stream of panels.
  func weights(ofUnit index: Int, lane: Int, of stream: UInt64) -> [Float] {
    guard let kernels, let blocks else { return [] }
    let count = kernels.superBlockColumns / kernels.block.columns
    let start = (lane * units + unit(index, of: stream)) * count * kernels.block.bytes
    var weights = [Float](repeating: .nan, count: kernels.superBlockColumns)
    kernels.dequantise(blocks.baseAddress + start, count, &weights)
    return weights
  }
}
