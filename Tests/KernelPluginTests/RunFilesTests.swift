import Foundation
import Harness
import Testing

/// What `plimsoll run` reads and writes besides its result.
@Suite(.enabled(if: Compiled.plimsoll != nil, "no plimsoll executable was built"))
struct RunFilesTests {
  private let folder: TemporaryFolder
  private let plimsoll: String

  init() throws {
    folder = try TemporaryFolder()
    plimsoll = try #require(Compiled.plimsoll)
  }

  private func document(_ end: Compiled.End) throws -> RunDocument {
    try JSON.value(RunDocument.self, from: Array(end.output.utf8))
  }

  @Test func aSuiteOfOnesOwnIsMeasuredUnderItsName() throws {
    let path = "\(folder.path)/mine.suite"
    let text = "max-time = 0.05\n[gemv]\nm = 9\nk = 5\n[gemv]\nthreads = 1, 2\nm = 7\nk = 5\n"
    try Data(text.utf8).write(to: URL(filePath: path))
    let arguments = ["run", "--suite", path, "--format", "json", "--quiet"]
    let whole = try Compiled.run(plimsoll, arguments + ["--threads", "1"])
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try document(whole).suite == "mine")
    #expect(
      try document(whole).results.map(\.id) == ["gemv/m=9,k=5,type=f32", "gemv/m=7,k=5,type=f32"])
    let part = try Compiled.run(plimsoll, arguments + ["--filter", "m=7"])
    #expect(try document(part).results.map(\.threads) == [1, 2])
    try Data("[gemv]\ntipe = f32\n".utf8).write(to: URL(filePath: path))
    let wrong = try Compiled.run(plimsoll, arguments)
    #expect(wrong.status == 65 && wrong.errors.contains("mine.suite, line 2: 'tipe' is no key"))
  }

  @Test func theMarkdownIsAddedToTheStepsPage() throws {
    let page = "\(folder.path)/summary.md"
    try Data("before".utf8).write(to: URL(filePath: page))
    func end(_ page: String) throws -> Compiled.End {
      try Compiled.run(
        "/usr/bin/env",
        [
          "GITHUB_STEP_SUMMARY=\(page)", plimsoll, "run", "gemv", "--param", "m=3", "--param",
          "k=5",
        ]
          + ["--min-time", "0", "--max-time", "0.05", "--format", "junit"])
    }
    for count in 1...2 {
      let end = try end(page)
      #expect(end.status == 0 && end.output.hasPrefix("<?xml"), "\(end.errors)")
      let text = try String(contentsOfFile: page, encoding: .utf8)
      #expect(text.hasPrefix("before\n## "))
      #expect(text.components(separatedBy: "### gemv").count == count + 1)
    }
    let refused = try end(folder.path)
    #expect(refused.status == 0 && refused.output.hasPrefix("<?xml"))
    #expect(refused.errors.contains("note: the summary was not added to \(folder.path)"))
  }
}
