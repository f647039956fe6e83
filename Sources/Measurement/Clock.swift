#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A source of time. Handed in, so that tests can script it.
public protocol Clock: Sendable {
  /// Nanoseconds since some fixed moment; never goes back.
  func nanoseconds() -> UInt64
}

extension Clock {
  /// How long `work` takes, in seconds.
  public func time(_ work: () throws -> Void) rethrows -> Double {
    let start = nanoseconds()
    try work()
    return Double(nanoseconds() - start) * 1e-9
  }

  /// The smallest step between two readings of a few hundred, in seconds: what is shorter than many
  /// of them can't be timed alone. At least a nanosecond.
  public var resolution: Double {
    var smallest = UInt64.max
    var last = nanoseconds()
    for _ in 0..<300 {
      let next = nanoseconds()
      if next > last { smallest = min(smallest, next - last) }
      last = next
    }
    return smallest == .max ? 1e-9 : max(Double(smallest), 1) * 1e-9
  }

  /// What a reading takes, in seconds: a thousand of them, divided.
  public var overhead: Double {
    let start = nanoseconds()
    for _ in 1..<1000 { _ = nanoseconds() }
    return Double(nanoseconds() - start) * 1e-12
  }
}

/// The system's monotonic clock, not slewed by time synchronisation where the system offers that.
///
/// Cost: about 25 ns a reading where the kernel maps the clock into the process.
public struct MonotonicClock: Clock {
  /// The clock.
  public init() {}

  /// `CLOCK_MONOTONIC_RAW`.
  public func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC_RAW, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
