import CShims
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Weights read past the page cache into a ring of buffers, by threads that stay ahead of the walk.
///
/// Mapped pages come at the pace of page faults; several reads under way at a time keep a fast disk busy.
public final class DirectRing: WeightSource {
  /// What the walk and the readers share.
  private struct State {
    var ranges: [Range<Int>] = []
    /// The next range that a reader takes.
    var next = 0
    /// Ranges before this one are no longer needed.
    var released = 0
    /// Reads under way.
    var underWay = 0
    /// Ranges that lie in their buffers.
    var ready: Set<Int> = []
    var failure: SimulationError?
    var isEnding = false
  }

  /// All bytes that can be asked for.
  public let byteCount: Int
  private let file: WalkFile
  private let slots: [AlignedBuffer]
  private let descriptors: [Int32]
  private let state = Monitor(State())
  private var readers: [BackgroundThread] = []

  /// Direct reading asks for addresses, offsets and lengths that are multiples of the disk's blocks.
  private static let block = 4096
  /// Bytes that one call reads.
  private static let piece = 4 << 20

  /// A ring over `file`.
  ///
  /// - Parameters:
  ///   - longest: the longest range that will be asked for, in bytes.
  ///   - slotCount: buffers, each of the longest range; two at least.
  ///   - readerCount: reads under way at a time.
  /// Errors: `.refused` where the file system has no direct reading, or without memory.
  public init(
    _ file: WalkFile, longest: Int, slotCount: Int = 6, readerCount: Int = 4
  ) throws(SimulationError) {
    self.file = file
    byteCount = file.byteCount
    var slots: [AlignedBuffer] = []
    do throws(StorageError) {
      for _ in 0..<max(slotCount, 2) {
        slots.append(try AlignedBuffer(byteCount: longest + 2 * Self.block, pages: .huge))
      }
    } catch { throw SimulationError(error) }
    self.slots = slots
    var descriptors: [Int32] = []
    for part in file.parts {
      let descriptor = storage_open_direct(part.descriptor)
      guard descriptor >= 0 else {
        for descriptor in descriptors { close(descriptor) }
        throw .system(.refused, "this file system can't be read past the page cache")
      }
      descriptors.append(descriptor)
    }
    self.descriptors = descriptors
    for _ in 0..<max(readerCount, 1) {
      guard let reader = start() else { break }
      readers.append(reader)
    }
    guard !readers.isEmpty else {
      throw SimulationError(.refused, "the system refused a thread to read with")
    }
  }

  deinit {
    end()
    for descriptor in descriptors { close(descriptor) }
  }

  /// As `WeightSource` has it.
  public func begin(_ ranges: [Range<Int>]) throws(SimulationError) {
    guard ranges.allSatisfy({ 0 <= $0.lowerBound && $0.upperBound <= byteCount }),
      (ranges.map(\.count).max() ?? 0) <= (slots.first?.byteCount ?? 0) - 2 * Self.block
    else { throw SimulationError(.usage, "a range lies outside of the weights, or is too long") }
    // A token that was given up may still be read into the buffers.
    state.change { $0.ranges = [] }
    state.wait { state -> Void? in
      guard state.underWay == 0 else { return nil }
      (state.ranges, state.next, state.released, state.ready) = (ranges, 0, 0, [])
      return ()
    }
  }

  /// As `WeightSource` has it.
  public func bytes(_ index: Int) throws(SimulationError) -> UnsafeRawPointer {
    state.change { $0.released = index }
    let failure: SimulationError?? = state.wait { state in
      if let failure = state.failure { return .some(failure) }
      return state.ready.contains(index) ? .some(nil) : nil
    }
    if let failure = failure ?? nil { throw failure }
    let start = state.change { $0.ranges[index].lowerBound }
    return UnsafeRawPointer(slots[index % slots.count].baseAddress) + start % Self.block
  }

  /// As `WeightSource` has it.
  public func end() {
    state.change { $0.isEnding = true }
    for reader in readers { reader.join() }
    readers = []
  }

  private func start() -> BackgroundThread? {
    let (state, slots, file, descriptors) = (state, slots, file, descriptors)
    return BackgroundThread {
      while true {
        let task: (index: Int, range: Range<Int>)?? = state.wait { state in
          if state.isEnding { return .some(nil) }
          guard state.next < state.ranges.count, state.next < state.released + slots.count,
            state.failure == nil
          else { return nil }
          defer { (state.next, state.underWay) = (state.next + 1, state.underWay + 1) }
          return .some((state.next, state.ranges[state.next]))
        }
        guard let task = task ?? nil else { return }
        let failure = Self.read(
          task.range, of: file, descriptors, into: slots[task.index % slots.count])
        state.change { state in
          state.underWay -= 1
          if let failure { state.failure = failure }
          state.ready.insert(task.index)
        }
      }
    }
  }

  private static func read(
    _ range: Range<Int>, of file: WalkFile, _ descriptors: [Int32], into slot: AlignedBuffer
  ) -> SimulationError? {
    let first = range.lowerBound / block * block
    var position = first
    while position < range.upperBound {
      guard let index = file.parts.firstIndex(where: { $0.range.contains(position) }) else {
        return SimulationError(.usage, "the weights have nothing at byte \(position)")
      }
      let part = file.parts[index]
      let wanted = min(range.upperBound, part.range.upperBound) - position
      let length = min((wanted + block - 1) / block * block, piece)
      let count = pread(
        descriptors[index], slot.baseAddress + (position - first), length,
        off_t(position - part.range.lowerBound))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return .system(.inputOutput, "reading the weights failed") }
      guard count > 0 else {
        return SimulationError(.inputOutput, "the file of weights ended at byte \(position)")
      }
      position += min(count, wanted)
    }
    return nil
  }
}
