import Units

/// A short name for a kind of box, under which its profile and its baselines are kept.
///
/// `amd-epyc-2c-24g-1a2b3c4d`: the processor's name, physical cores, memory, and eight hexadecimal
/// digits of the 32-bit FNV-1a hash of `identity`. What goes in is what a kernel's speed hangs on and
/// what a reboot, an update of kernel, firmware or microcode, a changed affinity mask and the load of
/// the hour all leave alone:
/// - architecture, vendor, family, model and name of the processor, or the kinds of Arm core. Not the
///   stepping, nor the feature list: a newer kernel names features that an older one did not;
/// - online processors, physical cores and sockets. Not the allowed ones: `taskset` makes no new box;
/// - memory, rounded up to the next quarter of an octave, since what a kernel keeps for
///   itself moves from version to version (a DGX Spark of 128 GB shows 119 to 121 GiB);
/// - the product name where it can be read, since two boxes with one processor may differ in memory
///   channels.
///
/// Two identical boxes have the same fingerprint, and are meant to.
/// Source: Fowler, Noll, Vo, FNV-1a, 32 bits: offset basis 2166136261, prime 16777619.
public struct MachineFingerprint: Sendable, Hashable, CustomStringConvertible {
  /// The text that is hashed, for whoever wonders why two boxes differ.
  public let identity: String
  /// The short name: lower-case letters, digits and hyphens, fit for a folder.
  public let description: String

  /// The fingerprint of `machine`.
  public init(_ machine: Machine) {
    let processor = machine.processor.value
    let topology = machine.topology.value
    let gibibytes = machine.memory.value.map(Self.roundedGibibytes)
    let memory = gibibytes.map { Decimal.fixed($0, $0 == $0.rounded() ? 0 : 2) } ?? "unknown"
    identity = [
      processor?.architecture ?? "unknown",
      processor?.vendor ?? "unknown",
      processor?.family.map(String.init) ?? "-",
      processor?.model.map(String.init) ?? "-",
      processor?.name ?? "unknown",
      "cpus=\(topology?.online.count ?? 0)",
      "cores=\(topology?.physicalCores ?? 0)",
      "sockets=\(topology?.sockets ?? 0)",
      "memory=\(memory)GiB",
      "product=\(machine.platform.product.value ?? "unknown")",
    ].joined(separator: "|")
    let hash = String(Self.fnv1a(identity.utf8), radix: 16)
    let digits = String(repeating: "0", count: 8 - hash.count) + hash
    let name = Self.slug(processor?.name ?? "unknown")
    description = "\(name)-\(topology?.physicalCores ?? 0)c-\(Self.slug(memory))g-\(digits)"
  }

  /// Memory rounded up to the next of 1, 1¼, 1½, 1¾ × a power of two GiB.
  ///
  /// Fitted memory nearly always is such a size, and what the kernel manages always is a little less.
  static func roundedGibibytes(_ memory: Bytes) -> Double {
    let gibibytes = max(Double(memory.count) / 1_073_741_824, 1.0 / 64)
    let step = gibibytes.binade / 4
    return (gibibytes / step).rounded(.up) * step
  }

  /// The 32-bit FNV-1a hash.
  static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(2_166_136_261) { hash, byte in (hash ^ UInt32(byte)) &* 16_777_619 }
  }

  /// Lower-case words of letters and digits joined by hyphens, 32 characters at most, without what
  /// every processor's name says.
  static func slug(_ text: String) -> String {
    let noise: Set<String> = ["cpu", "processor", "with", "ghz", "core"]
    let words = text.prefix { $0 != "@" }.lowercased()
      .split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      .map(String.init).filter { !noise.contains($0) }
    var slug = ""
    for word in words {
      guard slug.count + word.count < 32 else { break }
      slug += slug.isEmpty ? word : "-" + word
    }
    return slug.isEmpty ? "unknown" : slug
  }
}
