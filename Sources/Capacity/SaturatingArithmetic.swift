import Units

// Contexts, batches and shapes come from people and from files. A product beyond `Int.max` must
// read as "more than any box", not stop the program. Products are therefore taken in `Double`,
// exact below 2⁵³ bytes (8 PiB), and turned into an `Int` that stays at `Int.max`; sums of bytes
// stay there as well. Operands are never negative.

extension Int {
  /// `self + term`, or `Int.max` where that is too large.
  func plusSaturated(_ term: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(term)
    return overflow ? .max : sum
  }

  /// `self − term`, or `Int.min` where that is too small.
  func minusSaturated(_ term: Int) -> Int {
    let (difference, overflow) = subtractingReportingOverflow(term)
    return overflow ? .min : difference
  }

  /// `self × factor`, or `Int.max` where that is too large.
  func timesSaturated(_ factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  /// The smallest multiple of `step` that is not below `self`, or `Int.max`.
  func roundedUp(to step: Int) -> Int {
    let rest = self % step
    return rest == 0 ? self : plusSaturated(step - rest)
  }

  /// `value` rounded up as an `Int`, or `Int.max` where that is too large; NaN and negatives are 0.
  init(saturating value: Double) {
    guard value < 9.2e18 else {
      self = .max
      return
    }
    self = value > 0 ? Int(value.rounded(.up)) : 0
  }
}

extension Bytes {
  /// `self + more`, or `Int.max` bytes where that is too large.
  func addingSaturated(_ more: Bytes) -> Bytes { Bytes(count.plusSaturated(more.count)) }

  /// The product of `factors` in bytes, or `Int.max` bytes where that is too large.
  static func product(_ factors: Int...) -> Bytes {
    Bytes(Int(saturating: factors.reduce(1.0) { $0 * Double($1) }))
  }
}
