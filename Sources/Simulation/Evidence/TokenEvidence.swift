import Hardware
public import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What one token of a walk did to the box.
public struct TokenEvidence: Sendable, Equatable, Codable {
  /// How long it took, in seconds.
  public var seconds: Double
  /// Page faults that waited for a disk, of the whole process.
  public var majorFaults: Int
  /// Page faults served from memory.
  public var minorFaults: Int
  /// Bytes that the process had read from a disk, page cache and read-ahead included; nil where the
  /// system doesn't say.
  public var diskReadBytes: Int?
  /// Microseconds in which some task of the machine waited for memory; nil where the kernel doesn't say.
  public var memoryStallMicroseconds: Int?
  /// Microseconds in which all of them did, so that nothing got done; nil where the kernel doesn't say.
  public var memoryFullStallMicroseconds: Int?
  /// Bytes that the process held in memory afterwards, of mapped files those that it has looked at since
  /// they came; nil where the system doesn't say.
  public var residentBytes: Bytes?
  /// The share, 0 to 1, of the weights that was in memory afterwards; nil where nobody looked.
  public var residentShare: Double?
}

/// The counters at one moment, from which evidence is the difference.
public struct EvidenceCounters: Sendable {
  private let usage: ProcessUsage
  private let diskRead: Int?
  private let stall: Pressure?
  private let resident: Bytes?

  /// Reads them now: three small files and a system call, some tens of microseconds.
  ///
  /// Source: proc(5), `read_bytes` of `/proc/self/io`; the kernel's documentation of PSI.
  public init(from files: SystemFiles = .live) {
    usage = .current()
    diskRead = files.field("read_bytes", of: "/proc/self/io")
    stall = Pressure.memory(from: files).value
    resident = ProcessMemory(from: files)?.resident
  }

  /// What happened since `earlier`, in `seconds`.
  public func since(_ earlier: EvidenceCounters, seconds: Double) -> TokenEvidence {
    func difference(_ later: Int?, _ earlier: Int?) -> Int? {
      later.flatMap { later in earlier.map { max(0, later - $0) } }
    }
    return TokenEvidence(
      seconds: seconds, majorFaults: usage.majorFaults - earlier.usage.majorFaults,
      minorFaults: usage.minorFaults - earlier.usage.minorFaults,
      diskReadBytes: difference(diskRead, earlier.diskRead),
      memoryStallMicroseconds: difference(stall?.some, earlier.stall?.some),
      memoryFullStallMicroseconds: difference(stall?.full, earlier.stall?.full),
      residentBytes: resident)
  }
}

/// What the process holds of the machine's memory.
public struct ProcessMemory: Sendable, Equatable {
  /// Bytes in memory now, the mapped file's among them.
  public var resident: Bytes
  /// The most there ever were.
  public var peak: Bytes

  /// Reads `/proc/self/status`; nil where there is none.
  public init?(from files: SystemFiles = .live) {
    guard let resident = files.kibibytes("VmRSS", of: "/proc/self/status"),
      let peak = files.kibibytes("VmHWM", of: "/proc/self/status")
    else { return nil }
    (self.resident, self.peak) = (Bytes(resident), Bytes(peak))
  }

  /// Lets the peak start afresh from what is held now; whether the system did.
  ///
  /// Source: proc(5), `/proc/self/clear_refs`, value 5, Linux 4.0.
  static func resetPeak() -> Bool {
    #if os(Linux)
      let descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      return write(descriptor, "5", 1) == 1
    #else
      return false
    #endif
  }
}
