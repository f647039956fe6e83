import CShims
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file without a name, written to be read again: it is gone when the process ends, however it ends.
public final class DiskProbeFile: Sendable {
  /// Bytes written.
  public let byteCount: Int
  private let descriptor: Int32

  /// Bytes moved by one call.
  public static let chunkSize = 4 << 20

  /// Writes `size` bytes (whole chunks) to a nameless file in `folder`, or fewer when `enough` says
  /// so between chunks; at least one chunk. The contents don't compress, and are on the disk when
  /// this returns.
  ///
  /// Errors: `.refused` when less than `size` + `reserve` is free, or when the folder lies in memory;
  /// `.inputOutput` when it is missing or can't be written.
  public init(
    folder: String, size: Int, reserve: Bytes = .gibibytes(1), until enough: () -> Bool
  ) throws(StorageError) {
    try Self.checkSpace(folder: folder, size: size, reserve: reserve)
    let descriptor = storage_open_unnamed(folder)
    guard descriptor >= 0 else {
      throw .system(.inputOutput, "the disk probe could not make a file in \(folder)")
    }
    self.descriptor = descriptor
    do throws(StorageError) {
      try Self.checkMedium(of: descriptor, folder: folder)
      let chunk = try AlignedBuffer(byteCount: Self.chunkSize, pages: .huge)
      byteCount = try Self.fill(descriptor, from: chunk, size: size, until: enough)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Reads the chunks of reader `reader` of `readers`, every `readers`-th, past the page cache; the bytes read.
  ///
  /// Several readers may read at a time, each on a thread of its own: a fast disk wants several reads under way.
  /// Errors: `.refused` where the file system has no direct reading, or without memory; `.inputOutput`.
  public func readDirect(reader: Int = 0, of readers: Int = 1) throws(StorageError) -> Int {
    let direct = storage_open_direct(descriptor)
    guard direct >= 0 else {
      throw .system(.refused, "this file system can't be read past the page cache")
    }
    defer { close(direct) }
    let buffer = try AlignedBuffer(byteCount: Self.chunkSize, pages: .huge)
    var total = 0
    for start in stride(
      from: reader * Self.chunkSize, to: byteCount, by: max(readers, 1) * Self.chunkSize)
    {
      var done = 0
      while done < Self.chunkSize {
        let count = pread(
          direct, buffer.baseAddress + done, Self.chunkSize - done, off_t(start + done))
        if count < 0, errno == EINTR { continue }
        guard count != 0 else {
          throw StorageError(
            .inputOutput, "the disk probe ended after \(start + done) of \(byteCount) bytes")
        }
        guard count > 0 else { throw .system(.inputOutput, "reading the disk probe failed") }
        done += count
      }
      total += done
    }
    return total
  }

  /// Drops the file's pages from the page cache.
  ///
  /// Errors: `.refused` when more than a twentieth of them stays, or when the system doesn't say.
  public func evict() throws(StorageError) {
    let code = storage_evict(descriptor)
    guard code == 0 else {
      throw .system(.refused, "the page cache could not be emptied of the disk probe", code: code)
    }
    let share = try residentShare()
    guard share < 0.05 else {
      throw StorageError(
        .refused, "\(Decimal.fixed(share * 100, 0)) % of the disk probe stayed in the page cache")
    }
  }

  /// The share, 0 to 1, of the file's pages that are in memory.
  ///
  /// Errors: `.refused` when the system doesn't say.
  public func residentShare() throws(StorageError) -> Double {
    let map = try mapped()
    defer { munmap(map, byteCount) }
    let share = storage_resident_share(map, byteCount, Int(getpagesize()))
    guard share >= 0 else {
      throw .system(
        .refused, "the system does not tell which pages of the disk probe are in memory")
    }
    return share
  }

  /// Maps the file and reads every cache line of it, first to last; the bytes read.
  public func readMapped() throws(StorageError) -> Int {
    let map = try mapped()
    defer { munmap(map, byteCount) }
    madvise(map, byteCount, Int32(MADV_SEQUENTIAL))
    return read(map, 0..<byteCount)
  }

  /// Maps the file and reads every cache line of it, while what was read is given up again some way behind: as
  /// the kernel has to where memory is smaller than the file. The bytes read.
  ///
  /// Errors: `.refused` where the system doesn't give pages up on demand (`MADV_PAGEOUT`, Linux 5.4).
  public func readMappedGivingUp() throws(StorageError) -> Int {
    #if os(Linux)
      let map = try mapped()
      defer { munmap(map, byteCount) }
      var total = 0
      for start in stride(from: 0, to: byteCount, by: Self.chunkSize) {
        total += read(map, start..<start + Self.chunkSize)
        guard start >= Self.kept else { continue }
        guard madvise(map + start - Self.kept, Self.chunkSize, Self.pageOut) == 0 else {
          throw .system(.refused, "the system doesn't give up pages of a file when asked to")
        }
      }
      return total
    #else
      throw StorageError(.refused, "this system doesn't give up pages of a file when asked to")
    #endif
  }

  /// What stays mapped behind the reading, a multiple of chunks.
  private static let kept = 16 * chunkSize
  private static let pageOut: Int32 = 21  // MADV_PAGEOUT

  /// Reads a word of each cache line of `range`; its bytes. The words are the generator's: a sum of zero, once in
  /// 2⁶⁴ files, means that nothing was read.
  private func read(_ map: UnsafeMutableRawPointer, _ range: Range<Int>) -> Int {
    var sum: UInt64 = 0
    for offset in stride(from: range.lowerBound, to: range.upperBound, by: 64) {
      sum &+= map.load(fromByteOffset: offset, as: UInt64.self)
    }
    return sum == 0 ? 0 : range.count
  }

  private func mapped() throws(StorageError) -> UnsafeMutableRawPointer {
    let map = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let map, map != MAP_FAILED else {
      throw .system(.refused, "the disk probe could not be mapped")
    }
    return map
  }
}

extension DiskProbeFile {
  /// What is left must be `reserve`: the probe is not to be what fills somebody's disk.
  private static func checkSpace(folder: String, size: Int, reserve: Bytes) throws(StorageError) {
    guard (0...1 << 40).contains(size) else {
      throw StorageError(
        .refused, "a disk probe of \(size) bytes makes no sense; use 1 GiB at most")
    }
    var system = statvfs()
    guard statvfs(folder, &system) == 0 else {
      throw .system(.inputOutput, "the folder for the disk probe, \(folder)")
    }
    let (free, overflow) = UInt64(system.f_bavail).multipliedReportingOverflow(
      by: UInt64(system.f_frsize))
    let available = overflow ? Bytes(.max) : Bytes(Int(clamping: free))
    let needed = Bytes(max(size, chunkSize)) + reserve
    guard available >= needed else {
      throw StorageError(
        .refused,
        "\(folder) has \(available) free and the disk probe needs \(needed) with its reserve; "
          + "name another folder with --directory")
    }
  }

  /// Refuses tmpfs and ramfs: since Linux 6.6 they accept direct reading, at the speed of memory.
  ///
  /// Errors: `.refused` for those; `.inputOutput` where the system doesn't say what `descriptor` lies on.
  public static func checkMedium(of descriptor: Int32, folder: String) throws(StorageError) {
    #if os(Linux)
      let answer = hardware_lies_in_memory(descriptor)
      guard answer >= 0 else { throw .system(.inputOutput, "the file system of \(folder)") }
      guard answer == 0 else {
        throw StorageError(
          .refused, "\(folder) lies in memory, not on a disk; name another folder with --directory")
      }
    #endif
  }

  private static func fill(
    _ descriptor: Int32, from chunk: AlignedBuffer, size: Int, until enough: () -> Bool
  ) throws(StorageError) -> Int {
    var total = 0
    repeat {
      // A compressing file system would store less of anything more regular.
      var generator = SplitMix64(seed: 7, position: UInt64(total / 8))
      chunk.withElements(of: UInt64.self) { words in
        for index in words.indices { words[index] = generator.next() }
      }
      try write(chunk, to: descriptor, at: total)
      total += chunkSize
    } while total < size && !enough()
    guard fsync(descriptor) == 0 else { throw writeError(errno) }
    return total
  }

  private static func write(
    _ chunk: AlignedBuffer, to descriptor: Int32, at offset: Int
  ) throws(StorageError) {
    var written = 0
    while written < chunkSize {
      let count = pwrite(
        descriptor, chunk.baseAddress + written, chunkSize - written, off_t(offset + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw writeError(errno) }
      written += count
    }
  }

  private static func writeError(_ code: Int32) -> StorageError {
    let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
    return .system(isFull ? .refused : .inputOutput, "writing the disk probe failed", code: code)
  }
}
