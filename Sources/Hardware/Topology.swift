/// How many processors there are and how they hang together.
public struct Topology: Sendable, Equatable, Codable {
  /// Processors that are switched on.
  public var online: CPUList
  /// Online processors this process may run on: its affinity mask, which its cpuset bounds.
  public var allowed: CPUList
  /// Online cores; two hardware threads of one core count once.
  public var physicalCores: Int
  /// Processor packages.
  public var sockets: Int
  /// Whether some core runs more than one hardware thread.
  public var simultaneousMultithreading: Bool { online.count > physicalCores }
  /// The first hardware thread of every core that has an allowed one: where one thread a core goes.
  public var oneThreadPerCore: CPUList

  /// Processors that may all be used, two hardware threads of a core next to each other.
  init(online: CPUList, physicalCores: Int, sockets: Int) {
    self.online = online
    allowed = online
    self.physicalCores = physicalCores
    self.sockets = sockets
    let threads = max(1, online.count / max(1, physicalCores))
    oneThreadPerCore = CPUList(
      online.numbers.enumerated().filter { $0.offset.isMultiple(of: threads) }.map(\.element))
  }

  /// Reads `/sys/devices/system/cpu`, or `/proc/cpuinfo` where that is not mounted.
  public static func read(from files: SystemFiles) -> Reading<Topology> {
    let listed = files.lines("/proc/cpuinfo").map { lines in
      CPUList(lines.compactMap(processorNumber))
    }
    let known = files.cpuList(folder + "/online").or(listed)
    return known.flatMap { online in
      guard online.count > 0 else { return .unavailable("\(folder)/online: no processor") }
      return .value(Topology(online: online, files: files))
    }
  }

  private static let folder = "/sys/devices/system/cpu"

  private init(online: CPUList, files: SystemFiles) {
    self.online = online
    let status = files.lines("/proc/self/status").map { KeyedText($0, separator: ":") }
    let mask = status.value?["Cpus_allowed_list"].flatMap { CPUList(parsing: $0) }
    let allowed = mask.map(online.intersection) ?? online
    self.allowed = allowed
    var cores: Set<[Int]> = []
    var packages: Set<Int> = []
    var firsts: Set<Int> = []
    for cpu in online.numbers {
      let siblings = Self.siblings(of: cpu, files).intersection(online)
      cores.insert(siblings.numbers)
      packages.insert(
        files.integer("\(Self.folder)/cpu\(cpu)/topology/physical_package_id").value ?? 0)
      if let first = siblings.intersection(allowed).numbers.first { firsts.insert(first) }
    }
    physicalCores = cores.count
    sockets = packages.count
    oneThreadPerCore = CPUList(firsts)
  }

  /// The hardware threads of `cpu`'s core: the newer name, the older one, or itself alone.
  private static func siblings(of cpu: Int, _ files: SystemFiles) -> CPUList {
    let topology = "\(folder)/cpu\(cpu)/topology"
    let list = files.cpuList(topology + "/core_cpus_list")
      .or(files.cpuList(topology + "/thread_siblings_list"))
    return list.value ?? CPUList([cpu])
  }

  private static func processorNumber(_ line: Substring) -> Int? {
    guard line.hasPrefix("processor") else { return nil }
    return line.split(separator: ":").last.flatMap { Int($0.filter(\.isNumber)) }
  }
}
