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
public final class DiskProbeFile {
  /// Bytes written.
  public let byteCount: Int
  private let descriptor: Int32
  private let chunk: AlignedBuffer

  /// Bytes moved by one call.
  public static let chunkSize = 4 << 20

  /// Writes `size` bytes (whole chunks) to a nameless file in `folder`, or fewer when `enough` says
  /// so between chunks; at least one chunk. The contents don't compress, and are on the disk when
  /// this returns.
  ///
  /// Errors: `.refused` when less than `size` + `reserve` is free; `.inputOutput` when the folder is
  /// missing or can't be written.
  public init(
    folder: String, size: Int, reserve: Bytes = .gibibytes(1), until enough: () -> Bool
  ) throws(StorageError) {
    try Self.checkSpace(folder: folder, needed: Bytes(size) + reserve)
    let descriptor = storage_open_unnamed(folder)
    guard descriptor >= 0 else {
      throw .system(.inputOutput, "the disk probe could not make a file in \(folder)")
    }
    self.descriptor = descriptor
    do throws(StorageError) {
      chunk = try AlignedBuffer(byteCount: Self.chunkSize, pages: .huge)
      byteCount = try Self.fill(descriptor, from: chunk, size: size, until: enough)
    } catch {
      close(descriptor)
      throw error
    }
  }

  deinit { close(descriptor) }

  /// Reads the file from end to end past the page cache; the bytes read.
  ///
  /// Errors: `.refused` where the file system has no direct reading (as tmpfs).
  public func readDirect() throws(StorageError) -> Int {
    let direct = storage_open_direct(descriptor)
    guard direct >= 0 else {
      throw .system(.refused, "this file system can't be read past the page cache")
    }
    defer { close(direct) }
    var total = 0
    while total < byteCount {
      let count = pread(direct, chunk.baseAddress, Self.chunkSize, off_t(total))
      guard count > 0 else { throw .system(.inputOutput, "reading the disk probe failed") }
      total += count
    }
    return total
  }

  /// Drops the file's pages from the page cache.
  ///
  /// Errors: `.refused` when more than a twentieth of them stays, as on a file system that lives in
  /// memory.
  public func evict() throws(StorageError) {
    let code = storage_evict(descriptor)
    guard code == 0 else {
      throw .system(.refused, "the page cache could not be emptied of the disk probe", code: code)
    }
    let map = try mapped()
    defer { munmap(map, byteCount) }
    let share = storage_resident_share(map, byteCount, Int(getpagesize()))
    guard share < 0.05 else {
      throw StorageError(
        .refused, "\(Decimal.fixed(share * 100, 0)) % of the disk probe stayed in the page cache")
    }
  }

  /// Maps the file and reads every cache line of it, first to last; the bytes read.
  public func readMapped() throws(StorageError) -> Int {
    let map = try mapped()
    defer { munmap(map, byteCount) }
    madvise(map, byteCount, Int32(MADV_SEQUENTIAL))
    var sum: UInt64 = 0
    for offset in stride(from: 0, to: byteCount, by: 64) {
      sum &+= map.load(fromByteOffset: offset, as: UInt64.self)
    }
    // Every word is the generator's and none is zero, so that a sum of zero means nothing was read.
    return sum == 0 ? 0 : byteCount
  }

  private func mapped() throws(StorageError) -> UnsafeMutableRawPointer {
    let map = mmap(nil, byteCount, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let map, map != MAP_FAILED else {
      throw .system(.refused, "the disk probe could not be mapped")
    }
    return map
  }

  private static func checkSpace(folder: String, needed: Bytes) throws(StorageError) {
    var system = statvfs()
    guard statvfs(folder, &system) == 0 else {
      throw .system(.inputOutput, "the folder for the disk probe, \(folder)")
    }
    let free = Int(clamping: UInt64(system.f_bavail).multipliedReportingOverflow(
      by: UInt64(system.f_frsize)).partialValue)
    guard free >= needed.count else {
      throw StorageError(
        .refused,
        "\(folder) has \(Bytes(free)) free and the disk probe needs \(needed) with its reserve; "
          + "name another folder with --directory")
    }
  }

  private static func fill(
    _ descriptor: Int32, from chunk: AlignedBuffer, size: Int, until enough: () -> Bool
  ) throws(StorageError) -> Int {
    var total = 0
    repeat {
      chunk.fill(seed: UInt64(total) + 7)
      guard pwrite(descriptor, chunk.baseAddress, chunkSize, off_t(total)) == chunkSize else {
        throw .system(.inputOutput, "writing the disk probe failed")
      }
      total += chunkSize
    } while total < size && !enough()
    guard fsync(descriptor) == 0 else {
      throw .system(.inputOutput, "writing the disk probe failed")
    }
    return total
  }
}
