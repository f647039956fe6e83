import Synchronization
import Testing

@testable import Kernels

/// Work that is divided among threads is done once, whoever takes it.
@Suite struct WorkPartsTests {
  /// Parts of all sizes, empty ones too, taken by as many threads, of which some come late.
  @Test(arguments: [[0, 0], [0, 1], [0, 5, 5, 1000], [0, 0, 0, 77], [0, 300, 301, 302, 303]])
  func everyNumberIsTakenOnce(bounds: [Int]) throws {
    let pool = WorkerPool(threadCount: bounds.count - 1)
    try #require(pool.threadCount == bounds.count - 1)
    let count = try #require(bounds.last)
    let taken = Counters(count)
    for _ in 0..<20 {
      pool.run(parts: bounds) { range in
        for number in range { taken.add(number) }
      }
    }
    #expect(taken.values == [Int](repeating: 20, count: count))
  }

  /// A thread goes forward through its own part and ends up at the back of others'.
  @Test func partsAreTakenInOrder() throws {
    let parts = WorkParts(threads: 2)
    parts.set([0, 80, 100])
    #expect(parts.take(1) == 80..<82)
    #expect(parts.take(0) == 0..<10)
    var own: [Range<Int>] = []
    while let range = parts.take(1) { own.append(range) }
    let fromOthers = own.filter { $0.upperBound <= 80 }
    #expect(own.first == 82..<84)
    #expect(fromOthers.first?.upperBound == 80 && fromOthers.last?.lowerBound == 10)
    #expect(own.reduce(0) { $0 + $1.count } == 88)
    #expect(parts.take(0) == nil)
  }
}

/// Numbers that several threads count up.
private final class Counters: @unchecked Sendable {
  private let counts: UnsafeMutablePointer<Atomic<Int>>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    counts = .allocate(capacity: count)
    for index in 0..<count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: count)
    counts.deallocate()
  }

  func add(_ index: Int) { counts[index].add(1, ordering: .relaxed) }
  var values: [Int] { (0..<count).map { counts[$0].load(ordering: .relaxed) } }
}
