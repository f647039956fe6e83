import Units

extension BoxCatalogue {
  /// The device that a driver calls `name`, with so much memory where it tells; nil when that can't be said
  /// for sure: a laptop's chip bears a card's name.
  ///
  /// A device's own words (`h100`, `pcie`) all have to be in the name, memory sizes and makers aside; a word
  /// that makes another product of it (`Ti`, `Laptop`) must be the device's too, and a memory that is known
  /// has to be within a tenth of the device's. Of several, the one of the most words.
  public func entry(chip name: String, memory: Bytes?) -> DeviceEntry? {
    let spoken = Self.words(name)
    let known = entries.filter { entry in
      let own = Self.words(entry.id)
      let isAnother = !spoken.intersection(Self.qualifiers).isSubset(of: own)
      let size = (entry.visibleGiB ?? entry.memoryGiB).map { $0 * 1_073_741_824 }
      let fits = memory.flatMap { memory in
        size.map { abs(Double(memory.count) / $0 - 1) < 0.1 }
      }
      return own.isSubset(of: spoken) && !own.isEmpty && !isAnother && fits ?? true
    }
    let best = known.map { Self.words($0.id).count }.max() ?? 0
    let closest = known.filter { Self.words($0.id).count == best }
    guard closest.isEmpty else { return closest.count == 1 ? closest.first : nil }
    // A whole computer is listed by its own name, with that of its chip beside it: `GB10`.
    let holding = entries.filter { !spoken.isEmpty && spoken.isSubset(of: Self.words($0.name)) }
    return holding.count == 1 ? holding.first : nil
  }

  private static let qualifiers: Set<String> = [
    "ti", "super", "laptop", "mobile", "max", "maxq", "q", "d", "xt", "xtx", "gre", "m", "pcie",
    "nvl",
    "server", "edition",
  ]

  /// Words in lower case, without makers, families and memory sizes.
  private static func words(_ name: String) -> Set<String> {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    return Set(words).subtracting(["nvidia", "amd", "intel", "geforce", "instinct", "graphics"])
      .filter { !($0.hasSuffix("gb") && $0.dropLast(2).allSatisfy(\.isNumber)) }
  }
}
