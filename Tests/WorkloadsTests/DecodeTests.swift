import Harness
import Kernels
import Measurement
import Tensors
import TestSupport
import Testing
import Workloads

/// `decode` on the tiny models, written to files.
@Suite struct DecodeTests {
  private let scratch = GGUFScratch()

  private func row(_ index: Int, _ values: [String]) throws -> Row {
    let path = try scratch.write(try TinyModel.all[index].file())
    var grid = Grid()
    for value in values + ["model=\(path)"] { try grid.add(value) }
    let workload = try #require(Workloads.all.first { $0.name == "decode" })
    return Row(workload, try #require(try grid.rows(of: workload.axes).first))
  }

  private func outputs(_ prepared: PreparedWorkload, threads: Int) throws -> [AlignedBuffer] {
    let provider = OwnProvider(table: .best, pools: WorkerPools(), clock: MonotonicClock())
    let kernel = try provider.prepare(prepared.request, threads: threads)
    _ = try kernel.time(repetitions: 2)
    return try kernel.outputs()
  }

  @Test(
    arguments: 0..<3,
    [
      ["kind=prefill", "prompt=1"], ["kind=prefill", "prompt=19"],
      ["kind=decode", "prompt=0", "generate=5"], ["kind=decode", "prompt=9", "generate=1"],
      ["kind=decode", "prompt=9", "generate=4"],
    ])
  func logitsAreThoseOfOtherBatches(index: Int, values: [String]) throws {
    let row = try row(index, values)
    let prepared = try row.workload.prepared(row.parameters, seed: 5)
    for threads in [1, 2] {
      let outputs = try outputs(prepared, threads: threads)
      let check = prepared.check(outputs)
      #expect(check.passed && check.compared > 0, "\(row.id): \(check.complaint ?? "")")
      // One that is off by a quarter of them all, one that is not a number, one that is far away.
      let last = outputs[0].byteCount / 4 - 1
      let value = outputs[0].floats[last]
      let length = (0...last).reduce(Float(0)) {
        $0 + outputs[0].floats[$1] * outputs[0].floats[$1]
      }
      .squareRoot()
      for wrong in [value + length / 4, .nan, .infinity, 100] {
        outputs[0].floats[last] = wrong
        #expect(!prepared.check(outputs).passed, "\(wrong)")
      }
    }
  }

  @Test func costCountsTheFilesWeights() throws {
    let model = TinyModel.qwen3
    let row = try row(1, ["kind=decode", "generate=4"])
    let weights = model.tensors.filter { $0.shape.count > 1 && !$0.name.hasPrefix("token_embd") }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
    let cost = try row.workload.cost(row.parameters)
    #expect(cost.flop == Double(2 * 4 * weights))
    #expect(cost.bytes == Double(4 * 4 * weights))
    #expect(cost.output == .init(count: 4, unit: "tok/s"))
    let prompt = try self.row(1, ["kind=prefill", "prompt=4"])
    #expect(try prompt.workload.cost(prompt.parameters).bytes == Double(4 * weights))
  }

  @Test func aTokenReadsItsExpertsAlone() throws {
    let model = TinyModel.qwen3moe
    let experts = try #require(model.experts)
    let row = try row(2, ["kind=decode", "generate=1"])
    let bytes = model.tensors.filter { $0.shape.count > 1 && !$0.name.hasPrefix("token_embd") }
      .reduce(0.0) { sum, tensor in
        let share = tensor.name.contains("_exps") ? Double(experts.used) / Double(experts.count) : 1
        return sum + share * Double(tensor.type.bytes(shape: tensor.shape) ?? 0)
      }
    #expect(abs(try row.workload.cost(row.parameters).bytes - bytes) < 1)
  }

  @Test func aFileThatIsNoneIsNamed() throws {
    let workload = try #require(Workloads.all.first { $0.name == "decode" })
    func kind(_ path: String) -> WorkloadError.Kind? {
      do {
        _ = try workload.cost(Parameters([("model", .word(path)), ("kind", .word("decode"))]))
        return nil
      } catch { return error.kind }
    }
    #expect(kind("/no/such/file.gguf") == .notFound)
    #expect(kind(try scratch.write(Array("not a model at all".utf8))) == .malformed)
  }

  @Test func rowsNeedAModel() throws {
    let workload = try #require(Workloads.all.first { $0.name == "decode" })
    #expect(try Grid().rows(of: workload.axes).isEmpty)
    #expect(throws: WorkloadError.self) {
      let row = try row(0, ["kind=prefill", "prompt=0"])
      _ = try row.workload.cost(row.parameters)
    }
  }
}
