import KernelAlgorithms

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
    let starts = products.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.units) }
    guard starts[products.count] > 0 else { return }
    pool.run(parts: bounds(products, threads: pool.threadCount)) { range in
      for (product, start) in zip(products, starts) {
        let own = range.clamped(to: start..<start + product.units)
        if !own.isEmpty { product.multiply(units: own.lowerBound - start..<own.upperBound - start) }
      }
    }
  }

  /// Where, in units of all products, the threads' parts of equal cost begin and end.
  private static func bounds(_ products: [PackedProduct], threads: Int) -> [Int] {
    let total = products.reduce(0) { $0 + $1.units * $1.unitCost }
    var bounds: [Int] = []
    var (unit, cost, index) = (0, 0, 0)
    for thread in 0..<threads {
      let due = total * thread / threads
      while cost + products[index].units * products[index].unitCost <= due {
        unit += products[index].units
        cost += products[index].units * products[index].unitCost
        index += 1
      }
      bounds.append(unit + (due - cost) / products[index].unitCost)
    }
    return bounds + [products.reduce(0) { $0 + $1.units }]
  }

  /// What threads take: panels, or for one token pairs of panels.
  private var units: Int {
    switch tokens {
    case 0: 0
    case 1: (weights.panelCount + 1) / 2
    default: weights.panelCount
    }
  }

  /// What a unit costs, in any unit of its own: reading a panel weighs about as much as a token or two.
  private var unitCost: Int {
    weights.superBlocks * weights.kernels.superBlockBytes * (tokens == 1 ? 6 : tokens + 2)
  }

  /// Tokens that are multiplied at a time: their sums stay in the first-level cache.
  private static let tokenTile = 32

  private func multiply(units: Range<Int>) {
    guard tokens > 1 else { return multiplyOne(pairs: units) }
    let (kernels, lanes) = (weights.kernels, weights.lanes)
    let tile = min(tokens, Self.tokenTile)
    let bytes = tile * lanes * MemoryLayout<Float>.stride
    withUnsafeTemporaryAllocation(byteCount: 2 * bytes, alignment: 64) { room in
      guard let room = room.baseAddress else { return }
      let out = room.assumingMemoryBound(to: Float.self)
      for index in units {
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

  /// One token: pairs of panels, half of the matrix apart.
  private func multiplyOne(pairs: Range<Int>) {
    let (kernels, lanes) = (weights.kernels, weights.lanes)
    let (first, half) = (matrix * weights.panelCount, units)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 4 * lanes) { out in
      guard let out = out.baseAddress else { return }
      for index in pairs {
        let panel = weights.panel(first + index)
        if index + half < weights.panelCount {
          kernels.multiplyPair(
            panel, weights.panel(first + index + half), weights.superBlocks, records,
            kernels.recordBytes, out)
          store(out + lanes, tokens: 1, panel: index + half, into: y)
        } else {
          kernels.multiply(
            panel, weights.superBlocks, records, kernels.recordBytes, 1, out, out + 2 * lanes)
        }
        store(out, tokens: 1, panel: index, into: y)
      }
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
