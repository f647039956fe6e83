import Testing

@testable import Hardware

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct AtomicFileTests {
  @Test(arguments: [0, 1, 100_000])
  func writesAllBytes(count: Int) throws {
    let fixture = try Fixture(["/file": "old"])
    let text = String(repeating: "x", count: count)
    try AtomicFile.write(text, to: fixture.root + "/file")
    #expect(fixture.files.text("/file") == .value(text))
    #expect(fixture.files.names(in: "/") == ["file"], "no temporary file stays")
  }

  @Test func makesFolders() throws {
    let fixture = try Fixture()
    let path = fixture.root + "/a/b/file"
    try AtomicFile.write("new", to: path)
    #expect(fixture.files.text("/a/b/file") == .value("new"))
    unlink(path)
    rmdir(fixture.root + "/a/b")
    rmdir(fixture.root + "/a")
  }

  @Test(arguments: [0o600, 0o644, 0o664] as [mode_t])
  func keepsPermissions(mode: mode_t) throws {
    let fixture = try Fixture(["/file": "old"])
    chmod(fixture.root + "/file", mode)
    try AtomicFile.write("new", to: fixture.root + "/file")
    var status = stat()
    #expect(stat(fixture.root + "/file", &status) == 0)
    #expect(status.st_mode & 0o777 == mode)
  }

  @Test func aReaderOfTheOldFileKeepsIt() throws {
    let fixture = try Fixture(["/file": "old"])
    let old = open(fixture.root + "/file", O_RDONLY)
    defer { close(old) }
    try AtomicFile.write("newer", to: fixture.root + "/file")
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(read(old, &bytes, 8) == 3)
    #expect(bytes.starts(with: "old".utf8))
  }

  @Test func aSymbolicLinkIsReplacedNotFollowed() throws {
    let fixture = try Fixture(["/target": "precious"])
    let link = fixture.root + "/link"
    #expect(symlink(fixture.root + "/target", link) == 0)
    defer { unlink(link) }
    try AtomicFile.write("new", to: link)
    #expect(fixture.files.text("/target") == .value("precious"))
    #expect(fixture.files.text("/link") == .value("new"))
  }

  @Test(arguments: [false, true]) func aPipeIsWrittenToAndStays(isLinked: Bool) throws {
    let fixture = try Fixture()
    let pipe = fixture.root + "/pipe"
    let link = fixture.root + "/link"
    try #require(mkfifo(pipe, 0o600) == 0 && symlink(pipe, link) == 0)
    defer {
      unlink(pipe)
      unlink(link)
    }
    let reader = open(pipe, O_RDONLY | O_NONBLOCK)
    defer { close(reader) }
    try AtomicFile.write("sent", to: isLinked ? link : pipe)
    var bytes = [UInt8](repeating: 0, count: 8)
    #expect(read(reader, &bytes, 8) == 4)
    #expect(bytes.starts(with: "sent".utf8))
    var status = stat()
    #expect(stat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func failureLeavesEverythingAsItWas() throws {
    let fixture = try Fixture(["/folder/file": "old", "/plain": "x"])
    for path in ["/folder", "/plain/below"] {
      #expect {
        try AtomicFile.write("new", to: fixture.root + path)
      } throws: {
        ($0 as? FileWriteError)?.description.contains(fixture.root) == true
      }
    }
    #expect(fixture.files.names(in: "/") == ["folder", "plain"])
    #expect(fixture.files.names(in: "/folder") == ["file"])
    #expect(fixture.files.text("/plain") == .value("x"))
  }

  @Test func fullDisksAreToldApart() {
    #expect(FileWriteError("write", "x", code: ENOSPC).isOutOfSpace)
    #expect(!FileWriteError("write", "x", code: EIO).isOutOfSpace)
  }
}

@Suite struct DataDirectoryTests {
  @Test(arguments: [
    (["XDG_DATA_HOME": "/data", "HOME": "/home/a"], "/data/plimsoll"),
    (["XDG_DATA_HOME": "/data/", "HOME": "/home/a"], "/data/plimsoll"),
    (["XDG_DATA_HOME": "", "HOME": "/home/a"], "/home/a/.local/share/plimsoll"),
    (["XDG_DATA_HOME": "data", "HOME": "/home/a"], "/home/a/.local/share/plimsoll"),
    (["HOME": "/"], "/.local/share/plimsoll"),
  ])
  func linux(environment: [String: String], expected: String) {
    #expect(DataDirectory.path(environment: environment, system: .linux) == .value(expected))
  }

  @Test func macOS() {
    let environment = ["HOME": "/Users/a", "XDG_DATA_HOME": "/data"]
    #expect(
      DataDirectory.path(environment: environment, system: .macOS)
        == .value("/Users/a/Library/Application Support/plimsoll"))
  }

  @Test(arguments: [[:], ["HOME": ""], ["HOME": "home/a"], ["HOME": "~", "XDG_DATA_HOME": "."]])
  func nowhere(environment: [String: String]) {
    for system in [DataDirectory.OperatingSystem.linux, .macOS] {
      let reason = DataDirectory.path(environment: environment, system: system).reason
      #expect(reason?.contains("HOME") == true)
    }
  }
}
