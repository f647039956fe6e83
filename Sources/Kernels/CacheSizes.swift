public import Hardware

/// Cache sizes that blocking goes by, in bytes.
public struct CacheSizes: Sendable, Equatable {
  /// First-level data cache of a core.
  public var l1: Int
  /// Second-level cache of a core.
  public var l2: Int
  /// Last-level cache, as much of it as one process may count on.
  public var l3: Int

  /// Memberwise; the defaults suit most cores of the last ten years.
  public init(l1: Int = 32 << 10, l2: Int = 512 << 10, l3: Int = 16 << 20) {
    self.l1 = l1
    self.l2 = l2
    self.l3 = l3
  }

  /// The caches of this machine, as the system describes them; asked once.
  public static let ofThisMachine = CacheSizes(Machine.read().caches.value ?? [])

  /// What the machine says of its caches, each divided among the processors that share it up to the
  /// second level; the default for a level that is not described. A third level that is missing is
  /// the second.
  public init(_ caches: [Cache]) {
    self.init()
    if let first = caches.data(level: 1) { l1 = first.size.count / max(first.sharedBy, 1) }
    if let second = caches.data(level: 2) { l2 = second.size.count / max(second.sharedBy, 1) }
    if let third = caches.data(level: 3) {
      l3 = third.size.count
    } else if !caches.isEmpty {
      l3 = l2
    }
  }
}
