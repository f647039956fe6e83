import Units

/// One NUMA node: some memory and the processors that are near to it.
public struct MemoryNode: Sendable, Equatable, Codable {
  /// The kernel's number.
  public var id: Int
  /// Its processors; none for memory alone, as that of an accelerator or a CXL card.
  public var cpus: CPUList
  /// Its memory; less than there is on a kernel that takes memory into use only by and by.
  public var memory: Bytes

  /// Memberwise.
  public init(id: Int, cpus: CPUList, memory: Bytes) {
    self.id = id
    self.cpus = cpus
    self.memory = memory
  }

  /// Reads `/sys/devices/system/node`.
  public static func read(from files: SystemFiles) -> Reading<[MemoryNode]> {
    let folder = "/sys/devices/system/node"
    let nodes = files.numbered("node", in: folder).compactMap { id -> MemoryNode? in
      guard let lines = files.lines("\(folder)/node\(id)/meminfo").value else { return nil }
      // The lines read `Node 0 MemTotal:  24684092 kB`.
      let fields = KeyedText(
        lines.map { $0.split(separator: " ", maxSplits: 2).last ?? "" }, separator: ":")
      guard let total = fields.kibibytes("MemTotal") else { return nil }
      let cpus = files.cpuList("\(folder)/node\(id)/cpulist").value ?? CPUList([])
      return MemoryNode(id: id, cpus: cpus, memory: Bytes(total))
    }
    guard nodes.isEmpty else { return .value(nodes) }
    return .unavailable("\(folder): no node is described")
  }
}
