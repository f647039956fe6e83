import Hardware
import Measurement
import Tensors
import Units

/// How fast the kernel hands out fresh memory, a page at a time.
struct FaultProbes {
  let clock: any Clock

  /// Memory touched in one observation.
  static let span = 64 << 20

  /// Faults a second with the smallest pages and, where the system gives them, with huge ones.
  func group(hugePages: Bool) -> ProbeGroup {
    ProbeGroup(
      [probe("page_fault_minor", .small)] + (hugePages ? [probe("page_fault_huge", .huge)] : []))
  }

  /// What can't be timed here, and why: faults on huge pages, unless the system gives such pages or
  /// does not say whether it does.
  static func missing(files: SystemFiles = .live) -> [Ceiling] {
    guard let mapping = try? AlignedBuffer(byteCount: span, pages: .huge) else { return [] }
    mapping.touch(every: AlignedBuffer.Pages.huge.size)
    let start = UInt(bitPattern: mapping.baseAddress)
    let given = HugePages.given(in: start..<start + UInt(span), from: files)
    guard let bytes = given.value, bytes < Bytes(span / 2) else { return [] }
    return [
      .unavailable(
        "page_fault_huge", unit: "fault/s",
        because: "the system gave \(bytes) of \(Bytes(span)) on huge pages; "
          + "/sys/kernel/mm/transparent_hugepage/enabled says who gets them")
    ]
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
