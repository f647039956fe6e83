import Synchronization

/// Numbers 0 ..< n divided among the threads of a job: each takes those of its own part from the front
/// and, when these are gone, of others' parts from the back.
///
/// So a thread reads memory on from where it was, and one whose CPU was taken from it for a while, or that
/// memory answers slower, leaves its last numbers to others. What is taken at a time shrinks with what
/// is left, so that all end within about one number's time.
final class WorkParts: @unchecked Sendable {
  /// Beginning (low half) and end of what is left of each part, a cache line apart.
  private let words: UnsafeMutablePointer<Atomic<UInt64>>
  private let threads: Int

  private static let distance = 8

  init(threads: Int) {
    self.threads = threads
    words = .allocate(capacity: threads * Self.distance)
    for index in 0..<threads * Self.distance { (words + index).initialize(to: Atomic(0)) }
  }

  deinit {
    words.deinitialize(count: threads * Self.distance)
    words.deallocate()
  }

  /// Part t is bounds[t] ..< bounds[t + 1], numbers below 2³²; not while a job takes them.
  func set(_ bounds: [Int]) {
    for thread in 0..<threads {
      words[thread * Self.distance]
        .store(Self.word(bounds[thread], bounds[thread + 1]), ordering: .relaxed)
    }
  }

  /// The next numbers for thread `worker`, or nil when all are taken.
  func take(_ worker: Int) -> Range<Int>? {
    for offset in 0..<threads {
      let part = (worker + offset) % threads
      if let range = take(from: part, atFront: offset == 0) { return range }
    }
    return nil
  }

  private func take(from part: Int, atFront: Bool) -> Range<Int>? {
    let word = words + part * Self.distance
    var seen = word.pointee.load(ordering: .relaxed)
    while true {
      let (first, end) = (Int(seen & 0xFFFF_FFFF), Int(seen >> 32))
      guard first < end else { return nil }
      let count = max((end - first) / 8, 1)
      let left = atFront ? Self.word(first + count, end) : Self.word(first, end - count)
      let (isTaken, now) = word.pointee.weakCompareExchange(
        expected: seen, desired: left, ordering: .relaxed)
      if isTaken { return atFront ? first..<first + count : end - count..<end }
      seen = now
    }
  }

  private static func word(_ first: Int, _ end: Int) -> UInt64 {
    UInt64(end) << 32 | UInt64(first)
  }
}
