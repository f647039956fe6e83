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

  /// Row · B for a row of `depth` floats and row-major B of `depth` × `columns` with rows `ldb` apart.
  ///
  /// Cost: B read once, in order, where as many `dot`s would leap through it.
  public static func row(
    _ a: UnsafePointer<Float>, times b: UnsafePointer<Float>, ldb: Int, depth: Int, columns: Int
  ) -> [Bounded] {
    var sums = [Double](repeating: 0, count: columns)
    var magnitudes = sums
    for index in 0..<depth {
      let (factor, row) = (Double(a[index]), b + index * ldb)
      for column in 0..<columns {
        let product = factor * Double(row[column])
        sums[column] += product
        magnitudes[column] += abs(product)
      }
    }
    let n = Double(depth + 1) * 0x1p-24
    return zip(sums, magnitudes).map { Bounded(value: $0, bound: n / (1 - n) * $1) }
  }

  /// The wrapping sum of the 64-bit words in `bytes` bytes, the last filled up with zeros.
  public static func readSum(_ source: UnsafeRawPointer, bytes: Int) -> UInt64 {
    var sum: UInt64 = 0
    for index in 0..<bytes / 8 {
      sum &+= UInt64(littleEndian: source.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
    }
    for index in bytes / 8 * 8..<bytes {
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
