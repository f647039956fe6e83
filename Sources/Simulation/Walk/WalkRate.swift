import Statistics

/// From what tokens took to tokens a second, also of a model of which a part was walked.
struct WalkRate {
  /// Seconds of each token.
  let seconds: [Double]
  /// Seconds of each layer of each token.
  let layerSeconds: [[Double]]
  /// Bytes that a token reads in each layer that was walked.
  let layerBytes: [Int]
  /// Bytes that a token would read in all other layers, and how many there are.
  let missing: (bytes: Int, layers: Int)

  /// Tokens a second: the median with its interval.
  ///
  /// Of a part: the time of what was walked, and for the other layers the mean time a byte of those walked;
  /// the interval is widened by what the mean of n layers and the sum of m others may be off,
  /// 1.96 · σ · √(m²/n + m), σ the deviation of layers' medians.
  var tokensPerSecond: Estimate? {
    guard let time = Sample(seconds).medianInterval, time.low > 0 else { return nil }
    guard missing.layers > 0 else {
      return Estimate(value: 1 / time.value, low: 1 / time.high, high: 1 / time.low)
    }
    let perByte = layerBytes.indices.compactMap { layer -> Double? in
      guard layerBytes[layer] > 0 else { return nil }
      return Sample(layerSeconds.map { $0[layer] }).median.map { $0 / Double(layerBytes[layer]) }
    }
    guard !perByte.isEmpty else { return nil }
    let (n, m) = (Double(perByte.count), Double(missing.layers))
    let mean = perByte.reduce(0, +) / n
    let variance = perByte.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n - 1, 1)
    let bytes = Double(missing.bytes)
    let added = mean * bytes
    let spread = 1.96 * variance.squareRoot() * (bytes / m) * (m * m / n + m).squareRoot()
    let fastest = max(time.low + added - spread, time.low)
    return Estimate(
      value: 1 / (time.value + added), low: 1 / (time.high + added + spread), high: 1 / fastest)
  }
}
