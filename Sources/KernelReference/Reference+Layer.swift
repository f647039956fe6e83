#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Reference {
  /// n·ε ÷ (1 − n·ε), ε = 2⁻²⁴: how far n roundings can take an f32 result, relatively.
  public static func gamma(_ n: Double) -> Double { n * 0x1p-24 / (1 - n * 0x1p-24) }

  /// x · weight ÷ √(mean of squares + epsilon), with the bound stated at `rmsNorm` for vectors of
  /// `lanes` floats.
  public static func rmsNorm(
    _ x: [Float], weight: [Float], epsilon: Float, lanes: Int
  ) -> [Bounded] {
    let squares = x.reduce(0) { $0 + Double($1) * Double($1) }
    let root = (squares / Double(x.count) + Double(epsilon)).squareRoot()
    let relative = gamma(Double(x.count) / Double(8 * lanes) + Double(lanes + 8))
    return zip(x, weight).map { number, factor in
      let value = Double(number) / root * Double(factor)
      return Bounded(value: value, bound: relative * abs(value))
    }
  }

  /// The pair (a, b) turned by an angle.
  public static func rotate(
    _ a: Float, _ b: Float, cosine: Float, sine: Float
  ) -> (Bounded, Bounded) {
    func sum(_ first: Double, _ second: Double) -> Bounded {
      Bounded(value: first + second, bound: gamma(2) * (abs(first) + abs(second)))
    }
    let (a, b, cosine, sine) = (Double(a), Double(b), Double(cosine), Double(sine))
    return (sum(a * cosine, -b * sine), sum(a * sine, b * cosine))
  }

  /// x ÷ (1 + e⁻ˣ).
  public static func swish(_ x: Double) -> Double { x / (1 + exp(-x)) }

  /// swish(gate) · up of numbers that themselves are uncertain; swish's slope is at most 1.1.
  public static func gateSwish(_ gate: Bounded, _ up: Bounded) -> Bounded {
    let swished = swish(gate.value)
    let error = 1.1 * gate.bound
    let value = swished * up.value
    let propagated = error * (abs(up.value) + up.bound) + abs(swished) * up.bound
    return Bounded(
      value: value,
      bound: propagated + 8 * 0x1p-24 * (abs(value) + propagated)
        + 0x1p-120 * (abs(up.value) + up.bound))
  }

  /// `matrix` ([output][input]) times x, whose numbers are uncertain.
  ///
  /// - Parameter scaleColumns: columns that share a scale where x is rounded to signed bytes on the way,
  ///   which adds half a step; nil where it stays f32.
  public static func linear(
    _ matrix: [Float], _ x: [Bounded], scaleColumns: Int? = nil
  ) -> [Bounded] {
    let columns = x.count
    let block = scaleColumns ?? columns
    let steps = stride(from: 0, to: columns, by: block).map { first in
      let peak = x[first..<min(first + block, columns)].map { abs($0.value) + $0.bound }.max() ?? 0
      return scaleColumns == nil ? 0 : peak / 127 * (1 + 0x1p-20)
    }
    // Formats with minima sum scales and minima apart: more roundings, of greater sums.
    let rounding = gamma(Double(columns + 8)) * (scaleColumns == nil ? 1 : 8)
    return (0..<matrix.count / columns).map { row in
      var (sum, bound) = (0.0, 0.0)
      for (column, number) in x.enumerated() {
        let weight = Double(matrix[row * columns + column])
        sum += weight * number.value
        bound += abs(weight) * (number.bound + steps[column / block] / 2)
        bound += rounding * abs(weight) * (abs(number.value) + number.bound)
      }
      return Bounded(value: sum, bound: bound)
    }
  }

  /// `matrix` times x, whose numbers are exact.
  public static func linear(
    _ matrix: [Float], _ x: some Sequence<Float>, scaleColumns: Int? = nil
  ) -> [Bounded] {
    linear(
      matrix, x.map { Bounded(value: Double($0), bound: 0) }, scaleColumns: scaleColumns)
  }

  /// down · (swish(gate · x) ⊙ (up · x)), the matrices [output][input].
  ///
  /// - Parameter scaleColumns: see `linear`, for the three matrices.
  public static func feedForward(
    _ x: [Float], gate: [Float], up: [Float], down: [Float],
    scaleColumns: (gate: Int?, up: Int?, down: Int?) = (nil, nil, nil)
  ) -> [Bounded] {
    let inner = zip(
      linear(gate, x, scaleColumns: scaleColumns.gate),
      linear(up, x, scaleColumns: scaleColumns.up)
    ).map(gateSwish)
    return linear(down, inner, scaleColumns: scaleColumns.down)
  }

  /// Scores of experts: e^x ÷ Σ e^x, or 1 ÷ (1 + e^−x).
  public static func scores(_ logits: [Float], isSigmoid: Bool) -> [Double] {
    let logits = logits.map(Double.init)
    return isSigmoid ? logits.map { 1 / (1 + exp(-$0)) } : softmax(logits)
  }

  /// The `count` experts of greatest score + bias, the lower number first of equals, among those of
  /// the `groups.used` groups whose two best are worth most.
  public static func choice(
    _ scores: [Double], bias: [Float], groups: (count: Int, used: Int), count: Int
  ) -> [Int] {
    let worth = bias.isEmpty ? scores : zip(scores, bias).map { $0 + Double($1) }
    func ranked(_ numbers: [Int], _ worth: [Double]) -> [Int] {
      numbers.sorted { worth[$0] != worth[$1] ? worth[$0] > worth[$1] : $0 < $1 }
    }
    let size = scores.count / groups.count
    let sums = (0..<groups.count).map { group in
      let own = ranked(scores.indices.filter { $0 / size == group }, worth).prefix(2)
      return own.reduce(0) { $0 + worth[$1] }
    }
    let kept = ranked(Array(0..<groups.count), sums).prefix(groups.used)
    let candidates = scores.indices.filter { kept.contains($0 / size) }
    return Array(ranked(candidates, worth).prefix(count))
  }
}
