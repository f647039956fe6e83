#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// Attention of one query of one head over the cells it sees, and how far f32 may be from it.
  ///
  /// - Parameters:
  ///   - keys, values: the rows of the cells that the query sees; none gives zeros.
  ///   - roundings: of each stored number on its way to f32: 1 for q8_0's product, else 0.
  ///
  /// The bound is the one stated at `Attention.attend`; a weight's error is that of its score, of
  /// the exponential (4 ε) and, with each further block, of a change of the maximum.
  public static func attention(
    _ query: [Float], keys: [[Float]], values: [[Float]], scale: Double, valueDim: Int
  ) -> [Bounded] {
    let none = [Bounded](repeating: Bounded(value: 0, bound: 0), count: valueDim)
    guard !keys.isEmpty else { return none }
    var (scores, reach): ([Double], Double) = ([], 0)
    for key in keys {
      var (sum, magnitude) = (0.0, 0.0)
      for (a, b) in zip(query, key) {
        sum += Double(a) * Double(b)
        magnitude += abs(Double(a) * Double(b))
      }
      scores.append(scale * sum)
      reach = max(reach, abs(scale) * magnitude)
    }
    let weights = softmax(scores)
    let (n, eps) = (Double(keys.count), 0x1p-24)
    func gamma(_ n: Double) -> Double { n * eps / (1 - n * eps) }
    let eta =
      gamma(Double(query.count + 5)) * reach + gamma(n + 3)
      + (n / 16 + 3) * (2 * reach + 8) * eps
    return (0..<valueDim).map { d in
      var (sum, magnitude, most) = (0.0, 0.0, 0.0)
      for (weight, value) in zip(weights, values) {
        sum += weight * Double(value[d])
        magnitude += weight * abs(Double(value[d]))
        most = max(most, abs(Double(value[d])))
      }
      let left = n * 0x1p-125 * most
      return Bounded(value: sum, bound: (exp(2 * eta) - 1) * magnitude + left)
    }
  }

  /// e^(x − max x) ÷ Σ e^(x − max x).
  public static func softmax(_ x: [Double]) -> [Double] {
    let peak = x.max() ?? 0
    let powers = x.map { exp($0 - peak) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
