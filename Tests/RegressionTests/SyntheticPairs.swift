import Regression

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Pairs of known truth: what the measurements of two programs could look like.
struct SyntheticPairs {
  /// What the noise looks like.
  enum Noise {
    /// Each half of a pair is slowed down by exponential noise of its own, and one pair in twenty has a
    /// spike in one half; the box drifts meanwhile, and what the alternation leaves of it falls on
    /// either half by the toss of a coin.
    case alike
    /// The same, and the spikes are of ten percent, however small the rest is.
    case spikes
    /// The new program's time has a long tail that the old one's has not, and the same mean.
    case newSkewed
    /// The other way round: differences rarely far below zero, mostly a little above.
    case oldSkewed
  }

  /// The true logarithm of new over old.
  var effect = 0.0
  /// Standard deviation of a difference, without the drift and the spikes of `spikes`.
  var sigma: Double
  var noise = Noise.alike
  private var random: UInt64
  private var taken = 0

  init(effect: Double = 0, sigma: Double, noise: Noise = .alike, seed: UInt64) {
    self.effect = effect
    self.sigma = sigma
    self.noise = noise
    random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  }

  /// The next pairs.
  mutating func next(_ count: Int) -> [Double] {
    var pairs = [Double](repeating: effect, count: count)
    for index in 0..<count { pairs[index] += difference() }
    return pairs
  }

  private mutating func difference() -> Double {
    taken += 1
    // Variances: 2a² of the exponentials, and 5 % of 2b² of the spikes.
    let (a, b): (Double, Double)
    switch noise {
    case .newSkewed: return sigma * (exponential() - 1)
    case .oldSkewed: return sigma * (1 - exponential())
    case .alike: (a, b) = (sigma * 0.32.squareRoot(), sigma * 3.6.squareRoot())
    case .spikes: (a, b) = (sigma * 0.5.squareRoot(), 0.1)
    }
    let luck = uniform()
    let spike = luck < 0.05 ? (luck < 0.025 ? b : -b) * exponential() : 0
    let drift = 0.005 * Double(taken % 20) / 20
    return a * (exponential() - exponential()) + spike + (uniform() < 0.5 ? drift : -drift)
  }

  private mutating func exponential() -> Double { -log(1 - uniform()) }

  /// In [0, 1). Source: Vigna, xorshift64*, 2016; written out, since millions are drawn in debug builds.
  private mutating func uniform() -> Double {
    random ^= random >> 12
    random ^= random << 25
    random ^= random >> 27
    return Double((random &* 0x2545_F491_4F6C_DD1D) >> 11) * 0x1p-53
  }
}

/// A suite of synthetic rows, driven through a gate as an executor would.
struct SyntheticSuite {
  static let ids = (0..<30).map { "row \($0)" }
  var pairs: [String: SyntheticPairs]

  /// Thirty rows whose `sigma` goes from one end of `sigmas` to the other.
  init(
    effect: Double = 0, sigmas: ClosedRange<Double> = 0.01...0.04,
    noise: SyntheticPairs.Noise = .alike, seed: Int
  ) {
    let step = (sigmas.upperBound - sigmas.lowerBound) / 29
    pairs = [:]
    for (index, id) in Self.ids.enumerated() {
      pairs[id] = SyntheticPairs(
        effect: effect, sigma: sigmas.lowerBound + step * Double(index), noise: noise,
        seed: UInt64(seed * 64 + index + 1))
    }
  }

  /// Measures whatever the gate asks for.
  mutating func run(_ gate: inout Gate) {
    while true {
      let requests = gate.next
      if requests.isEmpty { return }
      for request in requests {
        let measured = pairs[request.row]?.next(request.pairs) ?? []
        gate.add(measured, to: request.row, stage: request.stage)
      }
    }
  }
}
