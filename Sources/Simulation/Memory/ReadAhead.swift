#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The second thread: reads a byte of every page of what comes, so that the walk finds it there.
final class ReadAhead {
  private struct State {
    var ranges: [Range<Int>] = []
    /// The range that the walk is at.
    var walked = 0
    /// The next range to be read.
    var next = 0
    var isEnding = false
    /// Of all bytes touched, so that touching them is not left out.
    var sum: UInt8 = 0
  }

  private let state = Monitor(State())
  private var thread: BackgroundThread?

  init?(base: UnsafeMutableRawPointer, ahead: Int) {
    let state = state
    nonisolated(unsafe) let base = UnsafeRawPointer(base)
    thread = BackgroundThread {
      while true {
        let range: Range<Int>? = state.wait { state -> Range<Int>?? in
          if state.isEnding { return .some(nil) }
          state.next = max(state.next, state.walked + 1)
          guard state.next < state.ranges.count else { return nil }
          let lead = state.ranges[state.walked..<state.next].reduce(0) { $0 + $1.count }
          guard lead <= max(ahead, 1) else { return nil }
          defer { state.next += 1 }
          return .some(state.ranges[state.next])
        }
        guard let range else { return }
        let sum = Self.touch(base, range)
        state.change { $0.sum &+= sum }
      }
    }
    guard thread != nil else { return nil }
  }

  func begin(_ ranges: [Range<Int>]) {
    state.change { ($0.ranges, $0.walked, $0.next) = (ranges, 0, 0) }
  }

  func walk(at index: Int) { state.change { $0.walked = index } }

  func end() {
    state.change { $0.isEnding = true }
    thread?.join()
  }

  /// The kernel is told of a stretch as a whole, then its pages are touched one by one.
  private static func touch(_ base: UnsafeRawPointer, _ range: Range<Int>) -> UInt8 {
    let page = Int(getpagesize())
    let stretch = 4 << 20
    var sum: UInt8 = 0
    for start in stride(from: range.lowerBound / page * page, to: range.upperBound, by: stretch) {
      let end = min(start + stretch, range.upperBound)
      madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, Int32(MADV_WILLNEED))
      for offset in stride(from: start, to: end, by: page) {
        sum &+= base.load(fromByteOffset: offset, as: UInt8.self)
      }
    }
    return sum
  }
}
