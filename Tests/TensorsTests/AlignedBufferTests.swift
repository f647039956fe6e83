import Tensors
import Testing
import Units

@Suite struct AlignedBufferTests {
  /// Source: the first outputs of SplitMix64 for seed 1234567, as published with the algorithm.
  private static let seed: UInt64 = 1_234_567
  private static let stream: [UInt64] = [
    6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
    4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
  ]

  @Test func holdsThePublishedStream() throws {
    let buffer = try AlignedBuffer(byteCount: 40, seed: Self.seed)
    #expect(buffer.withElements(of: UInt64.self) { Array($0) } == Self.stream)
  }

  @Test(arguments: [0, 1, 7, 8, 9, 4095, 4096, 4097, 100_003], [false, true])
  func fillsEveryByte(byteCount: Int, guardsEnd: Bool) throws {
    let buffer = try AlignedBuffer(byteCount: byteCount, seed: Self.seed, guardsEnd: guardsEnd)
    let longer = try AlignedBuffer(byteCount: byteCount + 8, seed: Self.seed)
    buffer.withBytes { bytes in
      #expect(bytes.count == byteCount)
      longer.withBytes { #expect(bytes.elementsEqual($0.prefix(byteCount))) }
    }
  }

  @Test(arguments: [(AlignedBuffer.Pages.system, 4096), (.small, 4096), (.huge, 2 << 20)])
  func alignment(pages: AlignedBuffer.Pages, expected: Int) throws {
    let buffer = try AlignedBuffer(byteCount: 3 << 20, pages: pages)
    #expect(UInt(bitPattern: buffer.baseAddress).isMultiple(of: UInt(expected)))
  }

  @Test(arguments: [-1, Int.min, AlignedBuffer.defaultBudget.count + 1, Int.max])
  func refusesUnheardOfSizes(byteCount: Int) {
    #expect {
      try AlignedBuffer(byteCount: byteCount)
    } throws: {
      if case .invalid(let text) = $0 as? TensorsError {
        text.contains("\(byteCount)")
      } else {
        false
      }
    }
  }

  @Test(arguments: [Int.max, Int.max - 4096, 1 << 60])
  func theKernelsRefusalIsAnError(byteCount: Int) {
    #expect(throws: TensorsError.self) {
      try AlignedBuffer(byteCount: byteCount, within: Bytes(.max))
    }
  }

  @Test func uniformFloats() throws {
    let count = 1 << 16
    let buffer = try AlignedBuffer(byteCount: 4 * count + 3)
    buffer.fillUniform(seed: 9)
    buffer.withElements(of: Float.self) { values in
      #expect(values.count == count)
      #expect(values.allSatisfy { $0 >= -1 && $0 < 1 })
      // The mean of n uniform values has standard deviation 1/√(3n); the mean of squares, √(4/45n).
      let mean = values.reduce(0.0) { $0 + Double($1) } / Double(count)
      let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
      #expect(abs(mean) < 5 / (3 * Double(count)).squareRoot())
      #expect(abs(square - 1 / 3) < 5 * (4 / (45 * Double(count))).squareRoot())
    }
  }

  @Test func writesStay() throws {
    let buffer = try AlignedBuffer(byteCount: 64)
    buffer.withElements(of: Int32.self) { $0[15] = -7 }
    #expect(buffer.withBytes { $0.loadUnaligned(fromByteOffset: 60, as: Int32.self) } == -7)
  }

  @Test func runningPastAGuardedEndStops() async {
    await #expect(processExitsWith: .failure) {
      let buffer = try AlignedBuffer(byteCount: 100, guardsEnd: true)
      buffer.baseAddress.storeBytes(of: 1, toByteOffset: 100, as: UInt8.self)
    }
  }

  @Test func theLastGuardedByteMayBeWritten() throws {
    let buffer = try AlignedBuffer(byteCount: 100, guardsEnd: true)
    buffer.baseAddress.storeBytes(of: 1, toByteOffset: 99, as: UInt8.self)
    #expect(buffer.withBytes { $0[99] } == 1)
  }
}
