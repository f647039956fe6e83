#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Estimate {
  /// This estimate as a multiple of an independent one, with an interval of the same confidence; nil
  /// unless all six figures are positive and finite.
  ///
  /// Made of the two intervals as they are, lopsided or not, on the logarithms: where those are free of
  /// distributions, so is all of this but that independent errors add as squares.
  /// Source: Zou and Donner, "Construction of confidence limits about effect measures" (2008), MOVER.
  public func ratio(to base: Estimate) -> Estimate? {
    let figures = [low, value, high, base.low, base.value, base.high]
    guard figures.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
    let ratio = log(value / base.value)
    let down = hypot(log(value / low), log(base.high / base.value))
    let up = hypot(log(high / value), log(base.value / base.low))
    return Estimate(value: exp(ratio), low: exp(ratio - down), high: exp(ratio + up))
  }
}
