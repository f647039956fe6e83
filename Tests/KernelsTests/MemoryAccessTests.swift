import Hardware
import KernelReference
import Tensors
import Testing
import Units

@testable import Kernels

private let names = KernelTable.supported.map(\.instructionSet)

@Suite struct MemoryAccessTests {
  @Test(arguments: names, [1, 8, 12, 64, 72, 4096])
  func stridesSumTheWordsTheyMeet(name: InstructionSetName, stride: Int) throws {
    let table = try #require(KernelTable.named(name))
    let buffer = try AlignedBuffer(byteCount: 80_000, pages: .small)
    buffer.fill(seed: 3)
    for bytes in [0, 7, 8, 9, 63, 64, 65, 5 * stride, 9 * stride + 8, 79_997] {
      let source = buffer.baseAddress + 3
      let count = bytes < 8 ? 0 : (bytes - 8) / stride + 1
      let expected = Reference.stridedSum(source, stride: stride, count: count)
      for threads in [1, 2, 3] {
        let pool = WorkerPool(threadCount: threads)
        #expect(
          try table.readStrided(source, bytes: bytes, stride: stride, on: pool) == expected)
      }
    }
  }

  @Test(arguments: names, [0, 1, 3, 4, 5, 7, 1001])
  func randomAccessesSumTheWordsTheyMeet(name: InstructionSetName, count: Int) throws {
    let table = try #require(KernelTable.named(name))
    let buffer = try AlignedBuffer(byteCount: 8 * 777, pages: .small)
    buffer.fill(seed: 4)
    let source = buffer.baseAddress.assumingMemoryBound(to: UInt64.self)
    for words in [1, 2, 777] {
      for threads in [1, 2, 3] {
        let expected = (0..<threads).reduce(UInt64(0)) { sum, worker in
          sum
            &+ Reference.randomSum(
              source, words: words,
              count: share(count, unit: 1, worker: worker, of: threads).count,
              seed: 99 + 4 * UInt64(worker))
        }
        let pool = WorkerPool(threadCount: threads)
        #expect(
          try table.readRandom(source, words: words, count: count, seed: 99, on: pool) == expected)
      }
    }
    withExtendedLifetime(buffer) {}
  }

  /// Random indices reach all of a small buffer about alike: each within six standard deviations.
  @Test func randomAccessesReachEveryWord() throws {
    let words = 16
    let count = 40_000
    for word in 0..<words {
      let one = (0..<words).map { $0 == word ? UInt64(1) : 0 }
      let hits = KernelTable.best.streams.readRandom(one, words, count, 5)
      let mean = Double(count) / Double(words)
      #expect(abs(Double(hits) - mean) < 6 * mean.squareRoot())
    }
  }

  @Test func badExtentsAreErrors() {
    let pool = WorkerPool(threadCount: 1)
    #expect(throws: KernelError.self) {
      try KernelTable.best.readStrided([UInt8(1)], bytes: 1, stride: 0, on: pool)
    }
    #expect(throws: KernelError.self) {
      try KernelTable.best.readRandom([1], words: 0, count: 1, seed: 1, on: pool)
    }
  }
}

@Suite struct CacheSizesTests {
  private func cache(_ level: Int, _ size: Bytes, sharedBy: Int) -> Cache {
    Cache(
      level: level, kind: level == 1 ? .data : .unified, size: size, lineLength: 64, ways: 8,
      sharedBy: sharedBy, count: 1)
  }

  @Test func sizesAreThoseOfTheMachine() {
    let caches = [
      cache(1, .kibibytes(48), sharedBy: 2), cache(2, .mebibytes(2), sharedBy: 2),
      cache(3, .mebibytes(32), sharedBy: 16),
    ]
    #expect(CacheSizes(caches) == CacheSizes(l1: 24 << 10, l2: 1 << 20, l3: 32 << 20))
    #expect(CacheSizes([cache(1, .kibibytes(64), sharedBy: 1)]).l3 == CacheSizes().l2)
    #expect(CacheSizes([]) == CacheSizes())
  }
}
