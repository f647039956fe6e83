/// What surrounds the processor: the product, the kernel, and what stands between them and us.
public struct Platform: Sendable, Equatable, Codable {
  /// Who sells the box: `NVIDIA`.
  public var vendor: Reading<String>
  /// What it is sold as: `NVIDIA_DGX_Spark`, `m7i.large`.
  public var product: Reading<String>
  /// The operating system by its own account: `Debian GNU/Linux 12 (bookworm)`.
  public var operatingSystem: Reading<String>
  /// The kernel's version.
  public var kernel: Reading<String>
  /// The hypervisor below: its name, `unnamed`, or `none`.
  public var virtualisation: Reading<String>
  /// The kind of container this process is in; nil when nothing speaks for one.
  public var container: String?

  /// Reads DMI or the device tree, `/etc/os-release`, and the traces containers leave.
  public static func read(from files: SystemFiles, hypervisorFlag: Bool?) -> Platform {
    let vendor = files.text("/sys/class/dmi/id/sys_vendor")
    let product = files.text("/sys/class/dmi/id/product_name").or(
      files.text("/proc/device-tree/model"))
    return Platform(
      vendor: vendor, product: product, operatingSystem: systemName(files),
      kernel: files.text("/proc/sys/kernel/osrelease"),
      virtualisation: virtualisation(
        files, flag: hypervisorFlag, maker: "\(vendor.value ?? "") \(product.value ?? "")"),
      container: container(files))
  }

  private static func systemName(_ files: SystemFiles) -> Reading<String> {
    files.lines("/etc/os-release").flatMap { lines in
      let name = KeyedText(lines, separator: "=")["PRETTY_NAME"]?.filter { $0 != "\"" }
      return Reading(name, orReason: "/etc/os-release: no PRETTY_NAME")
    }
  }

  private static func virtualisation(
    _ files: SystemFiles, flag: Bool?, maker: String
  ) -> Reading<String> {
    let makers = [
      ("QEMU", "QEMU"), ("KVM", "KVM"), ("VMware", "VMware"), ("VirtualBox", "VirtualBox"),
      ("Virtual Machine", "Hyper-V"), ("Google Compute Engine", "KVM"), ("Xen", "Xen"),
      ("Parallels", "Parallels"), ("Apple Virtualization", "Apple Virtualization"),
      ("Firecracker", "Firecracker"),
    ]
    let name =
      files.text("/sys/hypervisor/type").value
      ?? files.text("/proc/device-tree/hypervisor/compatible").value
      ?? makers.first { maker.contains($0.0) }?.1
    if let name { return .value(name) }
    return Reading(
      flag.map { $0 ? "unnamed" : "none" },
      orReason: "nothing speaks for or against a hypervisor, as on most Arm systems")
  }

  private static func container(_ files: SystemFiles) -> String? {
    if files.exists("/.dockerenv") { return "docker" }
    if files.exists("/run/.containerenv") { return "podman" }
    let groups = files.text("/proc/self/cgroup").value ?? ""
    return ["kubepods", "docker", "libpod", "lxc", "garden"].first { groups.contains($0) }
  }

  /// Whether this is NVIDIA's GB10 desktop under its own name or that of a maker who names the chip.
  ///
  /// The product name is written with spaces, underscores or hyphens, depending on the maker.
  public var isDGXSpark: Bool {
    let words = (product.value ?? "").lowercased()
      .split { $0 == "_" || $0 == "-" || $0 == " " }.joined(separator: " ")
    return words.contains("dgx spark") || words.split(separator: " ").contains("gb10")
  }
}
