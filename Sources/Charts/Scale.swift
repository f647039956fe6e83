#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How values become places along an axis.
public struct Scale: Sendable, Equatable {
  /// What equal distances mean.
  public enum Kind: Sendable, Equatable {
    /// Equal differences.
    case linear
    /// Equal ratios; values that are not positive stand at the low end.
    case logarithmic
  }

  /// What equal distances mean.
  public let kind: Kind
  /// The values at both ends: finite, apart, and positive for a logarithmic scale.
  public let domain: ClosedRange<Double>
  /// Where the low value stands, in pixels.
  public let start: Double
  /// Where the high value stands; may be less than `start`.
  public let end: Double

  /// A scale of `domain` over pixels; a domain that can't be shown is widened until it can.
  public init(_ kind: Kind, domain: ClosedRange<Double>, from start: Double, to end: Double) {
    (self.kind, self.start, self.end) = (kind, start, end)
    self.domain = Self.possible(domain, kind)
  }

  /// Where `value` stands: always finite and between the ends.
  public func position(_ value: Double) -> Double {
    guard value > domain.lowerBound else { return start }
    guard value < domain.upperBound else { return value.isNaN ? start : end }
    let (low, high) = (along(domain.lowerBound), along(domain.upperBound))
    return start + (end - start) * (along(value) - low) / (high - low)
  }

  private func along(_ value: Double) -> Double { kind == .linear ? value : log10(value) }

  private static func possible(_ domain: ClosedRange<Double>, _ kind: Kind) -> ClosedRange<Double> {
    // Beyond that a difference or a power of ten is no number any more.
    let most = 1e300
    var (low, high) = (max(domain.lowerBound, -most), min(domain.upperBound, most))
    if low > high { (low, high) = (0, 1) }
    if kind == .logarithmic {
      low = max(low, 1e-300)
      high = max(high, low)
      return high / low > 1.001 ? low...high : (low / 2)...(low * 2)
    }
    let width = max(abs(low), abs(high))
    return high - low > width * 1e-9 ? low...high : (low - 0.5)...(low + max(0.5, width * 0.5))
  }
}

extension Scale {
  /// Round values inside of the domain, ascending, `count` at most and two at least where that can be.
  ///
  /// Linear: of steps of 1, 5, 2 and 2.5 times powers of ten, the one that is best by simplicity, coverage and
  /// density. Logarithmic: powers of ten, with their double and fivefold where there is room, linear steps in less
  /// than an octave or so. Source: after Talbot, Lin and Hanrahan, An Extension of Wilkinson's Algorithm for
  /// Positioning Tick Labels on Axes, 2010.
  public func ticks(atMost count: Int) -> [Double] {
    let most = max(2, count)
    guard kind == .logarithmic else { return linearTicks(most) }
    let sets: [[Double]] = [[1, 2, 5], [1, 3], [1]]
    for factors in sets {
      let found = decades(factors)
      if (2...most).contains(found.count) { return found }
    }
    let powers = decades([1])
    guard powers.count > most else { return linearTicks(most).filter { $0 > 0 } }
    let stride = (powers.count + most - 1) / most
    return powers.enumerated().filter { $0.offset % stride == 0 }.map(\.element)
  }

  private func decades(_ factors: [Double]) -> [Double] {
    let first = Int(log10(domain.lowerBound).rounded(.down))
    let last = Int(log10(domain.upperBound).rounded(.up))
    return (first...last).flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
      .filter { domain.contains($0) }
  }

  private func linearTicks(_ most: Int) -> [Double] {
    let span = domain.upperBound - domain.lowerBound
    let power = Int(log10(span / Double(most)).rounded(.down))
    var (best, bestScore) = ([Double](), -Double.infinity)
    for exponent in power - 1...power + 2 {
      for (rank, factor) in [1, 5, 2, 2.5].enumerated() {
        let step = factor * pow(10, Double(exponent))
        let first = (domain.lowerBound / step - 1e-9).rounded(.up)
        let last = (domain.upperBound / step + 1e-9).rounded(.down)
        let number = last - first + 1
        guard number >= 2, number <= Double(most) else { continue }
        let simplicity = 1 - Double(rank) / 4 + (first <= 0 && last >= 0 ? 0.25 : 0)
        let coverage = (last - first) * step / span
        let density = number / Double(most)
        let score = 0.3 * simplicity + 0.3 * coverage + 0.4 * density
        if score > bestScore {
          bestScore = score
          best = (0..<Int(number)).map {
            ((first + Double($0)) * factor) * pow(10, Double(exponent))
          }
        }
      }
    }
    return best.isEmpty ? [domain.lowerBound, domain.upperBound] : best
  }
}
