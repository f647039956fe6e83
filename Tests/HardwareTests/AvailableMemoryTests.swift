import Hardware
import Testing
import Units

@Suite struct AvailableMemoryTests {
  private static let meminfo = [
    "/proc/meminfo": """
    MemTotal:       16777216 kB
    MemFree:         1048576 kB
    MemAvailable:    8388608 kB
    Cached:          4194304 kB
    Shmem:            524288 kB
    SwapFree:        2097152 kB
    CommitLimit:     9437184 kB
    Committed_AS:    4194304 kB

    """
  ]
  private static let v2Mount =
    "35 24 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
  private static let v1Mount =
    "33 31 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"

  private func read(_ more: [String: String]) throws -> AvailableMemory {
    let fixture = try Fixture(Self.meminfo.merging(more) { $1 })
    return try #require(AvailableMemory.read(from: fixture.files).value)
  }

  @Test func systemAlone() throws {
    let memory = try read([:])
    #expect(memory.available == .gibibytes(8))
    #expect(memory.binding?.kind == .system)
    #expect(memory.binding?.ceiling == .gibibytes(16))
    #expect(memory.swapFree == .value(.gibibytes(2)), "told apart, not counted")
  }

  @Test func oldKernelWithoutMemAvailable() throws {
    let memory = try read(["/proc/meminfo": "MemFree: 1024 kB\nCached: 3072 kB\nShmem: 1024 kB\n"])
    #expect(memory.available == .mebibytes(3))
    #expect(memory.swapFree.value == nil)
  }

  @Test func nothingIsKnown() throws {
    let fixture = try Fixture()
    let reason = AvailableMemory.read(from: fixture.files).reason
    #expect(reason?.contains("/proc/meminfo: No such file") == true)
  }

  @Test func version2CountsInactiveFilePagesAsFree() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v2Mount, "/proc/self/cgroup": "0::/job\n",
      "/sys/fs/cgroup/job/memory.max": "\(4 << 30)\n",
      "/sys/fs/cgroup/job/memory.high": "max\n",
      "/sys/fs/cgroup/job/memory.current": "\(3 << 30)\n",
      "/sys/fs/cgroup/job/memory.stat": "anon 5\nactive_file 7\ninactive_file \(1 << 30)\n",
    ])
    #expect(memory.available == .gibibytes(2))
    #expect(memory.binding?.kind == .controlGroup)
    #expect(memory.binding?.source == "/sys/fs/cgroup/job/memory.max")
    #expect(memory.binding?.ceiling == .gibibytes(4))
    #expect(memory.limits.count == 2, "the word max is no limit")
  }

  @Test func version2HighBindsBelowMax() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v2Mount, "/proc/self/cgroup": "0::/job\n",
      "/sys/fs/cgroup/job/memory.max": "\(4 << 30)\n",
      "/sys/fs/cgroup/job/memory.high": "\(2 << 30)\n",
      "/sys/fs/cgroup/job/memory.current": "\(1 << 30)\n",
    ])
    #expect(memory.available == .gibibytes(1))
    #expect(memory.binding?.kind == .controlGroupHigh)
  }

  @Test func version2AncestorBinds() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v2Mount, "/proc/self/cgroup": "0::/a/b/c\n",
      "/sys/fs/cgroup/a/b/c/memory.max": "max\n",
      "/sys/fs/cgroup/a/memory.max": "\(3 << 30)\n",
      "/sys/fs/cgroup/a/memory.current": "\(2 << 30)\n",
    ])
    #expect(memory.available == .gibibytes(1))
    #expect(memory.binding?.source == "/sys/fs/cgroup/a/memory.max")
  }

  @Test func fullGroupGivesNothing() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v2Mount, "/proc/self/cgroup": "0::/\n",
      "/sys/fs/cgroup/memory.max": "1000\n", "/sys/fs/cgroup/memory.current": "5000\n",
    ])
    #expect(memory.available == .zero)
  }

  /// A container sees its own group mounted as the top: the host's path must be cut.
  @Test(arguments: [
    ("/docker/abc", "/docker/abc/inner", "/sys/fs/cgroup/inner"),
    ("/docker/abc", "/docker/abc", "/sys/fs/cgroup"),
    ("/docker/abc", "/elsewhere", "/sys/fs/cgroup"),
    ("/", "/../sibling", "/sys/fs/cgroup"),
    ("/", "/job", "/sys/fs/cgroup/job"),
  ])
  func mountRoots(root: String, own: String, folder: String) throws {
    let memory = try read([
      "/proc/self/mountinfo": "35 24 0:30 \(root) /sys/fs/cgroup rw shared:1 - cgroup2 none rw\n",
      "/proc/self/cgroup": "0::\(own)\n",
      "\(folder)/memory.max": "\(1 << 30)\n", "\(folder)/memory.current": "0\n",
    ])
    #expect(memory.binding?.source == "\(folder)/memory.max")
    #expect(memory.available == .gibibytes(1))
  }

  @Test func version1() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v1Mount, "/proc/self/cgroup": "4:memory:/job\n",
      "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": "\(4 << 30)\n",
      "/sys/fs/cgroup/memory/job/memory.usage_in_bytes": "\(2 << 30)\n",
      "/sys/fs/cgroup/memory/job/memory.stat":
        "inactive_file 1\nhierarchical_memory_limit \(4 << 30)\ntotal_inactive_file \(1 << 30)\n",
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
    ])
    #expect(memory.available == .gibibytes(3))
    #expect(memory.limits.count == 2, "the top has no limit and the hierarchy repeats the own one")
  }

  @Test func version1LimitAboveWhatIsMounted() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v1Mount, "/proc/self/cgroup": "4:memory:/job\n",
      "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/job/memory.usage_in_bytes": "\(1 << 30)\n",
      "/sys/fs/cgroup/memory/job/memory.stat":
        "hierarchical_memory_limit \(2 << 30)\ntotal_inactive_file 0\n",
    ])
    #expect(memory.available == .gibibytes(1))
    #expect(memory.binding?.source.hasSuffix("hierarchical_memory_limit") == true)
  }

  @Test func hybridTreesBothCount() throws {
    let memory = try read([
      "/proc/self/mountinfo": Self.v1Mount
        + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
      "/proc/self/cgroup": "4:memory:/job\n0::/other\n",
      "/sys/fs/cgroup/memory/job/memory.limit_in_bytes": "\(4 << 30)\n",
      "/sys/fs/cgroup/unified/other/memory.max": "\(1 << 30)\n",
    ])
    #expect(memory.limits.map(\.available) == [.gibibytes(8), .gibibytes(1), .gibibytes(4)])
  }

  @Test func mountPointWithSpace() throws {
    let memory = try read([
      "/proc/self/mountinfo": "35 24 0:30 / /sys/my\\040groups rw - cgroup2 none rw\n",
      "/proc/self/cgroup": "0::/\n", "/sys/my groups/memory.max": "\(1 << 20)\n",
    ])
    #expect(memory.available == .mebibytes(1))
  }

  @Test func processLimits() throws {
    let memory = try read([
      "/proc/self/limits": """
      Limit                     Soft Limit           Hard Limit           Units
      Max data size             unlimited            unlimited            bytes
      Max address space         1073741824           unlimited            bytes

      """,
      "/proc/self/status": "VmSize:\t  524288 kB\nVmData:\t  1 kB\n",
    ])
    #expect(memory.available == .mebibytes(512))
    #expect(memory.binding?.kind == .addressSpace)
  }

  @Test(arguments: [("0", AvailableMemory.Kind.system, 8), ("2", .commit, 5)])
  func overcommit(mode: String, kind: AvailableMemory.Kind, gibibytes: Int) throws {
    let memory = try read(["/proc/sys/vm/overcommit_memory": mode])
    #expect(memory.binding?.kind == kind)
    #expect(memory.available == .gibibytes(gibibytes))
  }

  @Test func thisMachine() throws {
    let memory = try #require(AvailableMemory.read().value)
    let total = try #require(Machine.read().memory.value)
    #expect(memory.available <= total)
    #expect(memory.limits.allSatisfy { $0.available >= .zero })
    #expect(memory.limits.allSatisfy { memory.available <= $0.available })
  }
}
