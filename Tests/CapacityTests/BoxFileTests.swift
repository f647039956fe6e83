import Capacity
import Testing
import Units

@Suite struct BoxFileTests {
  private static let card = """
    {"schema": "plimsoll/box@1", "id": "my-card", "name": "Example Card 24G", "class": "desktop",
     "memory_gib": 24, "bandwidth_gbs": 672, "tflops_dense": {"f32": 40, "bf16": 160},
     "verified": "datasheet only", "sources": ["https://example.com"]}
    """

  @Test func aDescribedBoxIsADatasheets() throws {
    let box = try #require(try BoxFile.box(json: Array(Self.card.utf8)))
    #expect(box.id == "my-card" && !box.measured && box.pool == .discrete)
    #expect(box.memoryTotal == .gibibytes(24) && box.peaks["bf16"] == 160e12)
    #expect(box.warnings.map(\.code) == ["datasheet-bandwidth"])
  }

  @Test func anotherSchemaIsSomebodyElses() throws {
    #expect(try BoxFile.box(json: Array(#"{"schema": "plimsoll/profile@1"}"#.utf8)) == nil)
    #expect(try BoxFile.box(json: Array("{}".utf8)) == nil)
  }

  @Test(arguments: [
    (#""memory_gib": 24"#, #""memory_gib": 1e300"#, "memory_gib"),
    (#""memory_gib": 24"#, #""memory_gib": -1"#, "memory_gib"),
    (#""memory_gib": 24, "#, "", "memory_gib"),
    (#""bandwidth_gbs": 672"#, #""bandwidth_gbs": 0"#, "bandwidth_gbs"),
    (#""bandwidth_gbs": 672, "#, "", "bandwidth_gbs"),
    (#""f32": 40"#, #""f32": 1e99"#, "tflops_dense.f32"),
    (#""desktop""#, #""spaceship""#, "class"),
    (#""verified""#, #""matmul_tflops": [3, 2, 1], "verified""#, "matmul_tflops"),
    ("{", "[", "JSON"),
  ])
  func figuresThatNoDeviceHas(found: String, replacement: String, part: String) {
    let text = Self.card.replacing(found, with: replacement)
    let error = #expect(throws: CapacityError.self) { try BoxFile.box(json: Array(text.utf8)) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("NVIDIA GeForce RTX 4090", 24.0, "rtx-4090"), ("NVIDIA GeForce RTX 4090 Laptop GPU", 16, nil),
    ("NVIDIA H100 80GB HBM3", 79.6, "h100-80gb"), ("NVIDIA H100 PCIe", 79.6, "h100-pcie-80gb"),
    ("NVIDIA A100-SXM4-80GB", 80, "a100-80gb"), ("NVIDIA A100-SXM4-40GB", 39.6, "a100-40gb"),
    ("NVIDIA GeForce RTX 4080 SUPER", 16, nil), ("NVIDIA GeForce RTX 3080", 12, nil),
    ("NVIDIA GeForce RTX 3080", 10, "rtx-3080"), ("NVIDIA GB10", nil, "dgx-spark"),
    ("AMD Instinct MI300X", 192, "mi300x"), ("NVIDIA L4", 22.5, "l4"), ("NVIDIA L40S", 45, "l40s"),
    ("Radeon RX 7900 XT/7900 XTX/7900 GRE/7900M", nil, nil), ("PCI 10de:0a2c", nil, nil),
  ])
  func aDriversNameFindsItsDevice(name: String, gibibytes: Double?, id: String?) throws {
    let memory = gibibytes.map { Bytes(Int($0 * 1_073_741_824)) }
    #expect(try BoxCatalogue.builtIn().entry(chip: name, memory: memory)?.id == id)
  }
}
