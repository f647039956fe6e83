import CShims
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Weights in mapped memory: of files, of the process's own, or of nothing at all.
///
/// `@unchecked Sendable`: address and length never change; the reader of what comes sees them alone.
public final class MappedWeights: WeightSource, @unchecked Sendable {
  /// All bytes that can be asked for.
  public let byteCount: Int
  /// How pages come into memory.
  public let policy: Policy
  private let base: UnsafeMutableRawPointer
  private let mapped: Int
  /// Kept open as long as it is mapped.
  private let file: WalkFile?
  private let ahead: Int
  private var ranges: [Range<Int>] = []
  private var readAhead: ReadAhead?
  /// How far the kernel has been told what comes: ranges before this one.
  private var told = 0

  /// The bytes of `file`, mapped.
  ///
  /// - Parameter ahead: how many bytes `willneed` and `readahead` stay before the walk: a layer's.
  /// Errors: `.refused` where the system maps no more, or doesn't know or allow the policy.
  public convenience init(
    _ file: WalkFile, policy: Policy, ahead: Int
  ) throws(SimulationError) {
    let (base, length) = try Self.reserve(file.byteCount, PROT_NONE)
    for part in file.parts where !part.range.isEmpty {
      let address = mmap(
        base + part.range.lowerBound, part.range.count, PROT_READ, MAP_SHARED | MAP_FIXED,
        part.descriptor, 0)
      guard address != MAP_FAILED else {
        let code = errno
        munmap(base, length)
        throw .system(.refused, "the system refused to map the weights", code: code)
      }
    }
    try self.init(
      base: base, mapped: length, byteCount: file.byteCount, file: file, policy: policy,
      ahead: ahead)
    for part in file.parts {
      guard let path = part.path, !part.range.isEmpty else { continue }
      MappedFile.watch(base + part.range.lowerBound, byteCount: part.range.count, path: path)
    }
  }

  /// Memory of the process's own, filled by `fill`, which may be called by several threads.
  ///
  /// Errors: `.refused` as above; `.interrupted`. The caller sees to it that there is as much memory.
  public convenience init(
    anonymous byteCount: Int, policy: Policy, ahead: Int, isInterrupted: () -> Bool = { false },
    progress: (Double) -> Void = { _ in }, fill: WalkFile.Fill
  ) throws(SimulationError) {
    let (base, length) = try Self.reserve(byteCount, PROT_READ | PROT_WRITE)
    storage_advise_pages(base, length, policy == .hugepage ? 1 : 0)
    try self.init(
      base: base, mapped: length, byteCount: byteCount, file: nil, policy: policy, ahead: ahead)
    for start in stride(from: 0, to: byteCount, by: WalkFile.chunk) {
      guard !isInterrupted() else {
        throw SimulationError(.interrupted, "interrupted while the weights were laid out")
      }
      let range = start..<min(start + WalkFile.chunk, byteCount)
      fill(range, UnsafeMutableRawBufferPointer(start: base + start, count: range.count))
      progress(Double(range.upperBound) / Double(byteCount))
    }
  }

  /// Address space alone: every page is the kernel's one page of zeros, so that faults are real and
  /// neither disk nor memory takes part.
  ///
  /// Errors: `.refused` as above.
  public convenience init(sparse byteCount: Int, policy: Policy, ahead: Int) throws(SimulationError)
  {
    let (base, length) = try Self.reserve(byteCount, PROT_READ)
    storage_advise_pages(base, length, 0)
    try self.init(
      base: base, mapped: length, byteCount: byteCount, file: nil, policy: policy, ahead: ahead)
  }

  private init(
    base: UnsafeMutableRawPointer, mapped: Int, byteCount: Int, file: WalkFile?, policy: Policy,
    ahead: Int
  ) throws(SimulationError) {
    (self.base, self.mapped, self.byteCount) = (base, mapped, byteCount)
    (self.file, self.policy, self.ahead) = (file, policy, ahead)
    // From here on `deinit` unmaps, also when the policy is refused.
    try apply()
  }

  deinit {
    end()
    for part in file?.parts ?? [] where part.path != nil {
      MappedFile.forget(base + part.range.lowerBound)
    }
    munmap(base, mapped)
  }

  /// The share, 0 to 1, of the pages that are in memory; nil where the system doesn't say.
  ///
  /// Stretches of 2 MiB are looked at, every one or so many between them. Cost: a byte a page looked at.
  public var residentShare: Double? {
    let stretch = 2 << 20
    let step = residentSampling * stretch
    var (shares, count) = (0.0, 0)
    for start in stride(from: 0, to: byteCount, by: step) {
      let share = storage_resident_share(
        base + start, min(stretch, byteCount - start), Int(getpagesize()))
      guard share >= 0 else { return nil }
      (shares, count) = (shares + share, count + 1)
    }
    return count > 0 ? shares / Double(count) : nil
  }

  /// Of how many stretches one is looked at for `residentShare`: all, and of more than 2 GiB every sixteenth.
  public var residentSampling: Int { byteCount > 2 << 30 ? 16 : 1 }

  /// As `WeightSource` has it.
  public func begin(_ ranges: [Range<Int>]) throws(SimulationError) {
    guard ranges.allSatisfy({ 0 <= $0.lowerBound && $0.upperBound <= byteCount }) else {
      throw SimulationError(.usage, "a range lies outside of the weights")
    }
    (self.ranges, told) = (ranges, 0)
    guard policy == .readahead else { return }
    if readAhead == nil {
      readAhead = ReadAhead(base: base, ahead: ahead)
      if readAhead == nil { throw SimulationError(.refused, "the system refused a second thread") }
    }
    readAhead?.begin(ranges)
  }

  /// As `WeightSource` has it.
  public func bytes(_ index: Int) throws(SimulationError) -> UnsafeRawPointer {
    let range = ranges[index]
    switch policy {
    case .willneed: tell(from: index)
    case .populate:
      guard advise(range, Self.populateRead) else {
        throw .system(.refused, "the system can't map pages beforehand (MADV_POPULATE_READ)")
      }
    case .readahead: readAhead?.walk(at: index)
    case .normal, .sequential, .random, .hugepage, .locked, .direct: break
    }
    return UnsafeRawPointer(base) + range.lowerBound
  }

  /// As `WeightSource` has it.
  public func end() {
    readAhead?.end()
    readAhead = nil
  }
}

extension MappedWeights {
  private static func reserve(
    _ byteCount: Int, _ protection: Int32
  ) throws(SimulationError) -> (UnsafeMutableRawPointer, Int) {
    guard byteCount > 0, byteCount < 1 << 46 else {
      throw SimulationError(.usage, "weights of \(byteCount) bytes can't be walked")
    }
    let unit = WalkFile.alignment
    let length = (byteCount + unit - 1) / unit * unit
    let whole = length + unit
    #if os(Linux)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    guard let start = mmap(nil, whole, protection, flags, -1, 0), start != MAP_FAILED else {
      throw .system(.refused, "the system refused \(byteCount) bytes of addresses")
    }
    // Huge pages want addresses that are multiples of theirs: what is before and after goes back.
    let base = start.alignedUp(toMultipleOf: unit)
    if base > start { munmap(start, base - start) }
    let end = base + length
    if end < start + whole { munmap(end, start + whole - end) }
    return (base, length)
  }

  /// What holds for all pages at once.
  private func apply() throws(SimulationError) {
    let advice: Int32? =
      switch policy {
      case .sequential: Int32(MADV_SEQUENTIAL)
      case .random: Int32(MADV_RANDOM)
      default: nil
      }
    if let advice, !advise(0..<byteCount, advice) {
      throw .system(.refused, "the system refused the policy \(policy.rawValue)")
    }
    if policy == .locked, mlock(base, byteCount) != 0 {
      throw .system(
        .refused, "the system refused to lock the weights into memory (see ulimit -l)")
    }
    guard file != nil, policy == .hugepage || policy == .readahead else { return }
    // A thread that reads ahead is faster with large pages, and does its work without them too.
    let isTaken = Self.hugePage >= 0 && advise(0..<byteCount, Self.hugePage)
    if policy == .hugepage, !isTaken {
      throw SimulationError(.refused, "there are no huge pages for files here")
    }
  }

  /// Gives advice on the pages of `range`; whether the system took it.
  private func advise(_ range: Range<Int>, _ advice: Int32) -> Bool {
    let page = Int(getpagesize())
    let first = range.lowerBound / page * page
    return madvise(base + first, range.upperBound - first, advice) == 0
  }

  /// Tells the kernel of all ranges that start less than a layer after range `index`.
  private func tell(from index: Int) {
    told = max(told, index)
    let here = ranges[index].lowerBound
    var distance = ranges[index..<told].reduce(0) { $0 + $1.count }
    while told < ranges.count, distance < max(ahead, 1) || ranges[told].lowerBound == here {
      _ = advise(ranges[told], Int32(MADV_WILLNEED))
      distance += ranges[told].count
      told += 1
    }
  }

  private static var hugePage: Int32 {
    #if os(Linux)
      14  // MADV_HUGEPAGE
    #else
      -1
    #endif
  }

  static var populateRead: Int32 {
    #if os(Linux)
      22  // MADV_POPULATE_READ, Linux 5.14
    #else
      -1
    #endif
  }
}
