#if os(macOS)
  import Darwin
  import Units

  extension AvailableMemory {
    /// Asks the Mach host for its free, inactive and purgeable pages; `files` stands for nothing here.
    public static func read(from files: SystemFiles = .live) -> Reading<AvailableMemory> {
      var statistics = vm_statistics64_data_t()
      var count = mach_msg_type_number_t(
        MemoryLayout<vm_statistics64_data_t>.size / MemoryLayout<integer_t>.size)
      let status = withUnsafeMutablePointer(to: &statistics) { pointer in
        pointer.withMemoryRebound(to: integer_t.self, capacity: Int(count)) {
          host_statistics64(mach_host_self(), HOST_VM_INFO64, $0, &count)
        }
      }
      guard status == KERN_SUCCESS else {
        return .unavailable("host_statistics64: Mach error \(status)")
      }
      let pages =
        Int(statistics.free_count) + Int(statistics.inactive_count)
        + Int(statistics.purgeable_count)
      let limit = Limit(
        kind: .system, source: "host_statistics64 free + inactive + purgeable",
        ceiling: Sysctl.integer("hw.memsize").value.map { Bytes($0) },
        available: pages * Paging.processPageSize)
      return Reading(
        AvailableMemory(limits: [limit], swapFree: swapFree), orReason: "host_statistics64: empty")
    }

    private static var swapFree: Reading<Bytes> {
      var usage = xsw_usage()
      var size = MemoryLayout<xsw_usage>.size
      guard sysctlbyname("vm.swapusage", &usage, &size, nil, 0) == 0 else {
        return .unavailable("sysctl vm.swapusage: \(String(cString: strerror(errno)))")
      }
      return .value(Bytes(Int(usage.xsu_avail)))
    }
  }
#endif
