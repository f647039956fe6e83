import Tensors
import Testing

@Suite struct AlignedBufferTests {
  @Test(arguments: [AlignedBuffer.Pages.small, .huge], [0, 1, 4097, 3 << 20])
  func alignmentAndSize(pages: AlignedBuffer.Pages, byteCount: Int) throws {
    let buffer = try AlignedBuffer(byteCount: byteCount, pages: pages)
    #expect(UInt(bitPattern: buffer.baseAddress).isMultiple(of: UInt(pages.size)))
    buffer.withBytes { bytes in
      #expect(bytes.count == byteCount)
      #expect(bytes.allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 4096, 100_003])
  func fillLeavesNoZeroNoDenormalNoNaN(byteCount: Int) throws {
    let buffer = try AlignedBuffer(byteCount: byteCount, pages: .small)
    buffer.fill(seed: 0)
    buffer.withElements(of: Float.self) { values in
      #expect(values.count == byteCount / 4)
      // Seven bytes and fewer at the end are not the generator's.
      #expect(values.prefix(byteCount / 8 * 2).allSatisfy { (0.5..<1).contains(abs($0)) })
    }
  }

  @Test func fillFollowsTheSeed() throws {
    func bytes(_ seed: UInt64) throws -> [UInt8] {
      let buffer = try AlignedBuffer(byteCount: 4096, pages: .small)
      buffer.fill(seed: seed)
      return buffer.withBytes { Array($0) }
    }
    #expect(try bytes(1) == bytes(1))
    #expect(try bytes(1) != bytes(2))
  }

  @Test func touchWritesOneByteAStride() throws {
    let buffer = try AlignedBuffer(byteCount: 10_000, pages: .small)
    buffer.touch(every: 4096)
    let written = buffer.withBytes { bytes in bytes.indices.filter { bytes[$0] != 0 } }
    #expect(written == [0, 4096, 8192])
  }

  @Test(arguments: [-1, Int.min, 1 << 46, Int.max])
  func refusesUnheardOfSizes(byteCount: Int) {
    #expect {
      try AlignedBuffer(byteCount: byteCount, pages: .small)
    } throws: {
      let error = $0 as? StorageError
      return error?.kind == .refused && error?.description.contains("\(byteCount)") == true
    }
  }
}

@Suite struct GuardedBufferTests {
  @Test(arguments: [0, 1, 63, 4096, 4097])
  func allBytesMayBeWritten(byteCount: Int) throws {
    let buffer = try GuardedBuffer(byteCount: byteCount)
    for offset in 0..<byteCount {
      buffer.baseAddress.storeBytes(of: 7, toByteOffset: offset, as: UInt8.self)
    }
    let page = UInt(AlignedBuffer.Pages.small.size)
    #expect((UInt(bitPattern: buffer.baseAddress) + UInt(byteCount)).isMultiple(of: page))
  }

  @Test func theNextByteMayNot() async {
    await #expect(processExitsWith: .failure) {
      let buffer = try GuardedBuffer(byteCount: 100)
      buffer.baseAddress.storeBytes(of: 1, toByteOffset: 100, as: UInt8.self)
    }
  }

  @Test func theFirstByteBeforeTheUnusedStretchMayNot() async {
    await #expect(processExitsWith: .failure) {
      let buffer = try GuardedBuffer(byteCount: 100)
      (buffer.baseAddress - AlignedBuffer.Pages.small.size).storeBytes(of: 1, as: UInt8.self)
    }
  }

  @Test(arguments: [-1, 1 << 46, Int.max])
  func refusesUnheardOfSizes(byteCount: Int) {
    #expect(throws: StorageError.self) { try GuardedBuffer(byteCount: byteCount) }
  }
}

@Suite struct SplitMix64Tests {
  /// Source: the outputs for seed 1234567 that are published as the algorithm's test vector.
  private static let published: [UInt64] = [
    6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
    4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
  ]

  @Test(arguments: 0..<5)
  func anyPartOfTheStream(position: Int) {
    var generator = SplitMix64(seed: 1_234_567, position: UInt64(position))
    let words = (position..<5).map { _ in generator.next() }
    #expect(words == Array(Self.published[position...]))
  }
}
