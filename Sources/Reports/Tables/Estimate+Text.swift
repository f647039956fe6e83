import Statistics
import Units

extension Estimate {
  /// The range as people read it: `7.1–9.4`, or one figure where both ends print alike.
  var range: String {
    let (from, to) = (Decimal.significant(low, 2), Decimal.significant(high, 2))
    return from == to ? from : "\(from)–\(to)"
  }
}
