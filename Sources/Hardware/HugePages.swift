import Units

/// Whether the huge pages that were asked for were given.
public enum HugePages {
  /// Bytes on transparent huge pages in the mappings of this process that overlap `addresses`.
  ///
  /// Neighbouring mappings of the same kind are one to the kernel, so that this may count more than
  /// what lies in `addresses`; a caller who maps a region of his own with advice of its own gets what
  /// he asks for. Errors: as a reason, without `/proc/self/smaps`.
  ///
  /// Cost: the kernel walks the page tables of the whole process, some milliseconds a gigabyte.
  public static func given(
    in addresses: Range<UInt>, from files: SystemFiles = .live
  ) -> Reading<Bytes> {
    files.lines("/proc/self/smaps").flatMap { lines in
      var overlaps = false
      var total: Int?
      for line in lines {
        if let mapping = mapping(line) {
          overlaps = mapping.overlaps(addresses)
        } else if overlaps, line.hasPrefix("AnonHugePages:") {
          total = (total ?? 0) + (KeyedText([line], separator: ":").kibibytes("AnonHugePages") ?? 0)
        }
      }
      return Reading(
        total.map { Bytes($0) }, orReason: "/proc/self/smaps: no mapping at these addresses")
    }
  }

  /// The addresses of a line `7f1c2a000000-7f1c2a200000 rw-p …`; nil for a line of another kind.
  private static func mapping(_ line: Substring) -> Range<UInt>? {
    guard let ends = line.split(separator: " ").first?.split(separator: "-"), ends.count == 2,
      let start = UInt(ends[0], radix: 16), let end = UInt(ends[1], radix: 16), start <= end
    else { return nil }
    return start..<end
  }
}
