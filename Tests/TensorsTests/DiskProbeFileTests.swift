import Tensors
import Testing
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct DiskProbeFileTests {
  /// A folder beside the sources, which lies on a disk where the build does; gone at the end.
  private final class Folder {
    let path: String

    init() throws {
      var template = Array("/var/tmp/plimsoll-probe-XXXXXX".utf8CString)
      try #require(mkdtemp(&template) != nil)
      path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    var isEmpty: Bool { rmdir(path) == 0 }

    deinit { rmdir(path) }
  }

  private static let chunk = DiskProbeFile.chunkSize

  @Test(arguments: [(0, 1), (1, 1), (chunk, 1), (chunk + 1, 2)])
  func writesWholeChunks(size: Int, chunks: Int) throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: size, reserve: .zero) { false }
    #expect(file.byteCount == chunks * Self.chunk)
    #expect(try file.readMapped() == file.byteCount)
    #expect(folder.isEmpty, "the file must have no name, so that no death of ours leaves it")
  }

  @Test func stopsWhenEnough() throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: 100 * Self.chunk, reserve: .zero) {
      true
    }
    #expect(file.byteCount == Self.chunk)
  }

  @Test func readsPastThePageCacheOrSaysWhyNot() throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: Self.chunk, reserve: .zero) { false }
    do {
      #expect(try file.readDirect() == file.byteCount)
    } catch {
      #expect(error.kind == .refused)
    }
  }

  @Test(arguments: [1, 2, 3, 5])
  func readersShareTheFile(readers: Int) throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: 3 * Self.chunk, reserve: .zero) {
      false
    }
    do throws(StorageError) {
      var total = 0
      for reader in 0..<readers { total += try file.readDirect(reader: reader, of: readers) }
      #expect(total == file.byteCount)
    } catch { #expect(error.kind == .refused) }
  }

  @Test func whatWasReadIsGivenUpBehind() throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: 24 * Self.chunk, reserve: .zero) {
      false
    }
    do throws(StorageError) {
      try file.evict()
      #expect(try file.readMappedGivingUp() == file.byteCount)
      // Sixteen chunks stay, and what the kernel itself keeps.
      #expect(try file.residentShare() < 0.8)
    } catch { #expect(error.kind == .refused) }
  }

  @Test func evictionIsVerified() throws {
    let folder = try Folder()
    let file = try DiskProbeFile(folder: folder.path, size: Self.chunk, reserve: .zero) { false }
    do {
      try file.evict()
      #expect(try file.residentShare() < 0.05)
      #expect(try file.readMapped() == file.byteCount)
      #expect(try file.residentShare() == 1, "reading brings every page back")
    } catch {
      #expect(error.kind == .refused)
    }
  }

  @Test func keepsTheReserve() throws {
    let folder = try Folder()
    #expect {
      try DiskProbeFile(folder: folder.path, size: 1, reserve: .gibibytes(1 << 30)) { false }
    } throws: {
      ($0 as? StorageError)?.kind == .refused
    }
    #expect(folder.isEmpty)
  }

  @Test(arguments: [-1, Int.max])
  func refusesSizesWithoutSense(size: Int) throws {
    #expect(throws: StorageError.self) {
      try DiskProbeFile(folder: "/var/tmp", size: size) { true }
    }
  }

  @Test func saysThatTheFolderIsMissing() {
    #expect {
      try DiskProbeFile(folder: "/nowhere/at/all", size: 1) { true }
    } throws: {
      let error = $0 as? StorageError
      return error?.kind == .inputOutput && error?.description.contains("/nowhere/at/all") == true
    }
  }

  #if os(Linux)
    @Test(.enabled(if: access("/dev/shm", W_OK) == 0))
    func memoryIsNoDisk() {
      #expect {
        try DiskProbeFile(folder: "/dev/shm", size: 1, reserve: .zero) { true }
      } throws: {
        ($0 as? StorageError)?.description.contains("lies in memory") == true
      }
    }
  #endif
}
