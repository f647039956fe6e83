import Units

/// The caches of one kind: what one of them holds, who shares it, how many there are.
public struct Cache: Sendable, Equatable, Codable {
  /// 1 is nearest to the core.
  public var level: Int
  /// What it holds.
  public var kind: Kind
  /// Capacity of one such cache.
  public var size: Bytes
  /// Bytes that travel together; 0 when the kernel does not say.
  public var lineLength: Int
  /// Lines a set holds; 0 when the kernel does not say.
  public var ways: Int
  /// Online processors that share one such cache.
  public var sharedBy: Int
  /// How many such caches the machine has.
  public var count: Int

  /// What a cache holds.
  public enum Kind: String, Sendable, Codable {
    /// Data only.
    case data = "Data"
    /// Instructions only.
    case instruction = "Instruction"
    /// Both.
    case unified = "Unified"
  }

  /// Memberwise.
  public init(
    level: Int, kind: Kind, size: Bytes, lineLength: Int, ways: Int, sharedBy: Int, count: Int
  ) {
    self.level = level
    self.kind = kind
    self.size = size
    self.lineLength = lineLength
    self.ways = ways
    self.sharedBy = sharedBy
    self.count = count
  }

  /// Reads `/sys/devices/system/cpu/cpu*/cache` of the `online` processors, lowest level first.
  ///
  /// Cost: seven small files for every distinct cache, one more for every processor and level.
  public static func read(from files: SystemFiles, online: CPUList) -> Reading<[Cache]> {
    var caches: [Cache] = []
    var covered: Set<[Int]> = []
    for cpu in online.numbers {
      let folder = "/sys/devices/system/cpu/cpu\(cpu)/cache"
      for index in files.numbered("index", in: folder) where !covered.contains([cpu, index]) {
        guard let (cache, users) = one(files, "\(folder)/index\(index)") else { continue }
        let sharers = users.map(online.intersection) ?? CPUList([cpu])
        for user in sharers.numbers { covered.insert([user, index]) }
        caches.add(cache, sharedBy: max(1, sharers.count))
      }
    }
    caches.sort { ($0.level, $0.kind.rawValue, $0.size) < ($1.level, $1.kind.rawValue, $1.size) }
    guard caches.isEmpty else { return .value(caches) }
    return .unavailable("/sys/devices/system/cpu/cpu*/cache: no cache is described")
  }

  /// The cache described in `folder` and the processors that share it.
  private static func one(_ files: SystemFiles, _ folder: String) -> (Cache, CPUList?)? {
    guard let level = files.integer(folder + "/level").value,
      let kind = files.text(folder + "/type").value.flatMap(Kind.init(rawValue:)),
      let size = files.text(folder + "/size").value.flatMap(capacity)
    else { return nil }
    let cache = Cache(
      level: level, kind: kind, size: size,
      lineLength: files.integer(folder + "/coherency_line_size").value ?? 0,
      ways: files.integer(folder + "/ways_of_associativity").value ?? 0, sharedBy: 1, count: 1)
    return (cache, files.cpuList(folder + "/shared_cpu_list").value)
  }

  /// Bytes of `512K` or `32M`, as the kernel writes them.
  private static func capacity(_ text: String) -> Bytes? {
    let shift = text.hasSuffix("K") ? 10 : text.hasSuffix("M") ? 20 : 0
    guard let number = Int(text.prefix { $0.isNumber }), number > 0, number < 1 << 40 else {
      return nil
    }
    return Bytes(number << shift)
  }
}

extension [Cache] {
  /// Counts `cache` with those like it.
  fileprivate mutating func add(_ cache: Cache, sharedBy: Int) {
    var cache = cache
    cache.sharedBy = sharedBy
    let alike = firstIndex {
      $0.level == cache.level && $0.kind == cache.kind && $0.size == cache.size
        && $0.ways == cache.ways && $0.sharedBy == cache.sharedBy
    }
    if let alike { self[alike].count += 1 } else { append(cache) }
  }

  /// The smallest data or unified cache of `level`, which bounds what any core can count on; nil when
  /// there is none.
  public func data(level: Int) -> Cache? {
    filter { $0.level == level && $0.kind != .instruction }.min { $0.size < $1.size }
  }
}
