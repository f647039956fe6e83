/// A kind of Arm core and how many processors are of it; a big.LITTLE box has several kinds.
public struct ArmCore: Sendable, Equatable, Codable {
  /// Who designed it: 0x41 is Arm.
  public var implementer: Int
  /// The part number by that implementer: 0xd85 is a Cortex-X925.
  public var part: Int
  /// Online processors of this kind.
  public var count: Int

  /// Memberwise.
  public init(implementer: Int, part: Int, count: Int) {
    self.implementer = implementer
    self.part = part
    self.count = count
  }

  /// What people call it; the numbers when the table does not have it.
  public var name: String {
    Self.names[implementer]?[part]
      ?? "Arm 0x\(String(implementer, radix: 16)):0x\(String(part, radix: 16))"
  }

  /// Source: the part tables of util-linux's lscpu, cut to cores that run Linux or macOS on
  /// computers people would run a language model on.
  private static let names: [Int: [Int: String]] = [
    0x41: [
      0xd03: "Cortex-A53", 0xd05: "Cortex-A55", 0xd07: "Cortex-A57", 0xd08: "Cortex-A72",
      0xd09: "Cortex-A73", 0xd0a: "Cortex-A75", 0xd0b: "Cortex-A76", 0xd0c: "Neoverse-N1",
      0xd0d: "Cortex-A77", 0xd40: "Neoverse-V1", 0xd41: "Cortex-A78", 0xd42: "Cortex-A78AE",
      0xd44: "Cortex-X1", 0xd46: "Cortex-A510", 0xd47: "Cortex-A710", 0xd48: "Cortex-X2",
      0xd49: "Neoverse-N2", 0xd4a: "Neoverse-E1", 0xd4b: "Cortex-A78C", 0xd4d: "Cortex-A715",
      0xd4e: "Cortex-X3", 0xd4f: "Neoverse-V2", 0xd80: "Cortex-A520", 0xd81: "Cortex-A720",
      0xd82: "Cortex-X4", 0xd84: "Neoverse-V3", 0xd85: "Cortex-X925", 0xd87: "Cortex-A725",
      0xd8e: "Neoverse-N3",
    ],
    0x46: [0x001: "A64FX"],
    0x48: [0xd01: "TaiShan-v110", 0xd02: "TaiShan-v120"],
    0x4e: [0x003: "Denver 2", 0x004: "Carmel", 0x010: "Olympus"],
    0x51: [0x001: "Oryon"],
    0x61: [
      0x022: "Icestorm-M1", 0x023: "Firestorm-M1", 0x024: "Icestorm-M1-Pro",
      0x025: "Firestorm-M1-Pro", 0x028: "Icestorm-M1-Max", 0x029: "Firestorm-M1-Max",
      0x032: "Blizzard-M2", 0x033: "Avalanche-M2", 0x034: "Blizzard-M2-Pro",
      0x035: "Avalanche-M2-Pro", 0x038: "Blizzard-M2-Max", 0x039: "Avalanche-M2-Max",
    ],
    0xc0: [0xac3: "Ampere-1", 0xac4: "Ampere-1a"],
  ]
}
