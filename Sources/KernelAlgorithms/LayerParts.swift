// The small parts of a decoder layer, a row of floats each.
extension InstructionSet {
  /// out[i] = x[i] · weight[i] ÷ √(mean of squares + epsilon); `out` may be `x`.
  ///
  /// NaN gives NaN everywhere, infinity NaN in its place and zeros elsewhere; squares that overflow
  /// give zeros.
  /// Cost: 4 FLOP an element. Accuracy: relative error ≤ γ(count / (8 · lanes) + lanes + 8) where
  /// neither squares nor results leave the range of normal numbers.
  /// Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
  @inlinable @inline(__always)
  public static func rmsNorm(
    _ x: UnsafePointer<Float>, weight: UnsafePointer<Float>, epsilon: Float, count: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    let zero = broadcast(0)
    var (s0, s1, s2, s3) = (zero, zero, zero, zero)
    var i = 0
    while i &+ 4 &* lanes <= count {
      let (a, b) = (load(x + i), load(x + i + lanes))
      let (c, d) = (load(x + i + 2 &* lanes), load(x + i + 3 &* lanes))
      s0 = multiplyAdd(a, a, s0)
      s1 = multiplyAdd(b, b, s1)
      s2 = multiplyAdd(c, c, s2)
      s3 = multiplyAdd(d, d, s3)
      i &+= 4 &* lanes
    }
    while i &+ lanes <= count {
      let a = load(x + i)
      s0 = multiplyAdd(a, a, s0)
      i &+= lanes
    }
    var squares = sum(add(add(s0, s1), add(s2, s3)))
    while i < count {
      squares = multiplyAdd(x[i], x[i], squares)
      i &+= 1
    }
    let factor = 1 / (squares / Float(count) + epsilon).squareRoot()
    let factors = broadcast(factor)
    i = 0
    while i &+ lanes <= count {
      store(multiply(multiply(load(x + i), factors), load(weight + i)), to: out + i)
      i &+= lanes
    }
    while i < count {
      out[i] = x[i] * factor * weight[i]
      i &+= 1
    }
  }

  /// Turns `pairs` pairs of a head, each by an angle of which cosine and sine are given; in place.
  ///
  /// A pair is x[stride · i] and x[stride · i + distance]: neighbours are stride 2 and distance 1,
  /// halves stride 1 and distance `pairs`. Cost: 6 FLOP a pair.
  /// Accuracy: |error| ≤ γ(2) · (|a · cosine| + |b · sine|), and with the two exchanged.
  /// Source: Su et al., "RoFormer", 2021.
  @inlinable @inline(__always)
  public static func rotate(
    _ x: UnsafeMutablePointer<Float>, pairs: Int, stride: Int, distance: Int,
    cosines: UnsafePointer<Float>, sines: UnsafePointer<Float>
  ) {
    for i in 0..<pairs {
      let (at, other) = (stride &* i, stride &* i &+ distance)
      let (a, b) = (x[at], x[other])
      x[at] = a * cosines[i] - b * sines[i]
      x[other] = a * sines[i] + b * cosines[i]
    }
  }

  /// out[i] = gate[i] · σ(gate[i]) · up[i]; `out` may be either.
  ///
  /// Gates of NaN and −∞ give NaN, +∞ is up's sign of infinity.
  /// Cost: 22 operations an element. Accuracy: relative error ≤ 8 · 2⁻²⁴ from gate = −88 up, where the
  /// result is normal; below that |error| ≤ 2⁻¹²⁰ · |up|.
  /// Source: Shazeer, "GLU Variants Improve Transformer", 2020.
  @inlinable @inline(__always)
  public static func gateSwish(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, count: Int,
    into out: UnsafeMutablePointer<Float>
  ) {
    let (zero, one) = (broadcast(0), broadcast(1))
    @inline(__always) func vector(
      _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
    ) {
      let g = load(gate)
      let swish = divide(g, add(one, exponential(subtract(zero, g))))
      store(multiply(swish, load(up)), to: out)
    }
    var i = 0
    while i &+ lanes <= count {
      vector(gate + i, up + i, out + i)
      i &+= lanes
    }
    guard i < count else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 &* lanes) { room in
      guard let last = room.baseAddress else { return }
      last.initialize(repeating: 1, count: 2 &* lanes)
      for rest in i..<count {
        last[rest &- i] = gate[rest]
        last[lanes &+ rest &- i] = up[rest]
      }
      vector(last, last + lanes, last)
      for rest in i..<count { out[rest] = last[rest &- i] }
    }
  }

  /// out[i] = out[i] + factor · x[i]. Cost: 2 FLOP an element.
  /// Accuracy: |error| ≤ γ(2) · (|out[i]| + |factor · x[i]|).
  @inlinable @inline(__always)
  public static func accumulate(
    _ x: UnsafePointer<Float>, factor: Float, count: Int, into out: UnsafeMutablePointer<Float>
  ) {
    let factors = broadcast(factor)
    var i = 0
    while i &+ lanes <= count {
      store(multiplyAdd(load(x + i), factors, load(out + i)), to: out + i)
      i &+= lanes
    }
    while i < count {
      out[i] = multiplyAdd(x[i], factor, out[i])
      i &+= 1
    }
  }
}

/// See the functions of the same names in `LayerParts.swift`.
public struct LayerKernels: Sendable {
  /// (x, weight, epsilon, count, out)
  public let rmsNorm:
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, Float, Int, UnsafeMutablePointer<Float>
    ) -> Void
  /// (x, pairs, stride, distance, cosines, sines)
  public let rotate:
    @Sendable (
      UnsafeMutablePointer<Float>, Int, Int, Int, UnsafePointer<Float>, UnsafePointer<Float>
    ) -> Void
  /// (gate, up, count, out)
  public let gateSwish:
    @Sendable (
      UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>
    ) -> Void
  /// (x, factor, count, out)
  public let accumulate:
    @Sendable (UnsafePointer<Float>, Float, Int, UnsafeMutablePointer<Float>) -> Void

  @inlinable @inline(__always)
  init<Instructions: InstructionSet>(_ tag: Instructions.Type) {
    rmsNorm = { Instructions.rmsNorm($0, weight: $1, epsilon: $2, count: $3, into: $4) }
    rotate = {
      Instructions.rotate($0, pairs: $1, stride: $2, distance: $3, cosines: $4, sines: $5)
    }
    gateSwish = { Instructions.gateSwish($0, $1, count: $2, into: $3) }
    accumulate = { Instructions.accumulate($0, factor: $1, count: $2, into: $3) }
  }
}
