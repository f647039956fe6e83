import Tensors
import Testing
import Units

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that goes with its last reference.
private final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8]) throws {
    var template = Array("/tmp/plimsoll-mapped-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    try #require(descriptor >= 0)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
    close(descriptor)
  }

  deinit { unlink(path) }
}

@Suite struct MappedFileTests {
  @Test(arguments: [0, 1, 4095, 4096, 4097, 100_000])
  func showsTheFile(length: Int) throws {
    let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
    let file = try TemporaryFile(bytes)
    let mapped = try MappedFile(path: file.path)
    #expect(mapped.byteCount == length)
    #expect(mapped.withBytes { $0.elementsEqual(bytes) })
    #expect((mapped.baseAddress == nil) == (length == 0))
  }

  @Test func theMappingOutlivesTheName() throws {
    let mapped = try {
      let file = try TemporaryFile([1, 2, 3])
      return try MappedFile(path: file.path)
    }()
    #expect(mapped.withBytes { Array($0) } == [1, 2, 3])
  }

  @Test func failuresAreToldApart() throws {
    let file = try TemporaryFile([0, 0, 0, 0])
    let cases: [(String, Int, StorageError.Kind)] = [
      ("/nowhere/at/all", 0, .notFound), (file.path + "/below", 0, .notFound),
      ("/tmp", 0, .inputOutput), (file.path, 5, .malformed),
    ]
    for (path, minimum, kind) in cases {
      #expect {
        try MappedFile(path: path, minimumLength: minimum)
      } throws: {
        let error = $0 as? StorageError
        return error?.kind == kind && error?.description.contains(path) == true
      }
    }
  }

  @Test func shrinkingIsSeen() throws {
    let file = try TemporaryFile([UInt8](repeating: 1, count: 10_000))
    let mapped = try MappedFile(path: file.path)
    #expect(!mapped.hasShrunk)
    #expect(truncate(file.path, 20_000) == 0)
    #expect(!mapped.hasShrunk, "longer is no harm")
    #expect(truncate(file.path, 9_999) == 0)
    #expect(mapped.hasShrunk)
  }

  @Test func aFileCutShortWhileItIsReadEndsTheProgramWithASentence() async {
    let result = await #expect(
      processExitsWith: .exitCode(74), observing: [\.standardErrorContent]
    ) {
      let file = try TemporaryFile([UInt8](repeating: 1, count: 100_000))
      let other = try TemporaryFile([1, 2, 3])
      // One that is gone again, and one that is whole, beside the one that is read.
      _ = try MappedFile(path: other.path)
      let whole = try MappedFile(path: other.path)
      let mapped = try MappedFile(path: file.path)
      defer { withExtendedLifetime(whole) {} }
      unlink(other.path)
      #expect(truncate(file.path, 4096) == 0)
      unlink(file.path)
      #expect(mapped.withBytes { $0.reduce(0) { $0 + Int($1) } } < 0, "not reached")
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("plimsoll-mapped-") && text.contains("cut short"), "\(text)")
  }

  @Test func freshlyWrittenPagesAreResident() throws {
    let file = try TemporaryFile([UInt8](repeating: 1, count: 100_000))
    let mapped = try MappedFile(path: file.path)
    #expect(try mapped.residentBytes() == Bytes(100_000))
    #expect(try mapped.residentBytes(in: 0..<1) == Bytes(1))
    #expect(try mapped.residentBytes(in: 50_000..<50_000) == .zero)
  }

  @Test func rangesAreChecked() throws {
    let file = try TemporaryFile([1, 2, 3])
    let mapped = try MappedFile(path: file.path)
    #expect(throws: StorageError.self) { try mapped.residentBytes(in: 0..<4) }
    #expect(throws: StorageError.self) { try mapped.residentBytes(in: -1..<2) }
    #expect(throws: StorageError.self) { try mapped.advise(.willNeed, in: 2..<9) }
  }

  @Test(arguments: [MappedFile.Advice.normal, .sequential, .random, .willNeed, .dontNeed])
  func adviceChangesNoByte(advice: MappedFile.Advice) throws {
    let bytes = [UInt8](repeating: 5, count: 12_345)
    let file = try TemporaryFile(bytes)
    let mapped = try MappedFile(path: file.path)
    try mapped.advise(advice)
    try mapped.advise(advice, in: 5000..<6000)
    #expect(mapped.withBytes { $0.elementsEqual(bytes) })
  }

  @Test func lockedPagesAreResident() throws {
    let file = try TemporaryFile([UInt8](repeating: 1, count: 8192))
    let mapped = try MappedFile(path: file.path)
    do {
      try mapped.lock()
      #expect(try mapped.residentBytes() == Bytes(8192))
    } catch {
      #expect(error.description.contains("ulimit -l"))
    }
  }
}
