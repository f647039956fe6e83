/// What the processor is, as `/proc/cpuinfo` tells it.
public struct Processor: Sendable, Equatable, Codable {
  /// `x86_64` or `arm64`.
  public var architecture: String
  /// What people call it: the model name, or on Arm the kinds of core with their counts.
  public var name: String
  /// `AuthenticAMD`, `GenuineIntel`, `Arm`, `Apple`.
  public var vendor: String
  /// x86 family; nil on Arm.
  public var family: Int?
  /// x86 model; nil on Arm.
  public var model: Int?
  /// x86 stepping; nil on Arm.
  public var stepping: Int?
  /// Arm kinds of core, most capable last as the kernel lists them; empty on x86.
  public var cores: [ArmCore]
  /// The features that every online processor has.
  public var features: [CPUFeature]
  /// Whether the processor says that a hypervisor is below; nil on Arm, which has no such flag.
  public var hypervisorFlag: Bool?

  /// Memberwise.
  public init(
    architecture: String, name: String, vendor: String, family: Int? = nil, model: Int? = nil,
    stepping: Int? = nil, cores: [ArmCore] = [], features: [CPUFeature] = [],
    hypervisorFlag: Bool? = nil
  ) {
    self.architecture = architecture
    self.name = name
    self.vendor = vendor
    self.family = family
    self.model = model
    self.stepping = stepping
    self.cores = cores
    self.features = features
    self.hypervisorFlag = hypervisorFlag
  }

  /// Reads `/proc/cpuinfo`.
  public static func read(from files: SystemFiles) -> Reading<Processor> {
    let path = "/proc/cpuinfo"
    return files.text(path).flatMap {
      Reading(Processor(cpuinfo: $0), orReason: "\(path): neither an x86 nor an Arm list")
    }
  }

  /// Reads the text of `/proc/cpuinfo`: blank lines between processors.
  init?(cpuinfo: String) {
    let blocks = cpuinfo.split(separator: "\n", omittingEmptySubsequences: false)
      .split { $0.allSatisfy(\.isWhitespace) }
      .map { KeyedText($0, separator: ":") }
    guard let first = blocks.first else { return nil }
    if let vendor = first["vendor_id"] {
      self.init(x86: first, vendor: vendor, all: blocks)
    } else if blocks.contains(where: { $0["CPU implementer"] != nil }) {
      self.init(arm: blocks)
    } else {
      return nil
    }
  }

  private init(x86 first: KeyedText, vendor: String, all: [KeyedText]) {
    self.init(
      architecture: "x86_64", name: Self.plain(first["model name"] ?? vendor), vendor: vendor,
      family: first.integer("cpu family"), model: first.integer("model"),
      stepping: first.integer("stepping"), features: Self.shared(all, "flags"),
      hypervisorFlag: first["flags"]?.split(separator: " ").contains("hypervisor") ?? false)
  }

  private init(arm blocks: [KeyedText]) {
    var cores: [ArmCore] = []
    for block in blocks {
      guard let implementer = block.integer("CPU implementer"),
        let part = block.integer("CPU part")
      else { continue }
      if let known = cores.firstIndex(where: { $0.implementer == implementer && $0.part == part }) {
        cores[known].count += 1
      } else {
        cores.append(ArmCore(implementer: implementer, part: part, count: 1))
      }
    }
    let vendors = [
      0x41: "Arm", 0x46: "Fujitsu", 0x48: "HiSilicon", 0x4e: "NVIDIA", 0x51: "Qualcomm",
      0x61: "Apple", 0xc0: "Ampere",
    ]
    self.init(
      architecture: "arm64", name: cores.map { "\($0.count)x \($0.name)" }.joined(separator: " + "),
      vendor: cores.first.flatMap { vendors[$0.implementer] } ?? "unknown", cores: cores,
      features: Self.shared(blocks.filter { $0["CPU part"] != nil }, "Features"))
  }

  /// The features that all of `blocks` name in their `key` line.
  private static func shared(_ blocks: [KeyedText], _ key: String) -> [CPUFeature] {
    let each = Set(blocks.map { $0[key] ?? "" }).map { Set(CPUFeature.named(in: $0)) }
    guard let first = each.first else { return [] }
    let common = each.dropFirst().reduce(first) { $0.intersection($1) }
    return CPUFeature.allCases.filter(common.contains)
  }

  /// `Intel(R) Xeon(R)  CPU @ 2.20GHz` without trade marks and doubled spaces.
  private static func plain(_ name: String) -> String {
    var words = name
    for mark in ["(R)", "(TM)", "(tm)"] {
      while let range = words.firstRange(of: mark) { words.replaceSubrange(range, with: " ") }
    }
    return words.split(separator: " ").joined(separator: " ")
  }
}
