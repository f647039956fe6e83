import Capacity
import Models
import Testing
import Units

@Suite struct SharedMemoryTests {
  private func assessment(
    _ shape: TestModel, box: String = "dgx-spark", runtime: Runtime = .llamaCpp, batch: Int = 1
  ) throws -> Assessment {
    Capacity.assess(
      model: shape.model(.q8_0), box: try BoxCatalogue.builtIn().find(box),
      settings: CheckSettings(context: 4096, batch: batch, runtime: runtime))
  }

  private func bytes(_ shared: SharedMemory, _ owner: SharedMemory.Owner) -> Int {
    shared.holders.filter { $0.owner == owner }.reduce(0) { $0 + $1.bytes.count }
  }

  /// The accelerator has a copy of all but the embedding table, and the page cache what was read.
  @Test func everyByteHasAHolder() throws {
    let answer = try assessment(.llama3At8B, batch: 2)
    let shared = try #require(answer.sharedMemory)
    let ledger = answer.ledger
    let table = try #require(ledger.lines.first { $0.item == "weights: embedding" }).bytes.count
    let besides = ledger.total(.cache).count + ledger.total(.compute).count
    #expect(bytes(shared, .accelerator) == ledger.total(.weights).count - table + besides)
    #expect(bytes(shared, .pinned) == 4 * 128_256 * 2)
    #expect(bytes(shared, .pageCache) == ledger.total(.weights).count)
    #expect(bytes(shared, .system) == ledger.total(.system).count)
    #expect(shared.peak.count - shared.held.count == ledger.total(.weights).count)
  }

  /// A tied table is the output projection, which the accelerator needs.
  @Test func aTiedTableIsCopied() throws {
    let answer = try assessment(.llama3At1B)
    let besides = answer.ledger.total(.cache).count + answer.ledger.total(.compute).count
    #expect(
      bytes(try #require(answer.sharedMemory), .accelerator)
        == answer.ledger.total(.weights).count + besides)
  }

  /// A card's memory is its own; Metal uses the file's pages; a processor's pages are the weights.
  @Test(arguments: ["rtx-4090", "apple-m2-ultra-76c"])
  func othersShareNothing(box: String) throws {
    #expect(try assessment(.llama3At8B, box: box).sharedMemory == nil)
    #expect(try assessment(.llama3At8B, runtime: .plimsoll).sharedMemory == nil)
  }
}
