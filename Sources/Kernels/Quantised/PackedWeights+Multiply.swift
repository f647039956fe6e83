import KernelAlgorithms

extension PackedWeights {
  /// y[token][row] = Σ w[row][column] · x[token][column] for all tokens of `x`; rows of y are
  /// `distance` floats apart. y overlaps nothing else.
  ///
  /// Errors: activations of another length, or quantised for another kind of format.
  /// Cost: 2 · rows · columns · tokens operations; `byteCount` bytes read once for up to
  /// `tokenTile` tokens. Accuracy: |error| ≤ Σ|w|·s/2 + γ(columns/32 + 4) · Σ|w||x|, s the
  /// activations' scales, γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴: sums within a block are exact.
  public func multiply(
    _ x: QuantisedActivations, into y: UnsafeMutablePointer<Float>, distance: Int? = nil,
    on pool: WorkerPool
  ) throws(KernelError) {
    guard x.columns == columns, x.isWide == kernels.isWide else {
      throw KernelError(
        description: "\(type.rawValue) weights of \(columns) columns cannot be multiplied by "
          + "\(x.columns) activations quantised for \(x.isWide ? "256" : "32") columns a scale")
    }
    guard x.tokens > 0, let records = x.records else { return }
    nonisolated(unsafe) let (y, from) = (y, records)
    let tokens = x.tokens
    pool.run { worker, workers in
      multiplyPanels(
        share(panelCount, unit: 1, worker: worker, of: workers), from, tokens: tokens, y,
        distance ?? rows)
    }
  }

  /// Tokens that are multiplied at a time: their sums stay in the first-level cache.
  static let tokenTile = 32

  /// Products with a range of panels, on the calling thread.
  func multiplyPanels(
    _ panels: Range<Int>, _ records: UnsafeRawPointer, tokens: Int,
    _ y: UnsafeMutablePointer<Float>, _ distance: Int
  ) {
    let tile = min(tokens, Self.tokenTile)
    let bytes = tile * lanes * MemoryLayout<Float>.stride
    withUnsafeTemporaryAllocation(byteCount: 2 * bytes, alignment: 64) { room in
      guard let room = room.baseAddress else { return }
      let out = room.assumingMemoryBound(to: Float.self)
      for index in panels {
        for first in stride(from: 0, to: tokens, by: tile) {
          let count = min(tile, tokens - first)
          kernels.multiply(
            panel(index), superBlocks, records + first * kernels.recordBytes,
            tokens * kernels.recordBytes, count, out, room + bytes)
          store(out, tokens: count, panel: index, into: y + first * distance, distance)
        }
      }
    }
  }

  /// Copies the rows that exist of a panel's results to where they belong.
  private func store(
    _ out: UnsafePointer<Float>, tokens: Int, panel index: Int,
    into y: UnsafeMutablePointer<Float>, _ distance: Int
  ) {
    let first = index * lanes
    for token in 0..<tokens {
      (y + token * distance + first).update(
        from: out + token * lanes, count: min(lanes, rows - first))
    }
  }
}
