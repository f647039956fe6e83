import Measurement
import Tensors

/// How fast the kernel hands out fresh memory, a page at a time.
struct FaultProbes {
  let clock: any Clock

  /// Memory touched in one observation.
  static let span = 64 << 20

  /// Faults a second with 4 KiB pages and with huge pages.
  var group: ProbeGroup {
    ProbeGroup([probe("page_fault_minor", .small), probe("page_fault_huge", .huge)])
  }

  private func probe(_ name: String, _ pages: AlignedBuffer.Pages) -> Probe {
    Probe(name: name, unit: "fault/s", threads: 1) {
      guard let mapping = try? AlignedBuffer(byteCount: Self.span, pages: pages) else { return 0 }
      let touches = Self.span / pages.size
      let time = clock.time { mapping.touch(every: pages.size) }
      return Double(touches) / time
    }
  }
}
