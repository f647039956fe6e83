import Capacity
import Harness
import Kernels
import Measurement
import Simulation
import Statistics
import TestSupport
import Testing
import Units

@testable import Workloads

/// `walk` on a tiny model, with memory to spare: all of it runs in the tests' own process.
@Suite(.serialized) struct ModelWalkTests {
  private let scratch = GGUFScratch()

  private func row(_ values: [String], over: Double = 0.001) throws -> Row {
    let path = try scratch.write(try TinyModel.llama.file())
    var grid = Grid()
    for value in values + ["model=\(path)", "over=\(over)", "context=64"] { try grid.add(value) }
    return Row(ModelWalk(), try #require(try grid.rows(of: ModelWalk().axes).first))
  }

  @Test(arguments: ["kind=decode", "kind=touch", "policy=direct", "policy=readahead"])
  func walksAreCheckedAndToldOf(value: String) throws {
    let row = try row([value])
    let prepared = try row.workload.prepared(row.parameters, seed: 5)
    let provider = OwnProvider(table: .best, pools: WorkerPools(), clock: MonotonicClock())
    for threads in [1, 2] {
      let kernel: any PreparedKernel
      do throws(ProviderError) {
        kernel = try provider.prepare(prepared.request, threads: threads)
      } catch {
        // Not every box lets its tests make groups, or read past the page cache.
        #expect(error.kind == .unsupported && !error.description.isEmpty)
        return
      }
      _ = try kernel.time(repetitions: 3)
      let walk = try #require(prepared.walk(threads, 3))
      #expect(walk.firstTouchSeconds > 0 && walk.layersRun == 2 && walk.layersTotal == 2)
      #expect(abs(walk.over - 0.001) < 1e-6)
      #expect((walk.residentShare == nil) == (value == "policy=direct"))
      let outputs = try kernel.outputs()
      let check = prepared.check(outputs)
      #expect(check.passed && check.compared > 0, "\(row.id): \(check.complaint ?? "")")
      outputs[0].baseAddress.storeBytes(of: 77, as: Int.self)
      #expect(!prepared.check(outputs).passed)
    }
  }

  @Test func aFileIsWrittenOnceForAllRowsOfItsModel() throws {
    let written = WrittenWeights()
    func file(_ values: [String], seed: UInt64 = 5) throws -> WalkFile {
      let row = try WalkRow(try self.row(values, over: 0.001).parameters)
      let simulation = try row.simulation(
        seed: seed, table: .best, on: WorkerPool(threadCount: 1))
      return try written.file(of: simulation, row) { false }
    }
    let first = try file([])
    #expect(try file(["policy=direct"]) === first)
    #expect(try file(["kind=touch"]) === first)
    #expect(try file(["layers=1"]) !== first)
    let back = try file([])
    #expect(back !== first, "one file at a time, so that the disk holds no more than that")
    #expect(try file([], seed: 6) !== back)
  }

  @Test func whatHasNoRoomIsSkippedWithItsReason() throws {
    let row = try row([], over: 900)
    let prepared = try row.workload.prepared(row.parameters, seed: 5)
    let provider = OwnProvider(table: .best, pools: WorkerPools(), clock: MonotonicClock())
    #expect {
      _ = try provider.prepare(prepared.request, threads: 1)
    } throws: { error in
      let error = error as? ProviderError
      return error?.kind == .unsupported && error?.description.contains("are missing") == true
    }
  }

  @Test func costIsThatOfAToken() throws {
    let (roomy, narrow) = (try row([]), try row([], over: 4))
    let card = try roomy.workload.cost(roomy.parameters)
    // All but norms is multiplied: two operations for each weight of about 4.5 to 8 bits.
    #expect(card.flop / card.bytes > 1.5 && card.flop / card.bytes < 4)
    #expect(card.limits.map(\.ceiling) == [.readBandwidth])
    #expect(card.output == .init(count: 1, unit: "tok/s"))
    let cold = try narrow.workload.cost(narrow.parameters)
    #expect(cold.limits.isEmpty && cold.bytes == card.bytes)
    #expect(abs(Double(cold.footprint) - card.bytes / 4) < card.bytes / 8)
    let touch = try row(["kind=touch"])
    #expect(try touch.workload.cost(touch.parameters).flop == 0)
  }

  @Test func wrongModelsAndLayersAreNamed() throws {
    func kind(_ values: [String]) throws -> WorkloadError.Kind? {
      var grid = Grid()
      for value in values { try grid.add(value) }
      let parameters = try #require(try grid.rows(of: ModelWalk().axes).first)
      do throws(WorkloadError) {
        _ = try ModelWalk().cost(parameters)
        return nil
      } catch { return error.kind }
    }
    #expect(try kind(["model=no-such-model"]) == .notFound)
    #expect(try kind(["model=llama-3.2-1b", "layers=17"]) == .usage)
    #expect(try kind(["model=llama-3.2-1b", "layers=16"]) == nil)
  }

  @Test func predictionsFollowTheMemory() throws {
    let box = Box(
      id: "a", name: "a", measured: true, pool: .system, memoryTotal: .gibibytes(8),
      memoryAvailable: .gibibytes(8),
      readBandwidth: Estimate(value: 2e10, low: 1.8e10, high: 2.2e10),
      peaks: ["f32": 1e11, "int8": 3e11], diskRead: Estimate(exactly: 2e9),
      diskReadMapped: Estimate(exactly: 1e9), source: "the test")
    func rate(_ values: [String]) throws -> Estimate? {
      var grid = Grid()
      for value in values + ["model=llama-3.2-1b"] { try grid.add(value) }
      let row = Row(ModelWalk(), try #require(try grid.rows(of: ModelWalk().axes).first))
      return try ModelWalk.prediction(of: row, on: box, table: .best)
    }
    let resident = try #require(try rate(["over=0.5"]))
    let mapped = try #require(try rate(["over=1.2"]))
    let direct = try #require(try rate(["over=1.2", "policy=direct"]))
    #expect(mapped.high < resident.low / 5)
    #expect(
      try rate(["over=3"]) == mapped, "a scan finds nothing in memory, however little is missing")
    #expect(direct.low > mapped.high && direct.high < resident.low)
    #expect(try rate(["over=0.5", "policy=direct"]) == direct)
    // A few MiB more or less decide: either may come.
    let edge = try #require(try rate(["over=0.9"]))
    #expect(edge.low <= mapped.high && edge.high == resident.high)
    #expect(try rate(["over=1.2", "kind=touch"]) == nil)
  }
}
