import Kernels
import Tensors
import TestSupport

/// The decoder in plain loops over Double, from the papers: what the fast one is held against.
struct PlainDecoder {
  let model: TinyModel
  private var weights: [String: [Double]] = [:]

  init(_ model: TinyModel) throws {
    self.model = model
    for (index, tensor) in model.tensors.enumerated() {
      let name = String(tensor.name.dropLast(".weight".count))
      weights[name] = try Self.values(
        try model.data(index), tensor.type, tensor.shape.reduce(1, *))
    }
  }

  private static func values(
    _ bytes: [UInt8], _ type: ElementType, _ count: Int
  ) throws -> [Double] {
    var floats = [Float](repeating: 0, count: count)
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let table = KernelTable.supported[0]
      func words(_ index: Int) -> UInt16 {
        base.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      }
      if let kernels = table.kernels(for: type) {
        kernels.dequantise(base, count / kernels.block.columns, &floats)
      } else {
        for index in 0..<count {
          floats[index] =
            switch type {
            case .f16: Float(Float16(bitPattern: words(index)))
            case .bf16: Float(bitPattern: UInt32(words(index)) << 16)
            default: base.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            }
        }
      }
    }
    return floats.map(Double.init)
  }

  /// Logits after each of `tokens`.
  func logits(_ tokens: [Int]) -> [[Double]] {
    var state = tokens.map { row("token_embd", $0, model.hidden) }
    for layer in 0..<model.layers {
      let prefix = "blk.\(layer)."
      let normed = state.map { norm($0, weights[prefix + "attn_norm"] ?? []) }
      add(attention(normed, prefix), to: &state)
      let second = state.map { norm($0, weights[prefix + "ffn_norm"] ?? []) }
      add(second.map { feedForward($0, prefix) }, to: &state)
    }
    return state.map { times("output", norm($0, weights["output_norm"] ?? [])) }
  }

  private func attention(_ x: [[Double]], _ prefix: String) -> [[Double]] {
    func heads(_ name: String, _ count: Int, turned: Bool) -> [[[Double]]] {
      x.enumerated().map { position, x in
        let all = times(prefix + name, x)
        return (0..<count).map { head in
          var part = Array(all[head * model.headDim..<(head + 1) * model.headDim])
          if let weight = weights[prefix + name + "_norm"] { part = norm(part, weight) }
          return turned ? turn(part, position) : part
        }
      }
    }
    let q = heads("attn_q", model.heads, turned: true)
    let k = heads("attn_k", model.kvHeads, turned: true)
    let v = heads("attn_v", model.kvHeads, turned: false)
    return x.indices.map { position in
      let out = (0..<model.heads).flatMap { head -> [Double] in
        let shared = head / (model.heads / model.kvHeads)
        let scores = (0...position).map { cell in
          zip(q[position][head], k[cell][shared]).reduce(0) { $0 + $1.0 * $1.1 }
            / Double(model.headDim).squareRoot()
        }
        let share = softmax(scores)
        return (0..<model.headDim).map { element in
          (0...position).reduce(0) { $0 + share[$1] * v[$1][shared][element] }
        }
      }
      return times(prefix + "attn_output", out)
    }
  }

  private func feedForward(_ x: [Double], _ prefix: String) -> [Double] {
    guard let experts = model.experts else { return network(x, prefix, "", 0) }
    let scores = softmax(times(prefix + "ffn_gate_inp", x))
    let best = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(experts.used)
    let sum = best.reduce(0) { $0 + scores[$1] }
    return best.reduce(into: [Double](repeating: 0, count: model.hidden)) { total, expert in
      let out = network(x, prefix, "_exps", expert)
      for index in total.indices { total[index] += out[index] * scores[expert] / sum }
    }
  }

  private func network(
    _ x: [Double], _ prefix: String, _ suffix: String, _ expert: Int
  ) -> [Double] {
    let gate = times(prefix + "ffn_gate" + suffix, x, matrix: expert, rows: model.width)
    let up = times(prefix + "ffn_up" + suffix, x, matrix: expert, rows: model.width)
    let inner = zip(gate, up).map { gate, up in gate / (1 + exponential(-gate)) * up }
    return times(prefix + "ffn_down" + suffix, inner, matrix: expert, rows: model.hidden)
  }

  private func row(_ name: String, _ index: Int, _ length: Int) -> [Double] {
    Array((weights[name] ?? [])[index * length..<(index + 1) * length])
  }

  private func times(
    _ name: String, _ x: [Double], matrix: Int = 0, rows: Int? = nil
  ) -> [Double] {
    let all = weights[name] ?? []
    let rows = rows ?? all.count / x.count
    return all.withUnsafeBufferPointer { all in
      x.withUnsafeBufferPointer { x in
        (0..<rows).map { row in
          var (sum, weight) = (0.0, (matrix * rows + row) * x.count)
          for value in x {
            sum += all[weight] * value
            weight += 1
          }
          return sum
        }
      }
    }
  }

  private func norm(_ x: [Double], _ weight: [Double]) -> [Double] {
    let mean = x.reduce(0) { $0 + $1 * $1 } / Double(x.count)
    let root = (mean + 1e-5).squareRoot()
    return zip(x, weight).map { $0 / root * $1 }
  }

  private func turn(_ x: [Double], _ position: Int) -> [Double] {
    var turned = x
    let pairs = x.count / 2
    for pair in 0..<pairs {
      let angle = Double(position) * power(10_000, -2 * Double(pair) / Double(x.count))
      let (first, second) =
        model.architecture == "llama" ? (2 * pair, 2 * pair + 1) : (pair, pair + pairs)
      turned[first] = x[first] * cosine(angle) - x[second] * sine(angle)
      turned[second] = x[first] * sine(angle) + x[second] * cosine(angle)
    }
    return turned
  }

  private func softmax(_ x: [Double]) -> [Double] {
    let greatest = x.max() ?? 0
    let powers = x.map { exponential($0 - greatest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  private func add(_ x: [[Double]], to state: inout [[Double]]) {
    for token in state.indices {
      for index in state[token].indices { state[token][index] += x[token][index] }
    }
  }
}
