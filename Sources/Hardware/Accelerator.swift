import Units

/// A chip for models beside the processor, as the system lists it; nothing of it was measured.
public struct Accelerator: Sendable, Equatable, Codable {
  /// Where it sits: `0000:01:00.0`.
  public var address: String
  /// `NVIDIA`, `AMD` or `Intel`.
  public var vendor: String
  /// What it is called, by its driver or by the system's list of PCI devices; else its number there.
  public var name: String
  /// Its own memory; nil where the driver doesn't tell, or where it shares the system's.
  public var memory: Bytes?

  /// Memberwise.
  public init(address: String, vendor: String, name: String, memory: Bytes?) {
    self.address = address
    self.vendor = vendor
    self.name = name
    self.memory = memory
  }

  /// The accelerators on the PCI bus below `files`, in the order of their addresses; none on macOS, which
  /// has no such files.
  ///
  /// Source: the kernel's documentation of sysfs; `mem_info_vram_total` is amdgpu's, the model's name below
  /// `/proc/driver/nvidia` that of NVIDIA's driver. NVIDIA's memory is known to its own program alone.
  /// Cost: a few small files a PCI device; the list of names, 1.5 MB, only where there is something to name.
  public static func read(from files: SystemFiles = .live) -> [Accelerator] {
    let folder = "/sys/bus/pci/devices"
    return files.names(in: folder).compactMap { address in
      let device = "\(folder)/\(address)"
      guard let kind = files.integer("\(device)/class").value, isAccelerator(kind >> 8),
        let maker = files.integer("\(device)/vendor").value, let vendor = vendors[maker],
        let number = files.integer("\(device)/device").value
      else { return nil }
      let memory = files.integer("\(device)/mem_info_vram_total").value
      // Intel's processors have graphics on the bus's first segment, which is no card.
      if vendor == "Intel", address.hasPrefix("0000:00:") { return nil }
      let name =
        files.lines("/proc/driver/nvidia/gpus/\(address)/information").value
        .flatMap { KeyedText($0, separator: ":")["Model"] }
        ?? files.text("\(device)/product_name").value.flatMap { $0.isEmpty ? nil : $0 }
        ?? listedName(maker, number, files) ?? "PCI \(hexadecimal(maker)):\(hexadecimal(number))"
      return Accelerator(
        address: address, vendor: vendor, name: name,
        memory: memory.flatMap { $0 > 0 ? Bytes($0) : nil })
    }
  }

  /// Display controllers (03), and processing accelerators (1200).
  private static func isAccelerator(_ kind: Int) -> Bool { kind >> 8 == 0x03 || kind == 0x1200 }

  private static let vendors = [0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel"]

  /// The name in the list of PCI devices that systems carry (pci.ids): makers at a line's start, their
  /// devices below, a tab before each.
  private static func listedName(_ maker: Int, _ number: Int, _ files: SystemFiles) -> String? {
    let lists = ["/usr/share/misc/pci.ids", "/usr/share/hwdata/pci.ids"]
    guard let lines = lists.lazy.compactMap({ files.lines($0).value }).first else { return nil }
    let (head, entry) = ("\(hexadecimal(maker))  ", "\t\(hexadecimal(number))  ")
    guard let start = lines.firstIndex(where: { $0.hasPrefix(head) }) else { return nil }
    let devices = lines[(start + 1)...].prefix { $0.hasPrefix("\t") || $0.hasPrefix("#") }
    guard let line = devices.first(where: { $0.hasPrefix(entry) }) else { return nil }
    // `GA102 [GeForce RTX 3090]`: what people call it stands in brackets.
    let name = line.dropFirst(entry.count)
    guard let open = name.lastIndex(of: "["), let close = name.lastIndex(of: "]"), open < close
    else { return String(name) }
    return String(name[name.index(after: open)..<close])
  }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
