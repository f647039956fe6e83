import KernelReference
import Kernels
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Holds results of a walk against Double arithmetic over weights that are told another way: by the
/// generator where they were generated, else by unpacking a file's own rows.
public struct WalkCheck {
  /// What was found.
  public struct Outcome: Sendable, Equatable {
    /// Results that were compared.
    public internal(set) var compared = 0
    /// The largest error as a share of what is allowed.
    public internal(set) var worst = 0.0
    /// Where the first result was out of bounds, nil for none.
    public internal(set) var failure: String?
  }

  let layout: WalkLayout
  /// Nil where nothing was generated.
  let weights: RandomWeights?
  /// The vector that all products take in.
  let input: UnsafePointer<Float>

  /// Rows of a part that are compared: the first, the last and one between.
  private static func rows(of part: WalkPart) -> Set<Int> {
    let rows = part.rows
    return [rows.lowerBound, (rows.lowerBound + rows.upperBound) / 2, rows.upperBound - 1]
  }

  /// Compares some rows of `part`, whose bytes lie at `bytes` and whose results at `y`.
  ///
  /// Bound: for floats that of `Reference.dot`; for blocks, where activations are rounded to eight bits,
  /// half a step of theirs for each weight, max|x| ÷ 254 ≤ 1 ÷ 254, and eight times f32's roundings, since
  /// formats with minima have terms larger than their weights.
  func compare(
    _ part: WalkPart, _ bytes: UnsafeRawPointer, _ y: UnsafePointer<Float>,
    into outcome: inout Outcome
  ) {
    let tensor = layout.tensors[part.tensor]
    for row in Self.rows(of: part) {
      guard let weights = exact(row, part, tensor, bytes) else { continue }
      let exact = Reference.dot(weights, input, count: tensor.columns, stride: 1)
      let rounding = weights.reduce(0.0) { $0 + abs(Double($1)) } / 254
      let bound = tensor.form == .floats ? exact.bound : rounding + 8 * exact.bound
      let error = abs(Double(y[row - part.rows.lowerBound]) - exact.value)
      outcome.compared += 1
      outcome.worst = max(outcome.worst, error / max(bound, .leastNormalMagnitude))
      // Not a number is out of bounds too.
      if !(error <= bound), outcome.failure == nil {
        outcome.failure =
          "\(tensor.name), row \(row): \(y[row - part.rows.lowerBound]) where \(exact.value) was due"
      }
    }
  }

  /// Compares the bytes of `range`, which lie at `bytes`, with those that were generated, where any were.
  func compare(
    _ range: Range<Int>, _ bytes: UnsafeRawPointer, into outcome: inout Outcome
  ) throws(SimulationError) {
    guard let weights else { return }
    let due: AlignedBuffer
    do throws(StorageError) { due = try AlignedBuffer(byteCount: range.count, pages: .huge) } catch
    {
      throw SimulationError(error)
    }
    weights.fill(range, UnsafeMutableRawBufferPointer(start: due.baseAddress, count: range.count))
    outcome.compared += 1
    guard memcmp(due.baseAddress, bytes, range.count) != 0 else { return }
    (outcome.worst, outcome.failure) = (
      .infinity, outcome.failure ?? "bytes \(range) of the weights are not those that were written"
    )
  }

  private func exact(
    _ row: Int, _ part: WalkPart, _ tensor: WalkTensor, _ bytes: UnsafeRawPointer
  ) -> [Float]? {
    let start = bytes + (row - part.rows.lowerBound) * (tensor.matrixBytes / tensor.rows)
    let columns = tensor.columns
    switch (tensor.form, tensor.type) {
    case (.panels, _): return weights?.row(row, matrix: part.matrix, of: part.tensor)
    case (.blocks, _):
      guard let kernels = KernelTable.named(.baseline)?.kernels(for: tensor.type) else {
        return nil
      }
      var values = [Float](repeating: .nan, count: columns)
      kernels.dequantise(start, columns / tensor.type.block.elements, &values)
      return values
    case (.floats, .f32):
      return (0..<columns).map { start.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    case (.floats, let type):
      return (0..<columns).map {
        let bits = start.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)
        return type == .f16 ? Reference.value(half: bits) : Reference.value(brain: bits)
      }
    case (.bytes, _): return nil
    }
  }
}
