import Statistics
import Units

/// What one pass through the model costs, part by part, as intervals of seconds.
///
/// Reading and arithmetic overlap, so the slower of the two counts; the rest adds.
struct StepTime: Sendable, Equatable {
  /// Reading weights and cache from memory.
  var reading = Estimate(exactly: 0)
  /// Multiplying.
  var arithmetic = Estimate(exactly: 0)
  /// Unpacking and multiplying that does not hide behind reading.
  var unpacking = Estimate(exactly: 0)
  /// Launching kernels and small operations.
  var overhead = Estimate(exactly: 0)
  /// Reading weights that didn't stay in memory.
  var disk = Estimate(exactly: 0)
  /// The least that reading weights could take: of those that have no room, by a cache that knew the future.
  var leastDisk = 0.0
  /// Handing activations to the next box.
  var link = Estimate(exactly: 0)

  /// All of it; `low` is the fastest.
  var total: Estimate {
    Estimate(
      value: sum(\.value), low: sum(\.low), high: sum(\.high))
  }

  private func sum(_ end: KeyPath<Estimate, Double>) -> Double {
    max(reading[keyPath: end], arithmetic[keyPath: end]) + unpacking[keyPath: end]
      + overhead[keyPath: end] + disk[keyPath: end] + link[keyPath: end]
  }

  /// The part that takes most of the time.
  var boundBy: RateEstimate.Bound {
    let parts: [(RateEstimate.Bound, Double)] = [
      (.memoryBandwidth, reading.value),
      (.arithmetic, max(unpacking.value, arithmetic.value > reading.value ? arithmetic.value : 0)),
      (.overhead, overhead.value), (.disk, disk.value), (.link, link.value),
    ]
    return parts.max { $0.1 < $1.1 }?.0 ?? .memoryBandwidth
  }
}

extension Estimate {
  /// The time `amount` takes at a rate between `low` and `high`: the fastest time is `low`.
  static func time(_ amount: Double, at rate: Estimate) -> Estimate {
    guard amount > 0 else { return Estimate(exactly: 0) }
    return Estimate(value: amount / rate.value, low: amount / rate.high, high: amount / rate.low)
  }

  /// The rate of `amount` in a time between `low` and `high`.
  static func rate(_ amount: Double, in time: Estimate) -> Estimate {
    Estimate(value: amount / time.value, low: amount / time.high, high: amount / time.low)
  }

  /// Every figure times `factor`.
  static func * (estimate: Estimate, factor: Double) -> Estimate {
    Estimate(
      value: estimate.value * factor, low: estimate.low * factor, high: estimate.high * factor)
  }

  /// Figure by figure, for ranges that have nothing to do with each other.
  static func * (a: Estimate, b: Estimate) -> Estimate {
    Estimate(value: a.value * b.value, low: a.low * b.low, high: a.high * b.high)
  }
}
