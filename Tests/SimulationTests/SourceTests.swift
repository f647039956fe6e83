import Foundation
import Hardware
import Tensors
import Testing
import Units

@testable import Simulation

/// A folder on the disk of the package, removed at the end: `/tmp` may lie in memory.
final class DiskFolder {
  let path: String

  init() throws {
    path = FileManager.default.currentDirectoryPath + "/.build/walk-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite struct SourceTests {
  private static let size = 9 << 20 | 4321

  /// All bytes: no two pages are alike.
  private static let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }

  private static func fill(_ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) {
    bytes[range].withUnsafeBytes { buffer.copyMemory(from: $0) }
  }

  /// Odd, even, empty-handed and far ranges, back and forth.
  private static let ranges = [
    0..<1, 4096..<8192, 4095..<(3 << 20 | 1), size - 1..<size, 17..<18, (8 << 20) - 5..<size,
  ]

  private func holdsEveryByte(_ source: some WeightSource) throws {
    for _ in 0..<3 {
      try source.begin(Self.ranges)
      for (index, range) in Self.ranges.enumerated() {
        let bytes = try source.bytes(index)
        let isRight = Self.bytes[range].withUnsafeBytes {
          $0.baseAddress.map { memcmp(bytes, $0, range.count) == 0 } ?? false
        }
        #expect(isRight, "range \(index)")
      }
    }
    source.end()
  }

  @Test(arguments: Policy.allCases.filter { $0 != .direct })
  func everyPolicyGivesTheFilesBytes(policy: Policy) throws {
    let folder = try DiskFolder()
    let file = try WalkFile(
      writing: Self.size, in: folder.path, reserve: .zero, fill: Self.fill)
    #expect(folder.names.isEmpty, "a nameless file")
    do {
      try holdsEveryByte(try MappedWeights(file, policy: policy, ahead: 1 << 20))
    } catch let error as SimulationError where error.kind == .refused {
      // Not every kernel and file system has all of them: then it is a skip, with its reason.
      #expect([.hugepage, .locked, .populate].contains(policy), "\(error)")
    }
  }

  @Test(arguments: [Policy.normal, .hugepage, .readahead])
  func anonymousMemoryIsFilled(policy: Policy) throws {
    try holdsEveryByte(
      try MappedWeights(
        anonymous: Self.size, policy: policy, ahead: 1 << 20, fill: Self.fill))
  }

  @Test func theRingReadsPastTheCache() throws {
    let folder = try DiskFolder()
    let file = try WalkFile(
      writing: Self.size, in: folder.path, reserve: .zero, fill: Self.fill)
    do {
      try holdsEveryByte(try DirectRing(file, longest: 4 << 20, slotCount: 3, readerCount: 2))
    } catch let error as SimulationError where error.kind == .refused {
      #expect(error.description.contains("page cache"))
    }
  }

  @Test func aTokenGivenUpLeavesNothingBehind() throws {
    let folder = try DiskFolder()
    let file = try WalkFile(
      writing: Self.size, in: folder.path, reserve: .zero, fill: Self.fill)
    guard let ring = try? DirectRing(file, longest: 4 << 20, slotCount: 2, readerCount: 2) else {
      return
    }
    for _ in 0..<20 {
      try ring.begin(Self.ranges)
      _ = try ring.bytes(0)
    }
    try holdsEveryByte(ring)
  }

  @Test func severalFilesAreOneRowOfAddresses() throws {
    let folder = try DiskFolder()
    let paths = ["a", "b"].map { "\(folder.path)/\($0)" }
    try Data(repeating: 7, count: 5000).write(to: URL(filePath: paths[0]))
    try Data(repeating: 9, count: 100).write(to: URL(filePath: paths[1]))
    let file = try WalkFile(opening: paths)
    #expect(file.byteCount == WalkFile.alignment + 100)
    let source = try MappedWeights(file, policy: .normal, ahead: 0)
    try source.begin([4990..<5000, WalkFile.alignment..<WalkFile.alignment + 100])
    #expect(try source.bytes(0).load(as: UInt8.self) == 7)
    #expect(try source.bytes(1).load(fromByteOffset: 99, as: UInt8.self) == 9)
  }

  @Test func addressSpaceReadsAsZero() throws {
    let source = try MappedWeights(sparse: 1 << 40, policy: .normal, ahead: 0)
    try source.begin([1 << 39..<1 << 39 | 4096])
    #expect(try source.bytes(0).load(as: UInt64.self) == 0)
  }

  @Test func rangesOutsideAreRefused() throws {
    let source = try MappedWeights(sparse: 1 << 20, policy: .normal, ahead: 0)
    #expect(throws: SimulationError.self) { try source.begin([0..<1 << 21]) }
    #expect(throws: SimulationError.self) {
      try MappedWeights(sparse: 0, policy: .normal, ahead: 0)
    }
  }
}

@Suite struct WalkFileTests {
  private static func fill(_ range: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) {
    _ = buffer.initializeMemory(as: UInt8.self, repeating: 5)
  }

  @Test func aKeptFileIsWrittenOnce() throws {
    let folder = try DiskFolder()
    // What is written anew is another file of that name; looking at places of one changes nothing.
    let files = try (0..<2).map { _ in
      _ = try WalkFile(keeping: "tiny", 10_000, in: folder.path, reserve: .zero, fill: Self.fill)
      let path = "\(folder.path)/tiny\(WalkFile.suffix)"
      return try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }
    #expect(files[0] != nil && files[0] == files[1])
    #expect(folder.names == ["tiny\(WalkFile.suffix)"])
    _ = try WalkFile(keeping: "tiny", 20_000, in: folder.path, reserve: .zero, fill: Self.fill)
    #expect(folder.names == ["tiny\(WalkFile.suffix)"])
  }

  /// What was changed or never finished is written anew, and its reason told, instead of being walked.
  @Test(arguments: [0, 4096 * 1000 + 17, 5_000_000 - 1])
  func aKeptFileThatWasChangedIsWrittenAnew(place: Int) throws {
    let folder = try DiskFolder()
    let size = 5_000_000
    var (written, notes): (Int, [String]) = (0, [])
    func keep() throws -> WalkFile {
      try WalkFile(
        keeping: "tiny", size, in: folder.path, reserve: .zero, note: { notes.append($0) },
        fill: { range, buffer in
          written += range.count > 4096 ? range.count : 0
          Self.fill(range, buffer)
        })
    }
    _ = try keep()
    let path = "\(folder.path)/tiny\(WalkFile.suffix)"
    let handle = try #require(FileHandle(forUpdatingAtPath: path))
    // A stretch of two 64ths of the file, as is lost where the power goes.
    let start = min(place / (size / 32) * (size / 32), size - size / 32)
    try handle.seek(toOffset: UInt64(start))
    try handle.write(contentsOf: Data(repeating: 0, count: size / 32))
    try handle.close()
    let file = try keep()
    #expect(written == 2 * size && notes.count == 1)
    #expect(notes.first?.contains("written anew") == true && notes.first?.contains(path) == true)
    let source = try MappedWeights(file, policy: .normal, ahead: 0)
    try source.begin([place..<place + 1])
    #expect(try source.bytes(0).load(as: UInt8.self) == 5)
    _ = try keep()
    #expect(written == 2 * size && notes.count == 1, "now it is as it should be")
  }

  @Test func halfAFileDoesNotStay() throws {
    let folder = try DiskFolder()
    let error = #expect(throws: SimulationError.self) {
      try WalkFile(
        keeping: "tiny", 10_000, in: folder.path, reserve: .zero, isInterrupted: { true },
        fill: Self.fill)
    }
    #expect(error?.kind == .interrupted && folder.names.isEmpty)
  }

  @Test func leftoversOfTheDeadAreSweptAndThoseOfTheLivingAreNot() throws {
    let folder = try DiskFolder()
    // Linux numbers processes up to 2²².
    let (dead, living) = ("x\(WalkFile.suffix).partial-99999999", "x\(WalkFile.suffix).partial-1")
    for name in [dead, living, "mine.gguf"] {
      try Data([1]).write(to: URL(filePath: "\(folder.path)/\(name)"))
    }
    WalkFile.sweep(folder.path)
    #expect(Set(folder.names) == [living, "mine.gguf"])
  }

  @Test func aFullDiskIsToldBeforehand() throws {
    let folder = try DiskFolder()
    let error = #expect(throws: SimulationError.self) {
      try WalkFile(writing: 1 << 45, in: folder.path, fill: Self.fill)
    }
    #expect(error?.kind == .refused && error?.description.contains("are missing") == true)
  }

  @Test func whatIsNoFileIsTold() {
    #expect(throws: SimulationError.self) { try WalkFile(opening: ["/"]) }
    let error = #expect(throws: SimulationError.self) { try WalkFile(opening: ["/nowhere/x"]) }
    #expect(error?.kind == .notFound)
  }
}

@Suite struct EvidenceTests {
  @Test func touchedPagesAreFaults() throws {
    let before = EvidenceCounters()
    let buffer = try AlignedBuffer(byteCount: 4 << 20, pages: .small)
    buffer.touch(every: 4096)
    let evidence = EvidenceCounters().since(before, seconds: 1)
    #expect(evidence.minorFaults >= 4 << 20 / Pages.size / 2)
    #expect(evidence.seconds == 1 && evidence.majorFaults >= 0)
  }

  @Test func theProcessHasMemory() {
    #if os(Linux)
      let memory = ProcessMemory()
      #expect(memory.map { $0.peak >= $0.resident && $0.resident > .zero } == true)
    #endif
  }
}

private enum Pages { static let size = Int(getpagesize()) }
