import KernelAlgorithms
import Synchronization

/// One product of packed weights with a group of tokens: y[token][row] = Σ w[row][column] · x[token][column].
///
/// Several products run as one job, so that few rows each (a layer's queries, keys and values; the
/// experts that a token uses) still keep all threads busy, with one barrier.
public struct PackedProduct: @unchecked Sendable {
  let weights: PackedWeights
  let matrix: Int
  let records: UnsafeRawPointer
  let tokens: Int
  let y: UnsafeMutablePointer<Float>
  let distance: Int

  /// Matrix `matrix` of `weights` times group `group` of `x`, into y, whose rows are `distance`
  /// floats apart (without gaps by default) and overlap nothing else.
  ///
  /// Errors: activations of another length, or quantised for another kind of format, an unknown
  /// matrix or group, or rows of y that overlap.
  public init(
    _ weights: PackedWeights, matrix: Int = 0, _ x: QuantisedActivations, group: Int = 0,
    into y: UnsafeMutablePointer<Float>, distance: Int? = nil
  ) throws(KernelError) {
    guard x.columns == weights.columns, x.isWide == weights.kernels.isWide,
      (0..<weights.count).contains(matrix), (0..<x.starts.count - 1).contains(group),
      let records = x.records(group), distance ?? weights.rows >= weights.rows
    else {
      throw KernelError(
        description: "matrix \(matrix) of \(weights.count) \(weights.type.rawValue) ones of "
          + "\(weights.rows) × \(weights.columns) cannot be multiplied by group \(group) of "
          + "\(x.starts.count - 1) of \(x.columns) activations quantised for "
          + "\(x.isWide ? "256" : "32") columns a scale, into rows \(distance ?? weights.rows) apart"
      )
    }
    (self.weights, self.matrix, self.records) = (weights, matrix, records)
    (tokens, self.y, self.distance) = (x.tokens(group), y, distance ?? weights.rows)
  }

  /// Runs all `products`, which write to different places.
  ///
  /// Cost: 2 · rows · columns · tokens operations each; the weights are read once for up to 32
  /// tokens. Accuracy: |error| ≤ Σ|w|·s/2 + γ(columns/32 + 4) · Σ|w||x|, s the activations'
  /// scales, γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴: sums within a block are exact.
  public static func run(_ products: [PackedProduct], on pool: WorkerPool) {
    let starts = products.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.cost) }
    let total = starts[products.count]
    guard total > 0 else { return }
    let shares = pool.threadCount > 1 ? pool.threadCount * sharesOfThread : 1
    let taken = Atomic<Int>(0)
    pool.run { _, _ in
      while true {
        let share = taken.add(1, ordering: .relaxed).oldValue
        guard share < shares else { return }
        for (product, start) in zip(products, starts) where product.tokens > 0 {
          // A panel belongs to the share of the cost in which it begins.
          func first(_ share: Int) -> Int {
            let due = (share * total + shares - 1) / shares - start
            let panel = (due + product.panelCost - 1) / product.panelCost
            return min(max(panel, 0), product.weights.panelCount)
          }
          product.multiply(panels: first(share)..<first(share + 1))
        }
      }
    }
  }

  /// Shares of the work for each thread, taken by whoever is free: a thread that its CPU was taken from
  /// for a while, or that memory answers slower, leaves more to the others.
  private static let sharesOfThread = 8

  /// What a panel costs, in any unit: reading it weighs about as much as a token or two.
  private var panelCost: Int {
    weights.superBlocks * weights.kernels.superBlockBytes * (tokens + 2)
  }

  private var cost: Int { tokens > 0 ? weights.panelCount * panelCost : 0 }

  /// Tokens that are multiplied at a time: their sums stay in the first-level cache.
  private static let tokenTile = 32

  private func multiply(panels: Range<Int>) {
    guard !panels.isEmpty else { return }
    guard tokens > 1 else { return multiplyOne(panels: panels) }
    let (kernels, lanes) = (weights.kernels, weights.lanes)
    let tile = min(tokens, Self.tokenTile)
    let bytes = tile * lanes * MemoryLayout<Float>.stride
    withUnsafeTemporaryAllocation(byteCount: 2 * bytes, alignment: 64) { room in
      guard let room = room.baseAddress else { return }
      let out = room.assumingMemoryBound(to: Float.self)
      for index in panels {
        let panel = weights.panel(matrix * weights.panelCount + index)
        for first in stride(from: 0, to: tokens, by: tile) {
          let count = min(tile, tokens - first)
          kernels.multiply(
            panel, weights.superBlocks, records + first * kernels.recordBytes,
            tokens * kernels.recordBytes, count, out, room + bytes)
          store(out, tokens: count, panel: index, into: y + first * distance)
        }
      }
    }
  }

  /// One token: two panels at a time, half of the range apart.
  private func multiplyOne(panels: Range<Int>) {
    let (kernels, lanes) = (weights.kernels, weights.lanes)
    let (first, half) = (matrix * weights.panelCount, panels.count / 2)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * lanes) { out in
      guard let out = out.baseAddress else { return }
      for index in panels.lowerBound..<panels.lowerBound + half {
        kernels.multiplyPair(
          weights.panel(first + index), weights.panel(first + index + half), weights.superBlocks,
          records, kernels.recordBytes, out)
        store(out, tokens: 1, panel: index, into: y)
        store(out + lanes, tokens: 1, panel: index + half, into: y)
      }
      guard !panels.count.isMultiple(of: 2) else { return }
      let last = panels.upperBound - 1
      kernels.multiply(
        weights.panel(first + last), weights.superBlocks, records, kernels.recordBytes, 1, out,
        out + 2 * lanes)
      store(out, tokens: 1, panel: last, into: y)
    }
  }

  /// Copies the rows that exist of a panel's results to where they belong.
  private func store(
    _ out: UnsafePointer<Float>, tokens: Int, panel index: Int, into y: UnsafeMutablePointer<Float>
  ) {
    let (lanes, first) = (weights.lanes, index * weights.lanes)
    for token in 0..<tokens {
      (y + token * distance + first).update(
        from: out + token * lanes, count: min(lanes, weights.rows - first))
    }
  }
}

extension PackedWeights {
  /// y[token][row] = Σ w[row][column] · x[token][column] with the first matrix and group; see
  /// `PackedProduct`.
  public func multiply(
    _ x: QuantisedActivations, into y: UnsafeMutablePointer<Float>, distance: Int? = nil,
    on pool: WorkerPool
  ) throws(KernelError) {
    PackedProduct.run([try PackedProduct(self, x, into: y, distance: distance)], on: pool)
  }
}
