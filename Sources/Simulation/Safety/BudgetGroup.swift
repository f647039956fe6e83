import Hardware
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A control group around this process that bounds its memory, page cache included.
///
/// Pages that were in the page cache before stay charged to whoever read them first: evict a file
/// before it is walked. After the end the process is back in its group, and this one is gone; where the
/// process was killed, the next `BudgetGroup` removes the empty group.
public final class BudgetGroup {
  /// What bounds the process.
  public let limit: Bytes
  private let home: String
  private var folder: String
  private var isIn = false

  /// What groups of this program are named, before the process's number.
  static let prefix = "plimsoll-budget-"

  /// Moves this process into a new group of at most `limit`: one below its own, or of version 2 beside it,
  /// since there a group that has processes gives no memory to groups below.
  ///
  /// Errors: `.refused` where there is no memory controller, or where the system doesn't let this
  /// process make groups; nothing is changed then.
  public init(limit: Bytes, from files: SystemFiles = .live) throws(SimulationError) {
    guard limit > .zero else {
      throw SimulationError(.usage, "a budget of \(limit) is none; name one such as 16GiB")
    }
    guard let group = MemoryGroup.own(from: files) else {
      throw SimulationError(
        .refused, "no control group can bound the walk: none for memory is mounted here")
    }
    self.limit = limit
    home = files.root + group.folder
    folder = home
    guard group.isUnified else {
      try bind(in: home, "memory.limit_in_bytes")
      return
    }
    let parent = group.folder.split(separator: "/").dropLast().map { "/" + $0 }.joined()
    if files.text(parent + "/cgroup.procs").value != nil {
      do throws(SimulationError) {
        try bind(in: files.root + parent, "memory.max")
        return
      } catch { folder = home }
    }
    try bind(in: home, "memory.max", isAlone: true)
  }

  deinit { end() }

  /// Moves the process back and removes the group. Its page cache is dropped first where the system can,
  /// else it goes to the group above.
  public func end() {
    if isIn, (try? Self.write("\(getpid())", to: "\(home)/cgroup.procs")) != nil { isIn = false }
    // Version 1 alone has this file.
    _ = try? Self.write("0", to: "\(folder)/memory.force_empty")
    rmdir(folder)
  }

  /// Makes the group in the folder of another one, bounds it by `file`, and enters it.
  ///
  /// - Parameter isAlone: the other one is this process's own, to be left before it gives memory to groups
  ///   below.
  private func bind(
    in outer: String, _ file: String, isAlone: Bool = false
  ) throws(SimulationError) {
    Self.sweep(outer)
    folder = "\(outer)/\(Self.prefix)\(getpid())"
    // It may be there: a process of the same number was killed.
    guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
      throw .system(.refused, "no control group can be made in \(outer)")
    }
    do throws(SimulationError) {
      if isAlone {
        try enter()
        try Self.write("+memory", to: "\(outer)/cgroup.subtree_control")
      }
      try Self.write("\(limit.count)", to: "\(folder)/\(file)")
      if !isAlone { try enter() }
    } catch {
      end()
      throw error
    }
  }

  private func enter() throws(SimulationError) {
    try Self.write("\(getpid())", to: "\(folder)/cgroup.procs")
    isIn = true
  }

  /// Removes the groups of processes that are gone.
  private static func sweep(_ home: String) {
    for name in SystemFiles(root: home).names(in: "") where name.hasPrefix(prefix) {
      guard let owner = pid_t(name.dropFirst(prefix.count)), owner > 0 else { continue }
      if kill(owner, 0) != 0, errno == ESRCH { rmdir("\(home)/\(name)") }
    }
  }

  private static func write(_ text: String, to path: String) throws(SimulationError) {
    let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw .system(.refused, "no control group can bound the walk: '\(path)'")
    }
    defer { close(descriptor) }
    let count = text.utf8.count
    guard text.withCString({ systemWrite(descriptor, $0, count) }) == count else {
      throw .system(.refused, "no control group can bound the walk: writing \(text) to '\(path)'")
    }
  }
}

/// `write(2)`, whose name `BudgetGroup.write` hides.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
