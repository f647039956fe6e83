/// Machines as their kernels describe them, cut to what is read.
enum Boxes {
  /// A core as `/sys` describes it.
  static func core(_ cpu: Int, siblings: String, package: Int = 0) -> [String: String] {
    let folder = "/sys/devices/system/cpu/cpu\(cpu)/topology"
    return [
      "\(folder)/core_cpus_list": "\(siblings)\n", "\(folder)/physical_package_id": "\(package)\n",
    ]
  }

  /// A cache as `/sys` describes it.
  static func cache(
    cpu: Int, index: Int, level: Int, type: String, size: String, shared: String
  ) -> [String: String] {
    let folder = "/sys/devices/system/cpu/cpu\(cpu)/cache/index\(index)"
    return [
      "\(folder)/level": "\(level)\n", "\(folder)/type": "\(type)\n", "\(folder)/size": "\(size)\n",
      "\(folder)/coherency_line_size": "64\n", "\(folder)/ways_of_associativity": "8\n",
      "\(folder)/shared_cpu_list": "\(shared)\n",
    ]
  }

  /// Two cores with two threads each (0 with 2, 1 with 3) under a hypervisor, process bound to 1-3.
  static var intel: [String: String] {
    let block = """
      vendor_id\t: GenuineIntel
      cpu family\t: 6
      model\t\t: 143
      model name\t: Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz
      stepping\t: 8
      flags\t\t: fpu sse2 avx avx2 fma f16c avx512f avx512bw avx512vl avx512dq avx512_vnni \
      avx512_bf16 amx_tile amx_int8 hypervisor

      """
    var files = [
      "/proc/cpuinfo": (0..<4).map { "processor\t: \($0)\n\(block)" }.joined(separator: "\n"),
      "/proc/meminfo": "MemTotal:       16384000 kB\nMemFree: 100 kB\nMemAvailable:   8192000 kB\n",
      "/proc/self/status": "Name:\ttest\nVmSize:\t 1000 kB\nCpus_allowed_list:\t1-3\n",
      "/proc/sys/kernel/osrelease": "6.8.0-41-generic\n",
      "/etc/os-release": "NAME=\"Ubuntu\"\nPRETTY_NAME=\"Ubuntu 24.04.1 LTS\"\n",
      "/sys/class/dmi/id/sys_vendor": "Google\n",
      "/sys/class/dmi/id/product_name": "Google Compute Engine\n",
      "/sys/devices/system/cpu/online": "0-3\n",
      "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
      "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size": "2097152\n",
      "/sys/devices/system/node/node0/cpulist": "0-3\n",
      "/sys/devices/system/node/node0/meminfo": "Node 0 MemTotal:       16384000 kB\n",
    ]
    for cpu in 0..<4 {
      let siblings = cpu % 2 == 0 ? "0,2" : "1,3"
      files.merge(core(cpu, siblings: siblings)) { $1 }
      files.merge(
        cache(cpu: cpu, index: 0, level: 1, type: "Data", size: "48K", shared: siblings)
      ) { $1 }
      files.merge(
        cache(cpu: cpu, index: 1, level: 1, type: "Instruction", size: "32K", shared: siblings)
      ) { $1 }
      files.merge(
        cache(cpu: cpu, index: 3, level: 3, type: "Unified", size: "105M", shared: "0-3")
      ) { $1 }
    }
    return files
  }

  /// One core of one thread, without `/sys`, as a strict container shows it.
  static let amdContainer = [
    "/proc/cpuinfo": """
    processor\t: 0
    vendor_id\t: AuthenticAMD
    cpu family\t: 25
    model\t\t: 1
    model name\t: AMD EPYC 7B13
    stepping\t: 1
    flags\t\t: fpu sse2 avx avx2 fma f16c

    """,
    "/proc/self/cgroup": "0::/kubepods/burstable/pod1\n",
  ]

  /// Twenty Arm cores of two kinds, of which only one kind has a feature.
  static var spark: [String: String] {
    let cpuinfo = (0..<20).map { cpu in
      let big = cpu % 10 >= 5
      return """
        processor\t: \(cpu)
        BogoMIPS\t: 2000.00
        Features\t: fp asimd asimdhp asimddp sve i8mm bf16\(big ? " sve2" : "")
        CPU implementer\t: 0x41
        CPU architecture: 8
        CPU variant\t: 0x0
        CPU part\t: \(big ? "0xd85" : "0xd87")
        CPU revision\t: 1

        """
    }
    var files = [
      "/proc/cpuinfo": cpuinfo.joined(separator: "\n"),
      "/proc/meminfo": "MemTotal:       125513728 kB\nMemAvailable:   119000000 kB\n",
      "/sys/class/dmi/id/sys_vendor": "NVIDIA\n",
      "/sys/class/dmi/id/product_name": "NVIDIA_DGX_Spark\n",
      "/sys/devices/system/cpu/online": "0-19\n",
    ]
    for cpu in 0..<20 {
      let first = cpu < 10 ? 0 : 10
      let size = cpu % 10 >= 5 ? "2048K" : "512K"
      files.merge(core(cpu, siblings: "\(cpu)")) { $1 }
      files.merge(
        cache(cpu: cpu, index: 2, level: 2, type: "Unified", size: size, shared: "\(cpu)")
      ) { $1 }
      files.merge(
        cache(
          cpu: cpu, index: 3, level: 3, type: "Unified", size: first == 0 ? "8192K" : "16384K",
          shared: "\(first)-\(first + 9)")
      ) { $1 }
    }
    return files
  }
}
