import Capacity
import Statistics
import Units

extension Box {
  /// A made-up box: round figures that a reader can check by hand.
  static func test(
    available: Bytes = .gibibytes(64), total: Bytes = .gibibytes(64), pool: Pool = .discrete,
    bandwidth: Estimate = Estimate(exactly: 100e9), peaks: [String: Double] = [:],
    deviceClass: DeviceClass = .desktop, disk: Double? = nil, overhead: Double = 0
  ) -> Box {
    Box(
      id: "test", name: "test", measured: true, pool: pool, memoryTotal: total,
      memoryAvailable: available, readBandwidth: bandwidth, peaks: peaks,
      diskRead: disk.map { Estimate(exactly: $0) }, source: "the test", deviceClass: deviceClass,
      layerOverhead: Estimate(exactly: overhead))
  }
}
