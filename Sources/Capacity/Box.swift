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
  /// Memory read bandwidth in bytes per second: measured, or the share of the datasheet's figure
  /// that runtimes reach.
  public var readBandwidth: Estimate
  /// Arithmetic peaks in operations per second by type: `f32` (of shaders), `f16`, `bf16`, `int8`, `fp8`,
  /// `fp4`, and `f16acc` where sums in 16 bits are faster than in 32.
  public var peaks: [String: Double]
  /// Achieved rate of this box's own matrix multiplication in FLOP/s; nil when not measured.
  public var matmulRate: Estimate?
  /// Sequential disk read in bytes per second; nil when unknown.
  public var diskRead: Estimate?
  /// The same through the mapping of a file that memory is too small for; its ends are the pace with and without the
  /// kernel's work of giving pages up. Nil when unknown.
  public var diskReadMapped: Estimate?
  /// Where the figures come from.
  public var source: String
  /// What kind of chip does the work.
  public var deviceClass: DeviceClass
  /// Whether somebody saw the rate at which this very device reads while it decodes.
  public var bandwidthWasSeen: Bool
  /// The bandwidth the datasheet prints, which nothing exceeds; nil when the box was measured.
  public var datasheetBandwidth: BytesPerSecond?
  /// Seconds a layer costs beside reading its bytes.
  public var layerOverhead: Estimate
  /// What to know before trusting these figures.
  public var warnings: [Assessment.Warning]

  /// Who the memory belongs to, which fixes what else must live in it.
  public enum Pool: String, Sendable, Codable {
    /// A processor's own memory, shared with the system.
    case system
    /// One memory for processor and accelerator, page cache included.
    case unified
    /// An accelerator's own memory.
    case discrete
  }

  /// Memberwise; a `layerOverhead` of nil is that of the device class.
  public init(
    id: String, name: String, measured: Bool, pool: Pool, memoryTotal: Bytes,
    memoryAvailable: Bytes, readBandwidth: Estimate, peaks: [String: Double],
    matmulRate: Estimate? = nil, diskRead: Estimate? = nil, diskReadMapped: Estimate? = nil,
    source: String,
    deviceClass: DeviceClass = .processor, bandwidthWasSeen: Bool = false,
    datasheetBandwidth: BytesPerSecond? = nil, layerOverhead: Estimate? = nil,
    warnings: [Assessment.Warning] = []
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
    self.diskReadMapped = diskReadMapped
    self.source = source
    self.deviceClass = deviceClass
    self.bandwidthWasSeen = bandwidthWasSeen
    self.datasheetBandwidth = datasheetBandwidth
    self.layerOverhead = layerOverhead ?? deviceClass.layerOverhead
    self.warnings = warnings
  }
}

extension Box {
  /// Whether the processor generates the tokens: then a runtime reaches only its own share of the
  /// read bandwidth, and arithmetic may be slower than the bytes.
  var decodesOnProcessor: Bool { deviceClass == .processor }

  /// The 16-bit matrix peak, or the f32 peak of a chip that prints no other.
  var matrixPeak: Double? { peaks["bf16"] ?? peaks["f16"] ?? peaks["f32"] }

  /// The fastest arithmetic of any type this chip has: what no claim can exceed.
  var highestPeak: Double? { peaks.values.max() }

  /// What the operating system keeps beside the model.
  ///
  /// A rule of this project: a 32nd of the memory, at least 256 MiB and at most 4 GiB, for page
  /// tables, the page cache of running programs and the file system; what is not available anyway
  /// counts towards it. An accelerator's own memory has no system in it.
  public var systemReserve: Bytes {
    guard pool != .discrete else { return .zero }
    let share = min(max(memoryTotal.count / 32, 1 << 28), 1 << 32)
    let taken = max(0, memoryTotal.count - memoryAvailable.count)
    return Bytes(max(0, share - taken))
  }
}
