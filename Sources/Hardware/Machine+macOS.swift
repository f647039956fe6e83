#if os(macOS)
  import Darwin
  import Units

  extension Machine {
    /// Asks `sysctl`; `files` stands for nothing here, since macOS has no such files.
    public static func read(from files: SystemFiles = .live) -> Machine {
      let logical = Sysctl.integer("hw.logicalcpu")
      let topology = logical.map { count in
        Topology(
          online: CPUList(0..<max(1, count)),
          physicalCores: Sysctl.integer("hw.physicalcpu").value ?? count,
          sockets: Sysctl.integer("hw.packages").value ?? 1)
      }
      return Machine(
        processor: processor, topology: topology, caches: caches(online: logical.value ?? 1),
        memoryNodes: .unavailable("macOS does not show NUMA nodes"),
        memory: Sysctl.integer("hw.memsize").map { Bytes($0) },
        paging: Paging(
          pageSize: Paging.processPageSize,
          hugePageSize: .unavailable("macOS has no transparent huge pages"),
          transparentHugePages: .unavailable("macOS has no transparent huge pages"),
          defragmentation: .unavailable("macOS has no transparent huge pages")),
        platform: platform)
    }

    private static var processor: Reading<Processor> {
      Sysctl.text("machdep.cpu.brand_string").map { name in
        #if arch(arm64)
          let (architecture, vendor) = ("arm64", "Apple")
        #else
          let architecture = "x86_64"
          let vendor = Sysctl.text("machdep.cpu.vendor").value ?? "unknown"
        #endif
        return Processor(
          architecture: architecture, name: name, vendor: vendor,
          family: Sysctl.integer("machdep.cpu.family").value,
          model: Sysctl.integer("machdep.cpu.model").value,
          stepping: Sysctl.integer("machdep.cpu.stepping").value,
          features: CPUFeature.allCases.filter { feature in
            feature == .sse2 && architecture == "x86_64"
              || feature.sysctlName.map { Sysctl.integer($0).value == 1 } ?? false
          },
          hypervisorFlag: Sysctl.integer("kern.hv_vmm_present").value.map { $0 == 1 })
      }
    }

    /// The caches of the performance cores on Apple silicon, of all cores on Intel.
    private static func caches(online: Int) -> Reading<[Cache]> {
      let line = Sysctl.integer("hw.cachelinesize").value ?? 0
      let kinds: [(Int, Cache.Kind, String)] = [
        (1, .data, "l1dcachesize"), (1, .instruction, "l1icachesize"),
        (2, .unified, "l2cachesize"), (3, .unified, "l3cachesize"),
      ]
      let caches = kinds.compactMap { level, kind, key -> Cache? in
        let size = Sysctl.integer("hw.perflevel0.\(key)").or(Sysctl.integer("hw.\(key)"))
        guard let bytes = size.value, bytes > 0 else { return nil }
        let users = level == 1 ? 1 : Sysctl.integer("hw.perflevel0.cpusperl\(level)").value ?? 1
        return Cache(
          level: level, kind: kind, size: Bytes(bytes), lineLength: line, ways: 0,
          sharedBy: users, count: max(1, online / max(1, users)))
      }
      return caches.isEmpty ? .unavailable("sysctl: no cache is described") : .value(caches)
    }

    private static var platform: Platform {
      let version = Sysctl.text("kern.osproductversion")
      let isGuest = Sysctl.integer("kern.hv_vmm_present")
      return Platform(
        vendor: .value("Apple"), product: Sysctl.text("hw.model"),
        operatingSystem: version.map { "macOS \($0)" }, kernel: Sysctl.text("kern.osrelease"),
        virtualisation: isGuest.map { $0 == 1 ? "unnamed" : "none" },
        container: nil)
    }
  }

  /// The kernel's named values.
  enum Sysctl {
    /// The whole number called `name`, of four or eight bytes.
    static func integer(_ name: String) -> Reading<Int> {
      var value: Int64 = 0
      var size = MemoryLayout<Int64>.size
      // A four-byte value fills the lower half, as both of Apple's architectures are little-endian.
      guard sysctlbyname(name, &value, &size, nil, 0) == 0 else {
        return .unavailable("sysctl \(name): \(String(cString: strerror(errno)))")
      }
      return .value(Int(value))
    }

    /// The text called `name`.
    static func text(_ name: String) -> Reading<String> {
      var bytes = [UInt8](repeating: 0, count: 256)
      var size = bytes.count
      guard sysctlbyname(name, &bytes, &size, nil, 0) == 0 else {
        return .unavailable("sysctl \(name): \(String(cString: strerror(errno)))")
      }
      return .value(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
  }
#endif
