#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Cosines and sines of the rotary embedding, for some consecutive positions.
///
/// Source: Su et al., "RoFormer", 2021: pair i turns by position · base^(−2i / dim).
struct RotaryAngles {
  /// [token][pair]
  private(set) var cosines: [Float] = []
  private(set) var sines: [Float] = []
  let pairs: Int
  private let frequencies: [Double]

  /// - Parameter factors: what each pair's angle is divided by; empty for one.
  init(dim: Int, base: Double, factors: [Float]) {
    pairs = dim / 2
    frequencies = (0..<dim / 2).map { pair in
      pow(base, -Double(2 * pair) / Double(dim)) / (factors.isEmpty ? 1 : Double(factors[pair]))
    }
  }

  /// Fills the tables for `count` positions from `position` on.
  ///
  /// Accuracy: angles are exact to 2⁻⁵² of themselves, which at position 2²⁰ is 2⁻³².
  mutating func set(position: Int, count: Int) {
    cosines.removeAll(keepingCapacity: true)
    sines.removeAll(keepingCapacity: true)
    for token in position..<position + count {
      for frequency in frequencies {
        let angle = Double(token) * frequency
        cosines.append(Float(cos(angle)))
        sines.append(Float(sin(angle)))
      }
    }
  }
}
