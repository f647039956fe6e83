import Capacity
import Testing
import Units

@Suite struct BoxCatalogueTests {
  private let catalogue: BoxCatalogue

  init() throws { catalogue = try BoxCatalogue.builtIn() }

  @Test func everyEntryIsABox() throws {
    #expect(catalogue.entries.count == 73)
    #expect(Set(catalogue.entries.map(\.id)).count == 73)
    for entry in catalogue.entries {
      let box = try entry.box(memory: entry.memoryGiB == nil ? .gibibytes(512) : nil)
      let bandwidth = box.readBandwidth
      #expect(box.memoryAvailable > .zero && box.memoryAvailable <= box.memoryTotal)
      #expect(0 < bandwidth.low && bandwidth.low <= bandwidth.value)
      #expect(bandwidth.value <= bandwidth.high && bandwidth.high <= entry.bandwidthGBs * 1e9)
      #expect(!box.measured && !entry.sources.isEmpty && !box.warnings.isEmpty)
      #expect(box.peaks.values.allSatisfy { $0 > 0 })
    }
  }

  @Test(arguments: [
    ("dgx-spark", "dgx-spark"), ("DGX Spark", "dgx-spark"), ("rtx4090", "rtx-4090"),
    ("GeForce RTX 4090", "rtx-4090"), ("strix-halo", "strix-halo-395-128"),
    ("Raspberry Pi 5", "raspberry-pi-5"), ("h200", "h200-141gb"),
  ])
  func spellingIsForgiven(name: String, id: String) throws {
    #expect(try catalogue.find(name).id == id)
  }

  @Test(arguments: [
    ("", "needs a name"), ("dgx-sprak", "dgx-spark"), ("m2 ultra", "could be any of"),
    ("rtx-4090@48GiB", "is sold with 24.0 GiB"), ("xeon-6980p", "xeon-6980p@512GiB"),
    ("apple-m2-ultra-76c@lots", "is not a size"),
    ("apple-m2-ultra-76c@32GiB", "64.0 GiB to 192.0 GiB"),
  ])
  func errorsSayWhatToDo(name: String, part: String) {
    let error = #expect(throws: CapacityError.self) { try catalogue.find(name) }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
  }

  @Test func aNamedMemoryReplacesTheLargest() throws {
    let largest = try catalogue.find("apple-m2-ultra-76c")
    let named = try catalogue.find("apple-m2-ultra-76c@64GiB")
    #expect(largest.memoryTotal == .gibibytes(192))
    #expect(largest.warnings.contains { $0.code == "memory-size-assumed" })
    #expect(named.memoryTotal == .gibibytes(64) && named.memoryAvailable == .gibibytes(48))
    #expect(!named.warnings.contains { $0.code == "memory-size-assumed" })
  }

  @Test func theSparkIsItsDatasheetAndItsVisibleMemory() throws {
    let box = try catalogue.find("dgx-spark")
    #expect(box.memoryAvailable == .gibibytes(119))
    #expect(!box.bandwidthWasSeen && box.datasheetBandwidth?.value == 273e9)
    #expect(box.matmulRate?.value == 86e12 && box.peaks["bf16"] == 122e12)
  }

  @Test func whatOthersSawIsPreferred() throws {
    let box = try catalogue.find("strix-halo-395-128")
    #expect(box.bandwidthWasSeen)
    #expect(box.readBandwidth.value == 213e9 && box.datasheetBandwidth?.value == 256e9)
    #expect(box.warnings.contains { $0.code == "published-bandwidth" })
  }

  @Test(arguments: ["", "{}", "[1]", #"{"devices": [{"id": "x"}]}"#])
  func brokenListsAreRefused(text: String) {
    #expect(throws: CapacityError.self) { try BoxCatalogue(json: Array(text.utf8)) }
  }
}
