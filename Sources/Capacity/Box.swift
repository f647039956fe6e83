import Statistics
import Units

/// The machine a model is to run on, as far as capacity goes: how much, how fast, and says who.
public struct Box: Sendable, Equatable {
  /// Short name: a catalogue id, or the machine's fingerprint.
  public var id: String
  /// What people call it.
  public var name: String
  /// Whether the figures were measured on the machine itself; else they are a datasheet's.
  public var measured: Bool
  /// Who the memory belongs to.
  public var pool: Pool
  /// All of the memory the model could be held in.
  public var memoryTotal: Bytes
  /// What can be had now: free and reclaimable memory under every limit, or the datasheet's usable
  /// share.
  public var memoryAvailable: Bytes
  /// Memory read bandwidth in bytes per second.
  public var readBandwidth: Estimate
  /// Arithmetic peaks in operations per second by type: `f32`, `bf16`, `int8`, `fp8`, `fp4`.
  public var peaks: [String: Double]
  /// Achieved rate of this box's own f32 matrix multiplication in FLOP/s; nil when not measured.
  public var matmulRate: Estimate?
  /// Sequential disk read in bytes per second; nil when unknown.
  public var diskRead: Estimate?
  /// Where the figures come from.
  public var source: String

  /// Who the memory belongs to, which fixes what else must live in it.
  public enum Pool: String, Sendable, Codable {
    /// A processor's own memory, shared with the system.
    case system
    /// One memory for processor and accelerator, page cache included.
    case unified
    /// An accelerator's own memory.
    case discrete
  }

  /// Memberwise.
  public init(
    id: String, name: String, measured: Bool, pool: Pool, memoryTotal: Bytes,
    memoryAvailable: Bytes, readBandwidth: Estimate, peaks: [String: Double],
    matmulRate: Estimate? = nil, diskRead: Estimate? = nil, source: String
  ) {
    self.id = id
    self.name = name
    self.measured = measured
    self.pool = pool
    self.memoryTotal = memoryTotal
    self.memoryAvailable = memoryAvailable
    self.readBandwidth = readBandwidth
    self.peaks = peaks
    self.matmulRate = matmulRate
    self.diskRead = diskRead
    self.source = source
  }
}
