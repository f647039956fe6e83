#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `2026-01-31T12:00:00`, in UTC, for seconds since 1970. Source: ISO 8601.
public func timestamp(_ seconds: Double) -> String {
  // To the year 9999 and no further, beyond which the format ends.
  var time = time_t(min(max(seconds.isFinite ? seconds : 0, 0), 253_402_300_799))
  var parts = tm()
  gmtime_r(&time, &parts)
  func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
  let date = "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  return date + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
}
