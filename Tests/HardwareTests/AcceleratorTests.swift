import Hardware
import Testing
import Units

@Suite struct AcceleratorTests {
  /// A device on the PCI bus.
  private func device(
    _ address: String, kind: String, vendor: String, number: String, _ more: [String: String] = [:]
  ) -> [String: String] {
    var files = ["class": kind, "vendor": vendor, "device": number]
    files.merge(more) { $1 }
    return Dictionary(
      uniqueKeysWithValues: files.map { ("/sys/bus/pci/devices/\(address)/\($0)", $1 + "\n") })
  }

  @Test func cardsAreFoundAndOtherDevicesAreNot() throws {
    var files = device("0000:00:02.0", kind: "0x030000", vendor: "0x8086", number: "0x46a6")
    files.merge(device("0000:00:1f.0", kind: "0x020000", vendor: "0x8086", number: "0x1234")) { $1 }
    files.merge(device("0000:00:03.0", kind: "0x030000", vendor: "0x1234", number: "0x1111")) { $1 }
    files.merge(
      device(
        "0000:03:00.0", kind: "0x120000", vendor: "0x1002", number: "0x74a1",
        ["mem_info_vram_total": "206141652992"])
    ) { $1 }
    files.merge(device("0000:41:00.0", kind: "0x030200", vendor: "0x10de", number: "0x2330")) { $1 }
    files.merge(device("0000:42:00.0", kind: "0x030000", vendor: "0x8086", number: "0xe211")) { $1 }
    files["/proc/driver/nvidia/gpus/0000:41:00.0/information"] =
      "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 11\n"
    files["/usr/share/misc/pci.ids"] = """
      # list
      1002  Advanced Micro Devices, Inc. [AMD/ATI]
      \t74a1  Aqua Vanjaram [Instinct MI300X]
      \t\t1002 74a1  a board
      8086  Intel Corporation
      \te211  Battlemage G21 [Arc Pro B60]
      \t74a1  something else

      """
    let fixture = try Fixture(files)
    #expect(
      Accelerator.read(from: fixture.files) == [
        Accelerator(
          address: "0000:03:00.0", vendor: "AMD", name: "Instinct MI300X",
          memory: Bytes(206_141_652_992)),
        Accelerator(
          address: "0000:41:00.0", vendor: "NVIDIA", name: "NVIDIA H100 80GB HBM3", memory: nil),
        Accelerator(address: "0000:42:00.0", vendor: "Intel", name: "Arc Pro B60", memory: nil),
      ])
  }

  @Test func withoutTheListANumberIsTheName() throws {
    let fixture = try Fixture(
      device("0000:01:00.0", kind: "0x030000", vendor: "0x10de", number: "0x0a2c"))
    #expect(Accelerator.read(from: fixture.files).map(\.name) == ["PCI 10de:0a2c"])
  }
}
