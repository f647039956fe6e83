import Tensors

/// Whether outputs are right: the worst element, and what it may be off by.
public struct Check: Sendable, Equatable, Codable {
  /// Whether every element looked at is within its tolerance.
  public private(set) var passed = true
  /// Error of the element that comes nearest to its tolerance or leaves it furthest behind.
  public private(set) var maxError = 0.0
  /// Tolerance of that element.
  public private(set) var tolerance = 0.0
  /// Elements compared.
  public private(set) var compared = 0
  /// Where the first wrong element is, and by how much; nil when all is right.
  public private(set) var complaint: String?
  private var worst = -1.0

  private enum CodingKeys: String, CodingKey {
    case passed, maxError, tolerance, compared, complaint
  }

  /// Nothing compared yet.
  public init() {}

  /// Compares one element: |`found` − `expected`| ≤ `bound`. What is not a number is wrong.
  ///
  /// - Parameter place: the element's name, as `C[3, 5]`.
  public mutating func compare(
    _ found: Double, with expected: Double, bound: Double, place: @autoclosure () -> String
  ) {
    compared += 1
    let error = abs(found - expected)
    let isRight = error <= bound
    let measure =
      isRight ? (bound > 0 ? error / bound : 0) : error.isNaN ? .infinity : error / bound
    if measure > worst { (worst, maxError, tolerance) = (measure, error, bound) }
    guard !isRight, complaint == nil else { return }
    passed = false
    complaint = "\(place()) is \(found) where \(expected) ± \(bound) is right"
  }
}

/// Which rows of a large output to compare: the first, the last and seeded ones between, so many that
/// the oracle's products stay below `budget`; all where they do anyway.
///
/// - Parameter products: what one row costs the oracle.
public func sampledRows(
  _ rows: Int, products: Int, seed: UInt64, budget: Int = 1 << 27
) -> [Int] {
  let affordable = max(budget / max(products, 1), 2)
  guard rows > affordable else { return Array(0..<rows) }
  var generator = SplitMix64(seed: seed)
  let chosen = (2..<affordable).map { _ in Int.random(in: 1..<rows - 1, using: &generator) }
  return Set(chosen + [0, rows - 1]).sorted()
}
