import Units

extension AvailableMemory.Limit {
  /// What the kernel estimates it can give without swapping; before Linux 3.14, what is free or
  /// cached, which is too much by the shared memory in the cache.
  static func system(_ meminfo: KeyedText) -> [Self] {
    let ceiling = meminfo.kibibytes("MemTotal").map { Bytes($0) }
    if let available = meminfo.kibibytes("MemAvailable") {
      return [
        Self(
          kind: .system, source: "/proc/meminfo MemAvailable", ceiling: ceiling,
          available: Bytes(available))
      ]
    }
    guard let free = meminfo.kibibytes("MemFree") else { return [] }
    let cached = (meminfo.kibibytes("Cached") ?? 0) - (meminfo.kibibytes("Shmem") ?? 0)
    return [
      Self(
        kind: .system, source: "/proc/meminfo MemFree + Cached - Shmem", ceiling: ceiling,
        available: Bytes(free + max(0, cached)))
    ]
  }

  /// What may still be promised, when `vm.overcommit_memory` is 2: then `mmap` itself refuses more.
  static func commit(_ meminfo: KeyedText, _ files: SystemFiles) -> [Self] {
    guard files.integer("/proc/sys/vm/overcommit_memory").value == 2,
      let limit = meminfo.kibibytes("CommitLimit"), let used = meminfo.kibibytes("Committed_AS")
    else { return [] }
    return [
      Self(
        kind: .commit, source: "/proc/meminfo CommitLimit - Committed_AS",
        ceiling: Bytes(limit), available: Bytes(limit - used))
    ]
  }

  /// Every group of both versions that limits this process, from its own up.
  static func controlGroups(_ files: SystemFiles) -> [Self] {
    let groups = ControlGroups(files: files)
    return groups.version2.flatMap { version2(files, $0) }
      + groups.version1("memory").flatMap { version1(files, $0) }
      + hierarchical(files, groups.version1("memory"))
  }

  /// `memory.max` and `memory.high` of one group; the word `max` is no limit.
  private static func version2(_ files: SystemFiles, _ folder: String) -> [Self] {
    let used = used(
      files, total: folder + "/memory.current", statistics: folder + "/memory.stat",
      reclaimable: "inactive_file")
    return [("memory.max", AvailableMemory.Kind.controlGroup), ("memory.high", .controlGroupHigh)]
      .compactMap { name, kind in
        guard let ceiling = files.integer("\(folder)/\(name)").value else { return nil }
        return Self(
          kind: kind, source: "\(folder)/\(name)", ceiling: Bytes(ceiling),
          available: Bytes(ceiling - used))
      }
  }

  /// `memory.limit_in_bytes` of one group.
  private static func version1(_ files: SystemFiles, _ folder: String) -> [Self] {
    let source = folder + "/memory.limit_in_bytes"
    guard let ceiling = files.integer(source).value, ceiling < unlimited else { return [] }
    let used = used(
      files, total: folder + "/memory.usage_in_bytes", statistics: folder + "/memory.stat",
      reclaimable: "total_inactive_file")
    return [
      Self(
        kind: .controlGroup, source: source, ceiling: Bytes(ceiling),
        available: Bytes(ceiling - used))
    ]
  }

  /// The least limit of all version 1 groups above, seen or not, which the own group's statistics
  /// name. Only the own usage is known to go against it, so this may be too much, never too little.
  private static func hierarchical(_ files: SystemFiles, _ folders: [String]) -> [Self] {
    guard let folder = folders.first,
      let statistics = files.lines(folder + "/memory.stat").value,
      let ceiling = KeyedText(statistics, separator: " ").integer("hierarchical_memory_limit"),
      ceiling < unlimited,
      !folders.contains(where: { files.integer($0 + "/memory.limit_in_bytes").value == ceiling })
    else { return [] }
    let used = used(
      files, total: folder + "/memory.usage_in_bytes", statistics: folder + "/memory.stat",
      reclaimable: "total_inactive_file")
    return [
      Self(
        kind: .controlGroup, source: folder + "/memory.stat hierarchical_memory_limit",
        ceiling: Bytes(ceiling), available: Bytes(ceiling - used))
    ]
  }

  /// Memory charged to a group less its inactive file pages, which the kernel drops first.
  private static func used(
    _ files: SystemFiles, total: String, statistics: String, reclaimable: String
  ) -> Int {
    let charged = files.integer(total).value ?? 0
    let lines = files.lines(statistics).value ?? []
    let inactive = KeyedText(lines, separator: " ").integer(reclaimable) ?? 0
    return max(0, charged - min(charged, max(0, inactive)))
  }

  /// Version 1 writes "no limit" as the largest whole number of pages.
  private static var unlimited: Int { 1 << 62 }

  /// `ulimit -v` and `ulimit -d`, where they are set.
  static func process(_ files: SystemFiles) -> [Self] {
    guard let limits = files.lines("/proc/self/limits").value,
      let status = files.lines("/proc/self/status").value.map({ KeyedText($0, separator: ":") })
    else { return [] }
    let rows = [
      ("Max address space", "VmSize", AvailableMemory.Kind.addressSpace),
      ("Max data size", "VmData", .data),
    ]
    return rows.compactMap { name, usage, kind in
      let row = limits.first { $0.hasPrefix(name) }
      guard let soft = row?.dropFirst(name.count).split(separator: " ").first.flatMap({ Int($0) })
      else { return nil }
      return Self(
        kind: kind, source: "/proc/self/limits \(name)", ceiling: Bytes(soft),
        available: Bytes(soft - (status.kibibytes(usage) ?? 0)))
    }
  }
}
