import Units

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A box that somebody describes in a file of their own, by its datasheet or their own measurements.
///
/// The keys are those of the catalogue's devices (`docs/BOXES.md`), and `"schema": "plimsoll/box@1"`.
public enum BoxFile {
  /// The schema of the file.
  public static let schema = "plimsoll/box@1"

  /// The box in `json`; nil where that has another schema, or none.
  ///
  /// Errors: text that isn't JSON, a key that is missing, and a figure that no device has.
  public static func box(json: [UInt8]) throws(CapacityError) -> Box? {
    struct Header: Decodable { var schema: String? }
    let entry: DeviceEntry
    do {
      let decoder = JSONDecoder()
      guard try decoder.decode(Header.self, from: Data(json)).schema == schema else { return nil }
      entry = try decoder.decode(DeviceEntry.self, from: Data(json))
    } catch { throw CapacityError(reason(error)) }
    try entry.checkFigures()
    return try entry.box()
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, _):
      return "the key '\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      return place.isEmpty
        ? "it isn't JSON" : "'\(place)': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}

extension DeviceEntry {
  /// Refuses figures that no device has, before anything is computed with them.
  ///
  /// Errors: the first such figure, with its key and what was expected.
  func checkFigures() throws(CapacityError) {
    let sizes = [
      ("memory_gib", memoryGiB), ("memory_gib_min", smallestMemoryGiB), ("visible_gib", visibleGiB),
      ("usable_gib", usableGiB),
    ]
    for (key, value) in sizes {
      guard let value else { continue }
      try check(key, value, 0...1_048_576, "GiB")
    }
    try check("bandwidth_gbs", bandwidthGBs, 0.001...1e6, "GB/s")
    if let usableFraction {
      try check("usable_fraction", usableFraction, 0.01...1, "of the memory")
    }
    for (key, peak) in peaksTFLOPs ?? [:] {
      try check("tflops_dense.\(key)", peak, 1e-6...1e6, "TFLOP/s")
    }
    for (key, triple) in [
      ("effective_bandwidth_gbs", effectiveBandwidthGBs), ("matmul_tflops", matmulTFLOPs),
    ] {
      guard let triple else { continue }
      guard triple.count == 3, triple == triple.sorted() else {
        throw CapacityError("'\(key)': expected low, best and high figure, in this order")
      }
      for value in triple { try check(key, value, 1e-6...1e6, "and more") }
    }
    guard (memoryGiB ?? 0) > 0 else {
      throw CapacityError("the key 'memory_gib' is missing, or 0: how much memory has the box?")
    }
  }

  private func check(
    _ key: String, _ value: Double, _ range: ClosedRange<Double>, _ unit: String
  ) throws(CapacityError) {
    guard range.contains(value) else {
      throw CapacityError(
        "'\(key)' is \(Decimal.significant(value)) where \(Decimal.significant(range.lowerBound)) to "
          + "\(Decimal.significant(range.upperBound)) \(unit) was expected")
    }
  }
}
