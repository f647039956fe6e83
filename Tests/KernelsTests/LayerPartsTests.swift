import KernelReference
import Testing

@testable import Kernels

private let names = KernelTable.supported.map(\.instructionSet)
private let lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 100, 127, 1003]

/// The small parts of a layer against Double.
@Suite struct LayerPartsTests {
  private func within(_ value: Float, _ exact: Reference.Bounded) -> Bool {
    abs(Double(value) - exact.value) <= exact.bound
  }

  @Test(arguments: names, lengths)
  func rmsNormAgreesWithTheOracle(name: InstructionSetName, count: Int) throws {
    let table = try #require(KernelTable.named(name))
    let x = AttentionCase.numbers(count, seed: UInt64(count))
    let weight = AttentionCase.numbers(count, seed: 2)
    for epsilon in [Float(0), 1e-6, 0.5] {
      var out = [Float](repeating: 7, count: count + 1)
      table.layers.rmsNorm(x, weight, epsilon, count, &out)
      let exact = Reference.rmsNorm(
        x, weight: weight, epsilon: epsilon, lanes: table.quantised.lanes)
      #expect(zip(out, exact).allSatisfy { within($0, $1) } && out[count] == 7)
      var inPlace = x
      inPlace.withUnsafeMutableBufferPointer { x in
        guard let start = x.baseAddress else { return }
        table.layers.rmsNorm(start, weight, epsilon, count, start)
      }
      #expect(inPlace == Array(out[..<count]))
    }
  }

  @Test(arguments: names)
  func rmsNormOfWhatIsNoNumber(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    for place in [0, 16, 36] {
      var (x, out) = ([Float](repeating: 1, count: 37), [Float](repeating: 7, count: 37))
      func norm() { table.layers.rmsNorm(x, [Float](repeating: 1, count: 37), 1e-6, 37, &out) }
      x[place] = .nan
      norm()
      #expect(out.allSatisfy { $0.isNaN })
      x[place] = .infinity
      norm()
      #expect(out.indices.allSatisfy { $0 == place ? out[$0].isNaN : out[$0] == 0 })
      x[place] = 1e30
      norm()
      #expect(out.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: names, [0, 1, 3, 4, 8, 17, 64])
  func rotateTurnsNeighboursAndHalves(name: InstructionSetName, pairs: Int) throws {
    let table = try #require(KernelTable.named(name))
    let x = AttentionCase.numbers(2 * pairs + 3, seed: 5)
    let cosines = AttentionCase.numbers(pairs + 1, seed: 6)
    let sines = AttentionCase.numbers(pairs + 1, seed: 7)
    for (stride, distance) in [(2, 1), (1, pairs)] {
      var turned = x
      table.layers.rotate(&turned, pairs, stride, distance, cosines, sines)
      for pair in 0..<pairs {
        let (a, b) = (stride * pair, stride * pair + distance)
        let exact = Reference.rotate(x[a], x[b], cosine: cosines[pair], sine: sines[pair])
        #expect(within(turned[a], exact.0) && within(turned[b], exact.1))
      }
      #expect(turned[(2 * pairs)...] == x[(2 * pairs)...])
    }
  }

  @Test(arguments: names, [0] + lengths)
  func gateSwishAgreesWithTheOracle(name: InstructionSetName, count: Int) throws {
    let table = try #require(KernelTable.named(name))
    let spread: [Float] = [0.01, 1, 8, 87, -87.9, 100, -100, 0]
    let gate = AttentionCase.numbers(count, seed: 8).enumerated().map { index, number in
      let factor = spread[index % spread.count]
      return abs(factor) > 80 ? factor : number * factor
    }
    let up = AttentionCase.numbers(count, seed: 9)
    var out = [Float](repeating: 7, count: count + 1)
    table.layers.gateSwish(gate, up, count, &out)
    for index in 0..<count {
      let exact = Reference.swish(Double(gate[index])) * Double(up[index])
      let bound =
        gate[index] >= -88 ? 8 * 0x1p-24 * abs(exact) : 0x1p-120 * abs(Double(up[index]))
      #expect(abs(Double(out[index]) - exact) <= bound, "gate \(gate[index])")
    }
    #expect(out[count] == 7)
    func inPlace(_ buffer: [Float], _ call: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
      var buffer = buffer
      buffer.withUnsafeMutableBufferPointer { buffer in _ = buffer.baseAddress.map(call) }
      return buffer
    }
    let expected = Array(out[..<count])
    #expect(inPlace(gate) { table.layers.gateSwish($0, up, count, $0) } == expected)
    #expect(inPlace(up) { table.layers.gateSwish(gate, $0, count, $0) } == expected)
  }

  @Test(arguments: names)
  func gateSwishOfWhatIsNoNumber(name: InstructionSetName) throws {
    let table = try #require(KernelTable.named(name))
    let gates: [Float] = [.nan, -.infinity, .infinity, .infinity, 1, 1, 0]
    let ups: [Float] = [1, 1, 2, -2, .nan, .infinity, 3]
    // Whole vectors and the rest of one.
    for length in [7, 7 * 16] {
      let gate = (0..<length).map { gates[$0 % 7] }
      let up = (0..<length).map { ups[$0 % 7] }
      var out = [Float](repeating: 5, count: length)
      table.layers.gateSwish(gate, up, length, &out)
      for first in stride(from: 0, to: length, by: 7) {
        #expect(out[first].isNaN && out[first + 1].isNaN && out[first + 4].isNaN)
        #expect(
          out[first + 2] == .infinity && out[first + 3] == -.infinity
            && out[first + 5] == .infinity && out[first + 6] == 0)
      }
    }
  }

  @Test(arguments: names, [0] + lengths)
  func accumulateAgreesWithTheOracle(name: InstructionSetName, count: Int) throws {
    let table = try #require(KernelTable.named(name))
    let x = AttentionCase.numbers(count, seed: 10)
    let before = AttentionCase.numbers(count + 1, seed: 11)
    for factor in [Float(1), -0.3, 0] {
      var out = before
      table.layers.accumulate(x, factor, count, &out)
      for index in 0..<count {
        let (old, product) = (Double(before[index]), Double(factor) * Double(x[index]))
        let bound = Reference.gamma(2) * (abs(old) + abs(product))
        #expect(abs(Double(out[index]) - old - product) <= bound)
      }
      #expect(out[count] == before[count])
    }
  }
}
