import Statistics
import Units

/// One device of the catalogue, as its datasheet and published measurements describe it.
public struct DeviceEntry: Sendable, Equatable, Decodable {
  /// Short name for the command line: `dgx-spark`.
  public var id: String
  /// What people call it.
  public var name: String
  /// What kind of chip does the work.
  public var deviceClass: DeviceClass
  /// Memory as sold, in GiB; the largest where several sizes are sold, nil where none is known.
  public var memoryGiB: Double?
  /// The smallest memory it is sold with, in GiB: nil where there is one size, 0 where it isn't known.
  public var smallestMemoryGiB: Double?
  /// What of it the system or the driver shows, in GiB, where that is known to be less.
  public var visibleGiB: Double?
  /// What of it a model can have, in GiB, where a limit is known.
  public var usableGiB: Double?
  /// The share of the memory that the accelerator may use by default.
  public var usableFraction: Double?
  /// The datasheet's bandwidth in GB/s.
  public var bandwidthGBs: Double
  /// Low, best and high bandwidth in GB/s seen in decoding, where somebody measured it.
  public var effectiveBandwidthGBs: [Double]?
  /// How those and the matrix rate were measured or derived.
  public var measuredNote: String?
  /// Dense arithmetic peaks in TFLOP/s by type.
  public var peaksTFLOPs: [String: Double]?
  /// Low, best and high rate in TFLOP/s of 16-bit matrix multiplication, where it was measured.
  public var matmulTFLOPs: [Double]?
  /// How far these figures were checked against their sources.
  public var verified: String
  /// Where they come from.
  public var sources: [String]

  private enum CodingKeys: String, CodingKey {
    case id
    case name
    case deviceClass = "class"
    case memoryGiB = "memory_gib"
    case smallestMemoryGiB = "memory_gib_min"
    case visibleGiB = "visible_gib"
    case usableGiB = "usable_gib"
    case usableFraction = "usable_fraction"
    case bandwidthGBs = "bandwidth_gbs"
    case effectiveBandwidthGBs = "effective_bandwidth_gbs"
    case measuredNote = "measured_note"
    case peaksTFLOPs = "tflops_dense"
    case matmulTFLOPs = "matmul_tflops"
    case verified
    case sources
  }
}

extension DeviceEntry {
  /// This device as a box with `memory`, or with the largest memory it is sold with.
  ///
  /// Errors: a memory outside the sizes sold, or none given where the catalogue knows none.
  public func box(memory: Bytes? = nil) throws(CapacityError) -> Box {
    let total = try total(asked: memory)
    var box = Box(
      id: id, name: name, measured: false, pool: pool, memoryTotal: total,
      memoryAvailable: available(of: total), readBandwidth: readBandwidth,
      peaks: (peaksTFLOPs ?? [:]).mapValues { $0 * 1e12 },
      matmulRate: matmulTFLOPs.flatMap { Estimate(triple: $0, scale: 1e12) },
      source: sources.first ?? "", deviceClass: deviceClass,
      bandwidthWasSeen: effectiveBandwidthGBs != nil,
      datasheetBandwidth: BytesPerSecond(bandwidthGBs * 1e9),
      layerOverhead: effectiveBandwidthGBs == nil ? nil : Self.overheadBesideEffectiveBandwidth)
    box.warnings = warnings(total: total, asked: memory)
    return box
  }

  /// A bandwidth derived from whole tokens of a dense model already holds most of the overhead;
  /// what is left is what smaller and mixture-of-experts layers add.
  private static let overheadBesideEffectiveBandwidth = Estimate(
    value: 25e-6, low: 0, high: 110e-6)

  private var pool: Box.Pool {
    switch deviceClass {
    case .processor: .system
    case .integrated, .apple: .unified
    case .desktop, .server: .discrete
    }
  }

  private func total(asked: Bytes?) throws(CapacityError) -> Bytes {
    guard let asked else {
      guard let size = visibleGiB ?? memoryGiB else {
        throw CapacityError(
          "the catalogue has no memory size for '\(id)'; write it as \(id)@512GiB")
      }
      return Bytes(gibibytes: size)
    }
    let largest = Bytes(gibibytes: memoryGiB ?? 65536)
    let smallest = Bytes(gibibytes: smallestMemoryGiB ?? memoryGiB ?? 1)
    guard smallest <= asked, asked <= largest else {
      let range = smallest == largest ? "" : smallest > .zero ? "\(smallest) to " : "up to "
      throw CapacityError(
        "'\(id)' is sold with \(range)\(largest) of memory, not with \(asked)")
    }
    return asked
  }

  /// The usable share; of a card's own memory, all but what its driver keeps (a rule of this
  /// project: 2 %, at least half a GiB).
  private func available(of total: Bytes) -> Bytes {
    if let usableGiB { return min(Bytes(gibibytes: usableGiB), total) }
    if let usableFraction { return Bytes(Int(Double(total.count) * usableFraction)) }
    guard pool == .discrete else { return total }
    return total - Bytes(max(1 << 29, total.count / 50))
  }

  private var readBandwidth: Estimate {
    if let measured = effectiveBandwidthGBs.flatMap({ Estimate(triple: $0, scale: 1e9) }) {
      return measured
    }
    let peak = bandwidthGBs * 1e9
    let share = deviceClass.readShare
    return Estimate(value: share.value * peak, low: share.low * peak, high: share.high * peak)
  }

  private func warnings(total: Bytes, asked: Bytes?) -> [Assessment.Warning] {
    var warnings: [Assessment.Warning] = []
    if effectiveBandwidthGBs == nil {
      let share = deviceClass.readShare
      warnings.append(
        .init(
          code: "datasheet-bandwidth",
          message: "the bandwidth of \(id) is a datasheet's (\(Decimal.significant(bandwidthGBs)) "
            + "GB/s), of which \(Decimal.fixed(share.low * 100, 0))–"
            + "\(Decimal.fixed(share.high * 100, 0)) % is assumed to be reached; "
            + "measure the box itself to narrow it"))
    } else {
      warnings.append(
        .init(
          code: "published-bandwidth",
          message: "the bandwidth of \(id) is what others measured while decoding, not the "
            + "datasheet's \(Decimal.significant(bandwidthGBs)) GB/s and not this box's own"
            + (measuredNote.map { " (\($0))" } ?? "")))
    }
    if asked == nil, smallestMemoryGiB != nil {
      warnings.append(
        .init(
          code: "memory-size-assumed",
          message: "\(id) is sold with several memory sizes; the largest, \(total), is assumed: "
            + "write \(id)@SIZE for another"))
    }
    return warnings
  }
}

extension Estimate {
  /// Low, best and high figure times `scale`; nil unless there are three.
  fileprivate init?(triple: [Double], scale: Double) {
    guard triple.count == 3 else { return nil }
    self.init(value: triple[1] * scale, low: triple[0] * scale, high: triple[2] * scale)
  }
}

extension Bytes {
  /// `size` × 2³⁰ bytes.
  fileprivate init(gibibytes size: Double) { self.init(Int(size * 1_073_741_824)) }
}
