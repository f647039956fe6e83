import Units

/// The machine this process runs on: what does not change while it is up.
public struct Machine: Sendable, Equatable, Codable {
  /// What the processor is.
  public var processor: Reading<Processor>
  /// How many there are.
  public var topology: Reading<Topology>
  /// Its caches, lowest level first.
  public var caches: Reading<[Cache]>
  /// Its NUMA nodes.
  public var memoryNodes: Reading<[MemoryNode]>
  /// All of the memory the kernel manages, somewhat less than is fitted.
  public var memory: Reading<Bytes>
  /// How it divides memory into pages.
  public var paging: Paging
  /// Product, system and what is in between.
  public var platform: Platform

  #if !os(macOS)
    /// Reads `/proc`, `/sys` and `/etc` below `files`; nothing here needs privilege.
    ///
    /// Cost: about ten small files for every core, some milliseconds on a large machine.
    public static func read(from files: SystemFiles = .live) -> Machine {
      let processor = Processor.read(from: files)
      let topology = Topology.read(from: files)
      return Machine(
        processor: processor, topology: topology,
        caches: topology.flatMap { Cache.read(from: files, online: $0.online) },
        memoryNodes: MemoryNode.read(from: files), memory: totalMemory(files),
        paging: Paging.read(from: files),
        platform: Platform.read(from: files, hypervisorFlag: processor.value?.hypervisorFlag))
    }
  #endif

  private static func totalMemory(_ files: SystemFiles) -> Reading<Bytes> {
    files.lines("/proc/meminfo").flatMap { lines in
      let total = KeyedText(lines, separator: ":").kibibytes("MemTotal")
      return Reading(total.map { Bytes($0) }, orReason: "/proc/meminfo: no MemTotal")
    }
  }
}
