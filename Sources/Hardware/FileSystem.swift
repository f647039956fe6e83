#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file system that a folder lies on, for the report beside a disk figure.
public struct FileSystem: Sendable, Equatable, Codable {
  /// Its kind: `ext4`, `nfs4`, `tmpfs`, `overlay`.
  public var type: String
  /// The device or whatever stands for one: `/dev/nvme0n1p2`, `server:/export`.
  public var source: String
  /// Where it is mounted.
  public var mountPoint: String

  /// Memberwise.
  public init(type: String, source: String, mountPoint: String) {
    self.type = type
    self.source = source
    self.mountPoint = mountPoint
  }

  /// Whether its files are in memory and nowhere else.
  public var liesInMemory: Bool { ["tmpfs", "ramfs", "hugetlbfs"].contains(type) }

  #if os(Linux)
    /// The file system of `folder`, an absolute path without symbolic links (`resolved` makes one).
    ///
    /// Of mounts on one another the last is the visible one. Errors: as a reason.
    public static func holding(
      _ folder: String, from files: SystemFiles = .live
    ) -> Reading<FileSystem> {
      files.lines("/proc/self/mountinfo").flatMap { lines in
        let mounts = lines.compactMap { Mount($0) }.filter { $0.holds(folder) }
        let longest = mounts.map(\.point.count).max()
        let visible = mounts.last { $0.point.count == longest }
        return Reading(
          visible.map { FileSystem(type: $0.type, source: $0.source, mountPoint: $0.point) },
          orReason: "/proc/self/mountinfo: nothing is mounted at or above '\(folder)'")
      }
    }
  #endif

  /// `path` made absolute, without symbolic links. Errors: as a reason, when there is no such path.
  public static func resolved(_ path: String) -> Reading<String> {
    guard let resolved = realpath(path, nil) else {
      return .unavailable("\(path): \(String(cString: strerror(errno)))")
    }
    defer { free(resolved) }
    return .value(String(cString: resolved))
  }
}

extension Mount {
  /// Whether `folder` is the mount point or lies below it.
  fileprivate func holds(_ folder: String) -> Bool {
    point == "/" || folder == point || folder.hasPrefix(point + "/")
  }
}
