/// The control groups this process is in, as far up as this mount namespace shows them.
///
/// Version 2 is one tree for all controllers; version 1 has a tree for each; a system may have both.
/// In a container the visible root may be any group of the host's tree: what binds above it shows in
/// no file here, only in what the kernel then refuses.
struct ControlGroups: Sendable {
  /// Folders of the version 2 tree from this process's group up to the visible root; empty when it is
  /// not mounted.
  let version2: [String]
  private let version1: [String: [String]]

  /// Folders of the version 1 tree of `controller`, own group first; empty when it is not mounted.
  func version1(_ controller: String) -> [String] { version1[controller] ?? [] }

  /// Reads `/proc/self/cgroup` and finds the mount points in `/proc/self/mountinfo`.
  init(files: SystemFiles) {
    let mounts = (files.lines("/proc/self/mountinfo").value ?? []).compactMap { Mount($0) }
    var unified: [String] = []
    var legacy: [String: [String]] = [:]
    for line in files.lines("/proc/self/cgroup").value ?? [] {
      // `4:memory:/own/path`, and `0::/own/path` for version 2.
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { continue }
      if fields[0] == "0", fields[1].isEmpty {
        let mount = mounts.first { $0.type == "cgroup2" }
        unified = mount?.folders(upFrom: fields[2]) ?? []
      }
      for controller in fields[1].split(separator: ",") {
        let mount = mounts.first { $0.type == "cgroup" && $0.options.contains(controller) }
        legacy[String(controller)] = mount?.folders(upFrom: fields[2]) ?? []
      }
    }
    version2 = unified
    version1 = legacy
  }
}

extension Mount {
  /// The folders of this mounted tree from the group `path` up to the mount point.
  ///
  /// `path` is the group as `/proc/self/cgroup` names it; the part of it above what is mounted goes.
  /// A group outside of what is mounted (`/../other`) leaves the mount point alone.
  fileprivate func folders(upFrom path: Substring) -> [String] {
    var below = path.split(separator: "/")
    let above = root.split(separator: "/")
    if below.starts(with: above) { below.removeFirst(above.count) } else { below = [] }
    if below.contains("..") { below = [] }
    return (0...below.count).reversed().map { depth in
      ([point == "/" ? "" : point] + below.prefix(depth).map(String.init)).joined(separator: "/")
    }
  }
}

/// The control group that this process's memory is charged to.
public struct MemoryGroup: Sendable, Equatable {
  /// Its folder.
  public var folder: String
  /// Whether it is one of version 2, where all controllers share a tree.
  public var isUnified: Bool

  /// This process's own; nil where no memory controller is mounted. Of both versions the one that has the
  /// controller counts.
  public static func own(from files: SystemFiles = .live) -> MemoryGroup? {
    let groups = ControlGroups(files: files)
    if let folder = groups.version1("memory").first {
      return MemoryGroup(folder: folder, isUnified: false)
    }
    guard let folder = groups.version2.first,
      let controllers = files.text(folder + "/cgroup.controllers").value,
      controllers.split(separator: " ").contains("memory")
    else { return nil }
    return MemoryGroup(folder: folder, isUnified: true)
  }
}
