import Statistics

/// What one stage of a row has collected, and what its test says.
struct GateStage: Sendable {
  /// A direction of change: D is multiplied by it, so that both are one test.
  enum Direction: Double, Sendable {
    case slower = 1
    case faster = -1
  }

  /// The logarithms of new over old, pair by pair.
  private(set) var differences: [Double] = []
  /// Pairs left out for their environment.
  private(set) var rejected = 0

  mutating func add(_ pairs: some Sequence<Double>, rejected: Int) {
    differences += pairs
    self.rejected += max(rejected, 0)
  }

  /// Share of all pairs that were rejected.
  var rejectedShare: Double {
    let all = rejected + differences.count
    return all == 0 ? 0 : Double(rejected) / Double(all)
  }

  /// Whether every pair gave a number.
  var isFinite: Bool { differences.allSatisfy(\.isFinite) }

  /// The standard error of the mean; infinite where nothing is known of it.
  var standardError: Double {
    guard let deviation = Sample(differences).standardDeviation else { return .infinity }
    return deviation / Double(differences.count).squareRoot()
  }

  /// The direction of a change shown at `level`, or nil. The mean is looked at first: most rows need no
  /// more than that.
  func change(level: Double, floor: Double) -> Direction? {
    guard let mean = Sample(differences).mean, abs(mean) >= floor else { return nil }
    let direction: Direction = mean > 0 ? .slower : .faster
    let test = SignFlipTest(differences.map { direction.rawValue * $0 })
    return test?.isGreater(level: level) == true ? direction : nil
  }
}
