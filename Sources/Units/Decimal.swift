/// Decimal text for numbers, without a locale and without Foundation.
public enum Decimal {
  /// `value` with exactly `places` digits after the point (0…9), rounded half away from zero.
  ///
  /// Values that are not finite, or at least 10¹⁵, are printed as Swift prints them.
  public static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
    var scale = 1
    for _ in 0..<min(max(places, 0), 9) { scale *= 10 }
    guard abs(value) * Double(scale) < 9e18 else { return "\(value)" }
    let scaled = Int((abs(value) * Double(scale)).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard scale > 1 else { return "\(sign)\(scaled)" }
    let fraction = String(scaled % scale)
    let padding = String(repeating: "0", count: String(scale).count - 1 - fraction.count)
    return "\(sign)\(scaled / scale).\(padding)\(fraction)"
  }

  /// `value` with about `digits` significant digits and no exponent: `0.052`, `7.13`, `412`.
  public static func significant(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite, value != 0 else { return "\(Int(value.isFinite ? 0 : -1))" }
    var places = digits - 1
    var magnitude = abs(value)
    while magnitude >= 10, places > 0 {
      magnitude /= 10
      places -= 1
    }
    while magnitude < 0.9995, places < 9 {
      magnitude *= 10
      places += 1
    }
    return fixed(value, places)
  }

  /// `count` with thousands apart: `70,553,706,496`.
  public static func grouped(_ count: Int) -> String {
    var digits = Array(String(count.magnitude).reversed())
    for position in stride(from: 3, to: digits.count + (digits.count - 1) / 3, by: 4) {
      digits.insert(",", at: position)
    }
    return (count < 0 ? "-" : "") + String(digits.reversed())
  }
}
