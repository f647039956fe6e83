import Tensors
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Room on the disk that a folder lies on.
public struct DiskSpace: Sendable {
  private let folder: String

  /// The disk of `folder`.
  public init(folder: String) { self.folder = folder }

  /// What is free for this process, and what of it is to stay so: a GiB, or a twentieth of the file
  /// system where that is more, so that nobody's disk is filled up.
  ///
  /// Errors: `.inputOutput` where there is no such folder.
  public func free() throws(SimulationError) -> (free: Bytes, reserve: Bytes) {
    var system = statvfs()
    guard statvfs(folder, &system) == 0 else {
      throw .system(.inputOutput, "the folder for the weights, \(folder)")
    }
    let unit = UInt64(system.f_frsize)
    func bytes(_ blocks: UInt64) -> Int {
      let (count, overflow) = blocks.multipliedReportingOverflow(by: unit)
      return overflow ? .max : Int(clamping: count)
    }
    let total = bytes(UInt64(system.f_blocks))
    return (Bytes(bytes(UInt64(system.f_bavail))), Bytes(max(1 << 30, total / 20)))
  }

  /// Makes sure that `byteCount` bytes and a reserve fit.
  ///
  /// Errors: `.refused` with how much is missing.
  func check(_ byteCount: Int, reserve asked: Bytes?) throws(SimulationError) {
    let (free, usual) = try free()
    let needed = Bytes(byteCount) + (asked ?? usual)
    guard free >= needed else {
      throw SimulationError(
        .refused,
        "\(folder) has \(free) free, and the weights need \(Bytes(byteCount)) with a reserve of "
          + "\(asked ?? usual) left: \(needed - free) are missing; walk a part with --layers, or name "
          + "another --directory")
    }
  }

  /// Refuses tmpfs and ramfs, which would be memory and no disk.
  static func checkMedium(of descriptor: Int32, folder: String) throws(SimulationError) {
    do throws(StorageError) {
      try DiskProbeFile.checkMedium(of: descriptor, folder: folder)
    } catch { throw SimulationError(error) }
  }
}
