import Units

/// What a box costs to own and to run: the four inputs of every cost in a report.
///
/// Money is in whatever currency the caller counts in, US dollars unless said otherwise.
public struct Ownership: Sendable, Equatable, Codable {
  /// What the whole box costs once.
  public var price: Input
  /// Watts from the wall while it works.
  public var power: Input
  /// Years until it is worth nothing, in which its price is written off evenly.
  public var lifetime: Input
  /// What a kilowatt-hour costs.
  public var electricity: Input

  /// A figure, and whether somebody gave it.
  public struct Input: Sendable, Equatable, Codable {
    /// The figure.
    public var value: Double
    /// Whether it is this project's assumption rather than the user's figure.
    public var isAssumed: Bool

    /// A figure that somebody gave.
    public static func given(_ value: Double) -> Input { Input(value: value, isAssumed: false) }
    /// A round figure to start from.
    public static func assumed(_ value: Double) -> Input { Input(value: value, isAssumed: true) }
  }

  /// Memberwise.
  public init(price: Input, power: Input, lifetime: Input, electricity: Input) {
    (self.price, self.power) = (price, power)
    (self.lifetime, self.electricity) = (lifetime, electricity)
  }

  /// Round figures for a class of device, each marked as an assumption.
  ///
  /// The price is that of a whole working box. Source: assumptions of this project; DGX Spark (`integrated`) as
  /// huggingface.co/hardware/gb10 has it, 140 W and $4,000.
  public static func assumed(for device: DeviceClass) -> Ownership {
    let (price, power): (Double, Double) =
      switch device {
      case .processor: (2_000, 200)
      case .integrated: (4_000, 140)
      case .apple: (4_000, 150)
      case .desktop: (3_500, 550)
      case .server: (30_000, 1_000)
      }
    return Ownership(
      price: .assumed(price), power: .assumed(power), lifetime: .assumed(4),
      electricity: .assumed(0.25))
  }

  /// These inputs with those that `price`, `power`, `lifetime` and `electricity` give.
  public func with(
    price: Double? = nil, power: Double? = nil, lifetime: Double? = nil, electricity: Double? = nil
  ) -> Ownership {
    Ownership(
      price: price.map(Input.given) ?? self.price, power: power.map(Input.given) ?? self.power,
      lifetime: lifetime.map(Input.given) ?? self.lifetime,
      electricity: electricity.map(Input.given) ?? self.electricity)
  }
}
