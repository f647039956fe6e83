#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The second thread: maps every page of what comes, so that the walk finds it there.
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

  /// Bytes that are mapped by one call.
  private static let piece = 4 << 20

  /// Maps the pages of `range`, which reads them: at one go where the system can (Linux 5.14), else by touching
  /// them one by one.
  ///
  /// Asking for them (MADV_WILLNEED) would fetch them in the smallest pages whatever was advised, and the kernel
  /// would spend more time on pages than the disk on bytes; a fault reads ahead in larger ones.
  /// Source: Linux, mm/readahead.c, `force_page_cache_ra`; mm/filemap.c, `do_sync_mmap_readahead`.
  private static func touch(_ base: UnsafeRawPointer, _ range: Range<Int>) -> UInt8 {
    let page = Int(getpagesize())
    var sum: UInt8 = 0
    for start in stride(from: range.lowerBound / page * page, to: range.upperBound, by: piece) {
      let end = min(start + piece, range.upperBound)
      let address = UnsafeMutableRawPointer(mutating: base + start)
      if madvise(address, end - start, MappedWeights.populateRead) == 0 { continue }
      for offset in stride(from: start, to: end, by: page) {
        sum &+= base.load(fromByteOffset: offset, as: UInt8.self)
      }
    }
    return sum
  }
}
