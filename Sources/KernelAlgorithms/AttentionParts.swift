// Attention whose cells were divided: its parts become one result.
// Source: Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018.
extension InstructionSet {
  /// What maxima start from: finite, so that a score of −∞ weighs nothing against it.
  @inlinable @inline(__always)
  static var lowestMaximum: Float { -Float.greatestFiniteMagnitude }

  /// `part` += `other`, `rows` rows of `valueDim` values.
  @inlinable @inline(__always)
  public static func merge(
    _ part: AttentionPart, _ other: AttentionPart, rows: Int, valueDim: Int
  ) {
    for row in 0..<rows {
      let (m, n) = (part.maxima[row], other.maxima[row])
      let peak = m > n ? m : n
      let (own, others) = (powerOfTwo(m - peak), powerOfTwo(n - peak))
      part.maxima[row] = peak
      part.sums[row] = part.sums[row] * own + other.sums[row] * others
      let values = part.values + row &* valueDim
      let added = other.values + row &* valueDim
      for i in 0..<valueDim { values[i] = values[i] * own + added[i] * others }
    }
  }

  /// Writes the result of rows whose sums are complete: values ÷ weights, zeros where nothing
  /// weighs.
  @inlinable @inline(__always)
  public static func finish(
    _ call: AttentionCall, kvHead: Int, firstRow: Int, rows: Int, _ part: AttentionPart
  ) {
    for row in 0..<rows {
      let values = part.values + row &* call.valueDim
      let result = call.result(kvHead: kvHead, row: firstRow &+ row)
      let factor = inverse(part.sums[row])
      for i in 0..<call.valueDim { result[i] = values[i] * factor }
    }
  }

  /// 1 ÷ `sum`, zero for zero.
  @inlinable @inline(__always)
  static func inverse(_ sum: Float) -> Float { sum == 0 ? 0 : 1 / sum }

  /// 2ˣ of a single number.
  @inlinable @inline(__always)
  static func powerOfTwo(_ x: Float) -> Float {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes) { buffer in
      guard let floats = buffer.baseAddress else { return 0 }
      store(powerOfTwo(broadcast(x)), to: floats)
      return floats[0]
    }
  }
}
