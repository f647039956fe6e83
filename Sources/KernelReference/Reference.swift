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

  /// Σ a[i] · b[i · stride], `count` products of signed bytes, exact.
  public static func dot(
    _ a: UnsafePointer<Int8>, _ b: UnsafePointer<Int8>, count: Int, stride: Int
  ) -> Int {
    (0..<count).reduce(0) { $0 + Int(a[$1]) * Int(b[$1 * stride]) }
  }

  /// The value of a half by its definition. Source: IEEE 754, binary16.
  public static func value(half: UInt16) -> Float {
    let (exponent, fraction) = (Int(half >> 10 & 31), Float(half & 0x3FF))
    let sign: Float = half >> 15 == 0 ? 1 : -1
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }

  /// The value of a bfloat16: the upper half of a float.
  public static func value(brain: UInt16) -> Float { Float(bitPattern: UInt32(brain) << 16) }

  /// The wrapping sum of the `count` words of 64 bits that start at multiples of `stride` bytes.
  public static func stridedSum(_ source: UnsafeRawPointer, stride: Int, count: Int) -> UInt64 {
    (0..<count).reduce(0) {
      $0 &+ source.loadUnaligned(fromByteOffset: $1 * stride, as: UInt64.self)
    }
  }

  /// The wrapping sum of `count` words among `words`: access i steps generator i mod 4, an xorshift
  /// (13, 7, 17) that SplitMix64 started from `seed`, and takes ⌊state · words / 2⁶⁴⌋.
  public static func randomSum(
    _ source: UnsafePointer<UInt64>, words: Int, count: Int, seed: UInt64
  ) -> UInt64 {
    var states = (1...4).map { lane -> UInt64 in
      var z = seed &+ UInt64(lane) &* 0x9E37_79B9_7F4A_7C15
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return (z ^ z >> 31) | 1
    }
    return (0..<count).reduce(0) { sum, access in
      var state = states[access % 4]
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      states[access % 4] = state
      return sum &+ source[Int(state.multipliedFullWidth(by: UInt64(words)).high)]
    }
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
