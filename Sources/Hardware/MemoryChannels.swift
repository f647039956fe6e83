/// The memory channels that have a module in them.
public enum MemoryChannels {
  /// How many channels of all memory controllers are populated.
  ///
  /// From the error counters' driver (`/sys/devices/system/edac/mc/mc*/dimm*/dimm_location`: `channel 0
  /// slot 1`), which everybody may read. The firmware's own table (SMBIOS, type 17) is for the superuser
  /// alone and names no channels.
  /// Source: Linux, drivers/edac/edac_mc_sysfs.c.
  ///
  /// Errors: as a reason, without such a driver or where it doesn't know of channels.
  public static func populated(from files: SystemFiles = .live) -> Reading<Int> {
    let folder = "/sys/devices/system/edac/mc"
    var channels: Set<String> = []
    for controller in files.numbered("mc", in: folder) {
      let path = "\(folder)/mc\(controller)"
      // Kernels name modules after what their controller tells apart.
      for module in ["dimm", "rank"] {
        for number in files.numbered(module, in: path) {
          guard files.integer("\(path)/\(module)\(number)/size").value ?? 1 > 0 else { continue }
          let place = files.text("\(path)/\(module)\(number)/dimm_location").value ?? ""
          guard let channel = channel(of: place) else {
            return .unavailable("\(path)/\(module)\(number)/dimm_location: no channel is named")
          }
          channels.insert("\(controller) \(channel)")
        }
      }
    }
    return channels.isEmpty
      ? .unavailable("\(folder): no memory controller tells") : .value(channels.count)
  }

  /// What of a place names the channel: all but slot and row, which lie side by side on one.
  private static func channel(of place: String) -> String? {
    let words = place.split(separator: " ")
    guard words.contains("channel") else { return nil }
    return stride(from: 0, to: words.count - 1, by: 2)
      .filter { words[$0] != "slot" && words[$0] != "csrow" }
      .map { "\(words[$0]) \(words[$0 + 1])" }.joined(separator: " ")
  }
}
