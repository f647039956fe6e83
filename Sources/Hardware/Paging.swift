import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the system divides memory into pages.
public struct Paging: Sendable, Equatable, Codable {
  /// Bytes of an ordinary page of this process.
  public var pageSize: Bytes
  /// Bytes of a transparent huge page.
  public var hugePageSize: Reading<Bytes>
  /// Who gets transparent huge pages: `always`, `madvise` or `never`.
  public var transparentHugePages: Reading<String>
  /// How hard a page fault tries to get one: `always`, `defer`, `defer+madvise`, `madvise`, `never`.
  public var defragmentation: Reading<String>

  /// Reads `/sys/kernel/mm/transparent_hugepage`; the page size is that of the running process.
  public static func read(from files: SystemFiles) -> Paging {
    let folder = "/sys/kernel/mm/transparent_hugepage"
    return Paging(
      pageSize: processPageSize,
      hugePageSize: files.integer(folder + "/hpage_pmd_size").map { Bytes($0) },
      transparentHugePages: files.choice(folder + "/enabled"),
      defragmentation: files.choice(folder + "/defrag"))
  }

  /// Bytes of an ordinary page of this process.
  public static var processPageSize: Bytes { Bytes(max(1, sysconf(Int32(_SC_PAGESIZE)))) }
}

extension SystemFiles {
  /// The word in brackets of a file that lists choices: `always [madvise] never`.
  func choice(_ path: String) -> Reading<String> {
    text(path).flatMap { text in
      let chosen = text.split(separator: " ").first { $0.hasPrefix("[") && $0.hasSuffix("]") }
      return Reading(
        chosen.map { String($0.dropFirst().dropLast()) },
        orReason: "\(path): no choice is marked in '\(text.prefix(40))'")
    }
  }
}
