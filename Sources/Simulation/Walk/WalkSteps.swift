/// Rows of a matrix, or plain bytes, in a step.
struct WalkPart: Equatable {
  /// The tensor, by index.
  let tensor: Int
  let matrix: Int
  /// Empty where bytes are read and nothing else.
  let rows: Range<Int>
  let bytes: Range<Int>
}

/// Neighbouring bytes that are asked for at a time.
struct WalkStep: Equatable {
  /// From the first to the last byte of the parts.
  var bytes: Range<Int>
  var parts: [WalkPart]
  /// The layer, or nil before and after all of them.
  let layer: Int?
  /// Whether attention of the layer follows.
  var mixes = false

  /// Bytes of weights, without what lies between two of them.
  var weightBytes: Int { parts.reduce(0) { $0 + $1.bytes.count } }
}

extension WalkLayout {
  /// Bytes of a step at most, where the rows of a unit are no longer.
  public static var longestStep: Int { 32 << 20 }
  /// Parts that lie so near to each other are one step: a page.
  private static let nearness = 4096

  /// What a token reads, in order.
  ///
  /// - Parameters:
  ///   - row: the row of the embedding.
  ///   - experts: those that it uses, by layer; none where a layer has none.
  func steps(row: Int, experts: [[Int]]) -> [WalkStep] {
    var steps: [WalkStep] = []
    for index in head {
      let tensor = tensors[index]
      let bytes = tensor.row(row % tensor.rows)
      let part = WalkPart(tensor: index, matrix: 0, rows: 0..<0, bytes: bytes)
      add([part], nil, to: &steps, first: 0)
    }
    for (layer, indices) in body.enumerated() {
      let split = indices.firstIndex { tensors[$0].turn >= WalkTensor.mixerTurn } ?? indices.count
      for group in [indices[..<split], indices[split...]] {
        let first = steps.count
        for index in group {
          let isRouted = tensors[index].role == .routedExperts
          let matrices = isRouted ? experts[layer] : [0]
          for matrix in matrices {
            add(parts(index, matrix: matrix), layer, to: &steps, first: first)
          }
        }
        if group.startIndex == indices.startIndex, steps.count > first {
          steps[steps.count - 1].mixes = true
        }
      }
    }
    let first = steps.count
    for index in tail { add(parts(index, matrix: 0), nil, to: &steps, first: first) }
    return steps
  }

  /// A matrix in parts of at most a step.
  private func parts(_ index: Int, matrix: Int) -> [WalkPart] {
    let tensor = tensors[index]
    let units = Self.longestStep / max(tensor.unit.bytes, 1)
    guard tensor.form != .bytes, units > 0 else {
      let all = tensor.bytes(matrix: matrix, rows: 0..<tensor.rows)
      return stride(from: all.lowerBound, to: all.upperBound, by: Self.longestStep).map {
        WalkPart(
          tensor: index, matrix: matrix, rows: 0..<0,
          bytes: $0..<min($0 + Self.longestStep, all.upperBound))
      }
    }
    let rows = units * tensor.unit.rows
    return stride(from: 0, to: tensor.rows, by: rows).map { first in
      let part = first..<min(first + rows, tensor.rows)
      return WalkPart(
        tensor: index, matrix: matrix, rows: part, bytes: tensor.bytes(matrix: matrix, rows: part))
    }
  }

  /// Adds parts, to the last step since `first` where they lie right behind it.
  private func add(_ parts: [WalkPart], _ layer: Int?, to steps: inout [WalkStep], first: Int) {
    for part in parts {
      if steps.count > first, let last = steps.last,
        (last.bytes.upperBound..<last.bytes.upperBound + Self.nearness)
          .contains(part.bytes.lowerBound),
        part.bytes.upperBound - last.bytes.lowerBound <= Self.longestStep
      {
        steps[steps.count - 1].bytes = last.bytes.lowerBound..<part.bytes.upperBound
        steps[steps.count - 1].parts.append(part)
      } else {
        steps.append(WalkStep(bytes: part.bytes, parts: [part], layer: layer))
      }
    }
  }
}
