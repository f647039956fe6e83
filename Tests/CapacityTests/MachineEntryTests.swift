import Testing

@testable import Capacity

@Suite struct MachineEntryTests {
  /// Names as processors and firmware spell them, and whose datasheet holds for them.
  @Test(arguments: [
    ("AMD EPYC 9654 96-Core Processor", nil, "epyc-9654-1s"),
    ("Intel Xeon 6980P", "PowerEdge", "xeon-6980p"),
    ("4x Cortex-A76", "Raspberry Pi 5 Model B Rev 1.0", "raspberry-pi-5"),
    ("10x Cortex-X925 + 10x Cortex-A725", "NVIDIA_DGX_Spark", "dgx-spark"),
    ("AMD RYZEN AI MAX+ 395 w/ Radeon 8060S", nil, "strix-halo-395-128"),
    // Of the chip with fewer graphics cores and the slower memory.
    ("Apple M4 Max", "Mac16,5", "apple-m4-max-32c"),
    ("Apple M1", nil, "apple-m1-7c"),
  ])
  func machineIsFound(processor: String, product: String?, id: String) throws {
    #expect(try BoxCatalogue.builtIn().entry(processor: processor, product: product)?.id == id)
  }

  @Test(arguments: [
    ("AMD EPYC", nil), ("AMD EPYC 9654P 96-Core Processor", nil), ("Apple M1 Extreme Pro", nil),
    // The revision's digits are no model.
    ("4x Cortex-A72", "Raspberry Pi 4 Model B Rev 1.5"),
    // A card is no machine.
    ("NVIDIA A40", "L4"), (nil, nil), ("", ""),
  ])
  func unknownMachinesHaveNone(processor: String?, product: String?) throws {
    #expect(try BoxCatalogue.builtIn().entry(processor: processor, product: product) == nil)
  }
}
