import Testing
import Units

@testable import Hardware

@Suite struct MachineFingerprintTests {
  /// Source: the test vectors published with the hash.
  @Test(arguments: [("", 0x811c_9dc5), ("a", 0xe40c_292c), ("foobar", 0xbf9c_f968)])
  func hash(text: String, expected: Int) {
    #expect(Int(MachineFingerprint.fnv1a(text.utf8)) == expected)
  }

  @Test(arguments: [
    (23.54, 24), (31.2, 32), (119.7, 128), (121.6, 128), (251.5, 256), (7.7, 8), (3.8, 4), (24, 24),
    (755, 768),
  ])
  func memoryRounding(gibibytes: Double, expected: Double) {
    let memory = Bytes(Int(gibibytes * 1_073_741_824))
    #expect(MachineFingerprint.roundedGibibytes(memory) == expected)
  }

  @Test(arguments: [
    ("AMD EPYC", "amd-epyc"),
    ("Intel Xeon Platinum 8481C CPU @ 2.70GHz", "intel-xeon-platinum-8481c"),
    ("AMD Ryzen 9 7950X 16-Core Processor", "amd-ryzen-9-7950x-16"),
    ("Apple M2 Ultra", "apple-m2-ultra"), ("///", "unknown"),
  ])
  func slugs(name: String, expected: String) {
    #expect(MachineFingerprint.slug(name) == expected)
  }

  private func fingerprint(_ change: ([String: String]) -> [String: String]) throws -> String {
    let fixture = try Fixture(change(Boxes.intel))
    return MachineFingerprint(Machine.read(from: fixture.files)).description
  }

  @Test func readable() throws {
    let text = try fingerprint { $0 }
    #expect(text.hasPrefix("intel-xeon-platinum-8481c-2c-16g-"))
    #expect(text.split(separator: "-").last?.count == 8)
  }

  @Test func survivesWhatAnUpdateOrTheHourChanges() throws {
    let plain = try fingerprint { $0 }
    let other = try fingerprint {
      $0.merging([
        "/proc/cpuinfo": ($0["/proc/cpuinfo"] ?? "").replacing("f16c", with: "f16c amx_bf16"),
        "/proc/sys/kernel/osrelease": "6.14.0\n",
        "/proc/meminfo": "MemTotal: 16300000 kB\nMemAvailable: 1 kB\n",
        "/proc/self/status": "Cpus_allowed_list:\t0\n",
        "/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
      ]) { $1 }
    }
    #expect(plain == other)
  }

  @Test(arguments: [
    ["/sys/devices/system/cpu/online": "0-1\n"],
    ["/proc/meminfo": "MemTotal: 32768000 kB\n"],
    ["/sys/class/dmi/id/product_name": "m7i.xlarge\n"],
    ["/sys/devices/system/cpu/cpu2/topology/physical_package_id": "1\n"],
  ])
  func differsForAnotherBox(change: [String: String]) throws {
    #expect(try fingerprint { $0 } != fingerprint { $0.merging(change) { $1 } })
  }

  @Test func differsForAnotherProcessorGeneration() throws {
    let other = try fingerprint {
      $0.merging([
        "/proc/cpuinfo": ($0["/proc/cpuinfo"] ?? "").replacing(": 143", with: ": 106")
      ]) { $1 }
    }
    #expect(try fingerprint { $0 } != other)
  }
}
