import Foundation
import KernelPlugin
import Testing

/// The example's entry points against the header's formulas in Double, through the C structs.
@Suite(.enabled(if: Compiled.compiler != nil, "there is no C compiler"))
struct ExampleTests {
  private let folder: TemporaryFolder
  private let handle: UnsafeMutableRawPointer

  init() throws {
    folder = try TemporaryFolder()
    handle = try #require(
      dlopen(try Compiled.library("Example/example.c", in: folder), RTLD_NOW | RTLD_LOCAL))
  }

  private typealias Entry = @convention(c) (UnsafeRawPointer) -> Int32

  private func call<Arguments>(_ name: String, _ arguments: Arguments) throws -> Int32 {
    let symbol = try #require(dlsym(handle, "plimsoll_kernel_\(name)"))
    return withUnsafePointer(to: arguments) { unsafeBitCast(symbol, to: Entry.self)($0) }
  }

  private func values(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 * 37 + seed * 11) % 23 - 11) / 8 + 0.0625 }
  }

  /// Plain f32 sums of some dozens of terms of magnitude about 1, and expf of a few units in the
  /// last place: 10⁻⁴ is a hundred times what their roundings add up to.
  private static let tolerance = 1e-4

  @Test(arguments: [(0, 0), (1, 0), (1, 3), (0, 2)])
  func attentionIsTheHeadersFormula(causal: Int, window: Int) throws {
    let (heads, kvHeads, queries, keys, keyDim, valueDim) = (4, 2, 3, 7, 5, 6)
    let q = values(2 * queries * heads * keyDim, seed: 1)
    let k = values(2 * kvHeads * keys * keyDim, seed: 2)
    let v = values(2 * kvHeads * keys * valueDim, seed: 3)
    var output = [Float](repeating: .nan, count: 2 * queries * heads * valueDim)
    let code = try q.withUnsafeBufferPointer { q in
      try k.withUnsafeBufferPointer { k in
        try v.withUnsafeBufferPointer { v in
          try output.withUnsafeMutableBufferPointer { output in
            var it = plimsoll_attention()
            (it.batch, it.heads, it.kv_heads) = (2, Int64(heads), Int64(kvHeads))
            (it.queries, it.keys) = (Int64(queries), Int64(keys))
            (it.key_dim, it.value_dim) = (Int64(keyDim), Int64(valueDim))
            (it.causal, it.window, it.scale) = (Int32(causal), Int64(window), 0.5)
            (it.q, it.k) = (q.baseAddress, UnsafeRawPointer(k.baseAddress))
            (it.v, it.output) = (UnsafeRawPointer(v.baseAddress), output.baseAddress)
            return try call("attention", it)
          }
        }
      }
    }
    #expect(code == 0)
    for place in 0..<2 * queries * heads {
      let (sequence, query, head) = (
        place / (queries * heads), place / heads % queries, place % heads
      )
      let kvHead = sequence * kvHeads + head / (heads / kvHeads)
      let last = causal == 1 ? keys - queries + query : keys - 1
      let first = window > 0 ? max(0, last - window + 1) : 0
      let weights = (first...last).map { key in
        exp(
          0.5
            * (0..<keyDim).reduce(0.0) {
              $0 + Double(q[place * keyDim + $1]) * Double(k[(kvHead * keys + key) * keyDim + $1])
            })
      }
      for d in 0..<valueDim {
        let sum = zip(first...last, weights).reduce(0.0) {
          $0 + $1.1 * Double(v[(kvHead * keys + $1.0) * valueDim + d])
        }
        let exact = sum / weights.reduce(0, +)
        #expect(abs(Double(output[place * valueDim + d]) - exact) < Self.tolerance)
      }
    }
  }

  @Test func mixtureOfExpertsIsTheHeadersFormula() throws {
    let (tokens, hidden, intermediate, experts, used) = (3, 5, 7, 4, 2)
    let input = values(tokens * hidden, seed: 4)
    let (ids, weights): ([Int32], [Float]) = ([0, 3, 2, 1, 3, 0], [0.75, 0.25, 0.5, 0.5, 1, 2])
    let gate = values(experts * intermediate * hidden, seed: 5)
    let up = values(experts * intermediate * hidden, seed: 6)
    let down = values(experts * intermediate * hidden, seed: 7)
    var output = [Float](repeating: .nan, count: tokens * hidden)
    let tables = [gate, up, down].map { table in
      let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: table.count)
      _ = copy.initialize(from: table)
      return copy
    }
    defer { for table in tables { table.deallocate() } }
    let code = try input.withUnsafeBufferPointer { input in
      try ids.withUnsafeBufferPointer { ids in
        try weights.withUnsafeBufferPointer { weights in
          try output.withUnsafeMutableBufferPointer { output in
            var it = plimsoll_moe()
            (it.tokens, it.hidden) = (Int64(tokens), Int64(hidden))
            (it.intermediate, it.experts) = (Int64(intermediate), Int64(experts))
            (it.used, it.input, it.output) = (Int64(used), input.baseAddress, output.baseAddress)
            (it.expert_ids, it.expert_weights) = (ids.baseAddress, weights.baseAddress)
            it.gate = UnsafeRawPointer(tables[0].baseAddress)
            it.up = UnsafeRawPointer(tables[1].baseAddress)
            it.down = UnsafeRawPointer(tables[2].baseAddress)
            return try call("moe", it)
          }
        }
      }
    }
    #expect(code == 0)
    func product(_ table: [Float], _ row: Int, _ x: [Double]) -> Double {
      x.enumerated().reduce(0) { $0 + Double(table[row * x.count + $1.offset]) * $1.element }
    }
    for token in 0..<tokens {
      let x = input[token * hidden..<(token + 1) * hidden].map(Double.init)
      var exact = [Double](repeating: 0, count: hidden)
      for choice in token * used..<(token + 1) * used {
        let expert = Int(ids[choice])
        let inner = (0..<intermediate).map { row in
          let z = product(gate, expert * intermediate + row, x)
          return z / (1 + exp(-z)) * product(up, expert * intermediate + row, x)
        }
        for row in 0..<hidden {
          exact[row] += Double(weights[choice]) * product(down, expert * hidden + row, inner)
        }
      }
      for row in 0..<hidden {
        let error = abs(Double(output[token * hidden + row]) - exact[row])
        #expect(error < Self.tolerance * max(1, abs(exact[row])))
      }
    }
  }

  @Test func structsAreAsOtherCompilersLayThemOut() {
    // The interface is binary: these sizes belong to version 1.
    #expect(MemoryLayout<plimsoll_call>.size == 16)
    #expect(MemoryLayout<plimsoll_matmul>.size == 104)
    #expect(MemoryLayout<plimsoll_gemv>.size == 72)
    #expect(MemoryLayout<plimsoll_attention>.size == 128)
    #expect(MemoryLayout<plimsoll_moe>.size == 120)
  }
}
