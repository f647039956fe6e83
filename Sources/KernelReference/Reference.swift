/// The kernels in plain Double loops: what every fast kernel is held against.
public enum Reference {
  /// An exact-enough result and how far f32 arithmetic may be from it.
  public struct Bounded: Sendable, Equatable {
    /// The result in Double arithmetic.
    public var value: Double
    /// γ(n) · Σ|a||b| with γ(n) = n·ε/(1 − n·ε), ε = 2⁻²⁴, for any order of summation and with or
    /// without fused multiply-adds. Source: Higham, Accuracy and Stability, §3.1.
    public var bound: Double
  }

  /// Σ a[i] · b[i · stride], `count` products.
  public static func dot(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, stride: Int
  ) -> Bounded {
    var (sum, magnitude) = (0.0, 0.0)
    for index in 0..<count {
      let product = Double(a[index]) * Double(b[index * stride])
      sum += product
      magnitude += abs(product)
    }
    // One rounding more than products, for the last store.
    let n = Double(count + 1) * 0x1p-24
    return Bounded(value: sum, bound: n / (1 - n) * magnitude)
  }

  /// The wrapping sum of the 64-bit words in `bytes` bytes, the last filled up with zeros.
  public static func readSum(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<bytes {
      let byte = UInt64(source.load(fromByteOffset: index, as: UInt8.self))
      sum &+= byte << UInt64(8 * (index % 8))
    }
    return sum
  }

  /// b + scale · c.
  public static func triad(_ b: Float, _ c: Float, scale: Float) -> Double {
    Double(b) + Double(scale) * Double(c)
  }
}
