#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Draws without repetition among things of which some are as much more popular than others as Zipf's
/// law has it: what a router of experts does.
///
/// The thing of rank r is drawn with probability ∝ (r + 1)^−skew from those that are left; a skew of 0
/// makes all alike. Which thing has which rank is drawn too.
/// Source: Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006): of the keys
/// ln(u) ÷ probability the largest ones.
public struct PopularChoices: Sendable {
  private let popularity: [Double]

  /// `count` things.
  public init(
    count: Int, skew: Double, using generator: inout some RandomNumberGenerator
  ) {
    let ranks = (0..<max(count, 0)).shuffled(using: &generator)
    popularity = ranks.map { pow(Double($0 + 1), -skew) }
  }

  /// `used` of them, the likeliest first; all of them where there are no more.
  ///
  /// Cost: one sort.
  public func draw(_ used: Int, using generator: inout some RandomNumberGenerator) -> [Int] {
    let keys = popularity.map { log(Self.uniform(&generator)) / $0 }
    return Array(keys.indices.sorted { keys[$0] > keys[$1] }.prefix(max(used, 0)))
  }

  /// A number between 0 and 1, neither of them.
  public static func uniform(_ generator: inout some RandomNumberGenerator) -> Double {
    (Double(generator.next() >> 12) + 0.5) * 0x1p-52
  }
}
