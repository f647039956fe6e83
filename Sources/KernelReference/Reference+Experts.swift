#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// An exact-enough result and how far roundings scatter results around it.
  ///
  /// Worst-case bounds multiply through two layers until they allow anything. Roundings of many
  /// numbers are as good as independent, so that their variances add up. Results may be eight
  /// standard deviations off: by Hoeffding's inequality for roundings within half a step, whose
  /// variance is step² ÷ 12, a right one is with probability ≤ 2 · e^(−8² ÷ 6) < 5 · 10⁻⁵, and with
  /// the nearly normal sum of many 10⁻¹⁵. Source: Higham and Mary, "A new approach to
  /// probabilistic rounding error analysis", 2019; Hoeffding, 1963.
  public struct Spread: Sendable, Equatable {
    /// The result in Double arithmetic.
    public var value: Double
    /// The variance of its error.
    public var variance: Double

    /// Memberwise.
    public init(value: Double, variance: Double) {
      (self.value, self.variance) = (value, variance)
    }
  }

  /// down · (silu(gate · x) ⊙ (up · x)), silu(z) = z ÷ (1 + e^−z), and the scatter of its roundings.
  ///
  /// - Parameter isQuantised: whether activations may be rounded to bytes with a scale for each 256.
  ///
  /// With h = silu(g) · u: Var h = (1.1 · u)² Var g + silu(g)² Var u + (9 ε · h)², as silu's slope is
  /// below 1.1 and the gate's kernel may be off by 8 ε. What rows have in common (weights of some
  /// block formats are not zero on average) moves all of g and u alike: it is added up with its sign.
  public static func gatedUnits(
    _ x: [Spread], gate: [[Float]], up: [[Float]], down: [[Float]], isQuantised: Bool
  ) -> [Spread] {
    let input = rounded(x, isQuantised)
    let common = (common(gate, input), common(up, input))
    var slopes: [(gate: Double, up: Double)] = []
    let inner = zip(gate, up).map { gate, up in
      let g = product(gate, input, isQuantised)
      let u = product(up, input, isQuantised)
      let swish = g.value / (1 + exp(-g.value))
      let value = swish * u.value
      let share = 1 / (1 + exp(-g.value))
      slopes.append((share * (1 + g.value * (1 - share)) * u.value, swish))
      let own = 9 * 0x1p-24 * value
      return Spread(
        value: value,
        variance: 1.21 * u.value * u.value * g.variance + swish * swish * u.variance + own * own)
    }
    let rounded = rounded(inner, isQuantised)
    return down.map { row in
      var output = product(row, rounded, isQuantised)
      let pull = zip(row, slopes).reduce(into: (0.0, 0.0)) { sum, pair in
        sum.0 += Double(pair.0) * pair.1.gate
        sum.1 += Double(pair.0) * pair.1.up
      }
      let shift = abs(pull.0) * common.0 + abs(pull.1) * common.1
      output.variance += shift * shift
      return output
    }
  }

  /// The deviation of the mean of all rows' products with x.
  private static func common(_ rows: [[Float]], _ x: [Spread]) -> Double {
    var sums = [Double](repeating: 0, count: x.count)
    for row in rows { for (index, weight) in row.enumerated() { sums[index] += Double(weight) } }
    let count = Double(max(rows.count, 1))
    return zip(sums, x).reduce(0) { $0 + ($1.0 / count) * ($1.0 / count) * $1.1.variance }
      .squareRoot()
  }

  /// x with the variance of rounding to bytes: step² ÷ 12, the step max|x| ÷ 127 of 256 numbers.
  private static func rounded(_ x: [Spread], _ isQuantised: Bool) -> [Spread] {
    guard isQuantised else { return x }
    return stride(from: 0, to: x.count, by: 256).flatMap { start in
      let block = x[start..<min(start + 256, x.count)]
      let step = block.reduce(0) { max($0, abs($1.value)) } / 127
      return block.map { Spread(value: $0.value, variance: $0.variance + step * step / 12) }
    }
  }

  /// Σ w · x; f32's own roundings scatter by √n · ε · Σ|w||x|, in blocks eight times as much (a minimum
  /// is subtracted from terms that are that much larger).
  private static func product(_ w: [Float], _ x: [Spread], _ isQuantised: Bool) -> Spread {
    var (sum, magnitude, variance) = (0.0, 0.0, 0.0)
    for (w, x) in zip(w, x) {
      let w = Double(w)
      sum += w * x.value
      magnitude += abs(w * x.value)
      variance += w * w * x.variance
    }
    let own = Double(w.count + 2).squareRoot() * 0x1p-24 * magnitude * (isQuantised ? 8 : 1)
    return Spread(value: sum, variance: variance + own * own)
  }
}
