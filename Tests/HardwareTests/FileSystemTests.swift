import Hardware
import Testing
import Units

#if os(Linux)
  import Glibc

  @Suite struct FileSystemTests {
    private static let mounts = """
      27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
      40 27 0:50 / /home rw,relatime shared:1 master:2 - nfs4 server:/export rw
      41 27 0:51 / /home/me/cache rw - tmpfs tmpfs rw
      42 27 8:1 / /mnt/my\\040disk rw - xfs /dev/sda1 rw
      43 27 8:2 / /twice rw - ext4 /dev/sdb1 rw
      44 43 8:3 / /twice rw - btrfs /dev/sdc1 rw

      """

    @Test(arguments: [
      ("/", "ext4", "/"), ("/var/tmp", "ext4", "/"), ("/home", "nfs4", "/home"),
      ("/homer", "ext4", "/"), ("/home/me", "nfs4", "/home"),
      ("/home/me/cache/x", "tmpfs", "/home/me/cache"), ("/mnt/my disk/a", "xfs", "/mnt/my disk"),
      ("/twice/a", "btrfs", "/twice"),
    ])
    func longestAndLastWins(folder: String, type: String, point: String) throws {
      let fixture = try Fixture(["/proc/self/mountinfo": Self.mounts])
      let system = try #require(FileSystem.holding(folder, from: fixture.files).value)
      #expect(system.type == type)
      #expect(system.mountPoint == point)
      #expect(system.liesInMemory == (type == "tmpfs"))
    }

    @Test func unknown() throws {
      let fixture = try Fixture(["/proc/self/mountinfo": "not a mount\n"])
      #expect(FileSystem.holding("/x", from: fixture.files).reason?.contains("/x") == true)
      #expect(FileSystem.resolved("/nowhere/at/all").value == nil)
    }

    @Test func thisMachine() throws {
      let folder = try #require(FileSystem.resolved(".").value)
      #expect(FileSystem.holding(folder).value != nil)
    }
  }

  @Suite struct HugePagesTests {
    private static let smaps = """
      7f0000000000-7f0000400000 rw-p 00000000 00:00 0
      Size:               4096 kB
      AnonHugePages:      2048 kB
      VmFlags: rd wr mr mw me ac hg
      7f0000400000-7f0000800000 rw-p 00000000 00:00 0 [heap]
      AnonHugePages:      4096 kB

      """

    @Test(
      arguments: [
        (0x7f00_0000_0000, 0x7f00_0000_1000, 2 << 20),
        (0x7f00_0030_0000, 0x7f00_0050_0000, 6 << 20),
        (0x7f00_0040_0000, 0x7f00_0080_0000, 4 << 20),
      ] as [(UInt, UInt, Int)])
    func overlappingMappingsCount(start: UInt, end: UInt, bytes: Int) throws {
      let fixture = try Fixture(["/proc/self/smaps": Self.smaps])
      #expect(HugePages.given(in: start..<end, from: fixture.files) == .value(Bytes(bytes)))
    }

    @Test func nothingMapped() throws {
      let fixture = try Fixture(["/proc/self/smaps": Self.smaps])
      #expect(HugePages.given(in: 0..<4096, from: fixture.files).reason != nil)
      fixture.remove("/proc/self/smaps")
      #expect(
        HugePages.given(in: 0..<4096, from: fixture.files).reason?.contains("No such") == true)
    }

    /// Memory mapped with advice of its own: small pages stay small, huge ones come if they may.
    @Test(arguments: [(MADV_NOHUGEPAGE, false), (MADV_HUGEPAGE, true)])
    func thisMachine(advice: Int32, mayBeHuge: Bool) throws {
      let length = 8 << 20
      let map = try #require(
        mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
      try #require(map != MAP_FAILED)
      defer { munmap(map, length) }
      try #require(madvise(map, length, advice) == 0)
      for offset in stride(from: 0, to: length, by: 4096) {
        map.storeBytes(of: 1, toByteOffset: offset, as: UInt8.self)
      }
      let start = UInt(bitPattern: map)
      let given = try #require(HugePages.given(in: start..<start + UInt(length)).value)
      #expect(given.count.isMultiple(of: 4096))
      #expect(mayBeHuge || given == .zero)
    }
  }
#endif
