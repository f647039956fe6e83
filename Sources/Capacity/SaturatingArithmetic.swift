import Units

// Contexts, batches and shapes come from people and from files. A product beyond `Int.max` must
// read as "more than any box", not stop the program: these operators stay at `Int.max` instead.
// Operands are never negative here.

extension Int {
  /// `self × factor`, or `Int.max` where that is too large.
  func timesSaturated(_ factor: Int) -> Int {
    let (product, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  /// `self + term`, or `Int.max` where that is too large.
  func plusSaturated(_ term: Int) -> Int {
    let (sum, overflow) = addingReportingOverflow(term)
    return overflow ? .max : sum
  }

  /// The smallest multiple of `step` that is not below `self`, or `Int.max`.
  func roundedUp(to step: Int) -> Int {
    let rest = self % step
    return rest == 0 ? self : plusSaturated(step - rest)
  }

  /// `value` as an `Int`, or `Int.max` where that is too large. NaN and negatives are 0.
  init(saturating value: Double) {
    self = value < 9.2e18 ? (value > 0 ? Int(value) : 0) : (value.isNaN ? 0 : .max)
  }
}

extension Bytes {
  /// `self + more`, or `Int.max` bytes where that is too large.
  func addingSaturated(_ more: Bytes) -> Bytes { Bytes(count.plusSaturated(more.count)) }
}
