/// What a million tokens cost on a box that does nothing else, day and night.
///
/// With `r` tokens per second, `P` watts, `c` per kilowatt-hour, price `p` and `T` seconds of lifetime:
/// `tokens per day = 86,400 r`, `energy = 10⁶ P / r` joules a million tokens,
/// `electricity = energy / 3.6·10⁶ · c`, `depreciation = 10⁶ p / (T r)`. A box that idles costs more a token.
public struct TokenCost: Sendable, Equatable, Codable {
  /// Tokens in 24 hours at that rate.
  public var tokensPerDay: Double
  /// Kilowatt-hours for a million tokens.
  public var kilowattHours: Double
  /// What they cost.
  public var electricity: Double
  /// The part of the price that is written off meanwhile.
  public var depreciation: Double

  /// Electricity and depreciation together.
  public var total: Double { electricity + depreciation }

  /// The cost at `tokensPerSecond`; nil for a rate, power or lifetime that is not positive, or for figures so far
  /// apart that no number holds the result.
  public init?(tokensPerSecond rate: Double, ownership: Ownership) {
    let seconds = ownership.lifetime.value * Self.secondsPerYear
    guard rate > 0, seconds > 0, ownership.power.value >= 0 else { return nil }
    tokensPerDay = rate * Self.secondsPerDay
    kilowattHours = 1e6 * ownership.power.value / rate / Self.joulesPerKilowattHour
    electricity = kilowattHours * ownership.electricity.value
    depreciation = 1e6 * ownership.price.value / (seconds * rate)
    guard [tokensPerDay, kilowattHours, total].allSatisfy(\.isFinite) else { return nil }
  }

  static let secondsPerDay = 86_400.0
  /// The Julian year of 365.25 days.
  static let secondsPerYear = 365.25 * secondsPerDay
  static let joulesPerKilowattHour = 3.6e6
}

/// When a box of one's own has paid for itself against a hosted price.
public struct BreakEven: Sendable, Equatable, Codable {
  /// What a million tokens cost at the host.
  public var hosted: Double
  /// Million tokens until the box's price is saved; nil where its electricity alone costs more than the host.
  public var millionTokens: Double?
  /// Days until then, at full use; nil likewise.
  public var days: Double?
  /// Whether the box lives that long.
  public var isWithinLifetime: Bool

  /// `tokens = price / (hosted − electricity)`, `days = tokens / tokens per day`, at full use.
  public init(hosted: Double, cost: TokenCost, ownership: Ownership) {
    self.hosted = hosted
    let saved = hosted - cost.electricity
    let tokens = ownership.price.value / saved
    let days = tokens * 1e6 / cost.tokensPerDay
    let exists = saved > 0 && tokens.isFinite && days.isFinite
    millionTokens = exists ? tokens : nil
    self.days = exists ? days : nil
    isWithinLifetime = exists && days <= ownership.lifetime.value * 365.25
  }
}
