import Testing

@testable import Tensors

@Suite struct AlignedBufferTests {
  @Test(arguments: [AlignedBuffer.Pages.small, .huge], [0, 1, 4095, 4097, 3 << 20])
  func isAlignedToItsPages(pages: AlignedBuffer.Pages, byteCount: Int) throws {
    let buffer = try AlignedBuffer(byteCount: byteCount, pages: pages)
    #expect(Int(bitPattern: buffer.baseAddress).isMultiple(of: pages.size))
    #expect(buffer.byteCount == byteCount)
  }

  @Test(arguments: [-1, Int.max, 1 << 46])
  func refusesAbsurdSizes(byteCount: Int) {
    #expect { try AlignedBuffer(byteCount: byteCount, pages: .small) } throws: { error in
      (error as? StorageError)?.kind == .refused
    }
  }

  @Test func fillIsReproducibleAndNeverZero() throws {
    let (a, b) = (
      try AlignedBuffer(byteCount: 8199, pages: .small),
      try AlignedBuffer(byteCount: 8199, pages: .small)
    )
    a.fill(seed: 5)
    b.fill(seed: 5)
    let floats = (0..<2049).map { a.floats[$0] }
    #expect(floats == (0..<2049).map { b.floats[$0] })
    #expect(floats.allSatisfy { (0.5..<1).contains(abs($0)) })
    #expect(floats.contains { $0 < 0 } && floats.contains { $0 > 0 })
    #expect(Set(floats).count > 2000)
  }
}

@Suite struct DiskProbeFileTests {
  /// A folder of this test's own, removed with it.
  private let folder = TemporaryFolder()

  @Test func leavesNothingInItsFolder() throws {
    let file = try DiskProbeFile(folder: folder.path, size: 8 << 20, reserve: .zero) { false }
    #expect(file.byteCount == 8 << 20)
    #expect(try folder.contents().isEmpty)
    #expect(try file.readMapped() == 8 << 20)
  }

  @Test func readsPastTheCacheOrSaysWhyNot() throws {
    let file = try DiskProbeFile(folder: folder.path, size: 4 << 20, reserve: .zero) { false }
    do throws(StorageError) {
      #expect(try file.readDirect() == file.byteCount)
    } catch {
      #expect(error.kind == .refused && error.description.contains("page cache"))
    }
  }

  @Test func stopsWhenToldButNotBeforeOneChunk() throws {
    let file = try DiskProbeFile(folder: folder.path, size: 1 << 30, reserve: .zero) { true }
    #expect(file.byteCount == DiskProbeFile.chunkSize)
  }

  @Test func keepsTheReserve() {
    #expect {
      try DiskProbeFile(folder: folder.path, size: 1, reserve: .gibibytes(1 << 32)) { true }
    } throws: { error in
      (error as? StorageError)?.kind == .refused && "\(error)".contains("--directory")
    }
  }

  @Test func missingFolderIsNamed() {
    #expect { try DiskProbeFile(folder: "/nowhere/at/all", size: 1) { true } } throws: { error in
      (error as? StorageError)?.kind == .inputOutput && "\(error)".contains("/nowhere/at/all")
    }
  }
}
