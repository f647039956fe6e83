import Foundation
import Harness
import Regression
import Testing

private let canBuildPlugins = Compiled.compiler != nil && Compiled.plimsoll != nil

/// `plimsoll duet` as people call it: the real program, real processes. Nothing about its times is
/// asserted.
@Suite(
  .enabled(if: canBuildPlugins, "there is no C compiler, or no plimsoll executable was built"))
struct DuetCommandTests {
  private let folder: TemporaryFolder
  private let plimsoll: String

  init() throws {
    folder = try TemporaryFolder()
    plimsoll = try #require(Compiled.plimsoll)
  }

  private static let row = [
    "matmul", "--param", "m=5", "--param", "n=17", "--param", "k=33", "--threads", "1",
  ]

  private func duet(
    base: String, new: String = "plimsoll", maxTime: String = "1", row: [String] = row
  ) throws -> Compiled.End {
    try Compiled.run(
      plimsoll,
      ["duet", "--base", base, "--new", new, "--max-time", maxTime, "--format", "json", "--quiet"]
        + row)
  }

  private func document(_ end: Compiled.End) throws -> CompareDocument {
    try JSON.value(CompareDocument.self, from: Array(end.output.utf8))
  }

  private func plugin(_ macros: String...) throws -> String {
    "plugin:" + (try Compiled.library("Example/example.c", in: folder, defining: macros))
  }

  /// A script that is executable and does `commands`.
  private func script(_ commands: String) throws -> String {
    let path = "\(folder.path)/script"
    try "#!/bin/sh\n\(commands)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  /// No worker of these arms is left behind.
  private func expectNothingLeft() throws {
    let left = try Compiled.run("/usr/bin/env", ["ps", "-eo", "args"]).output
      .split(separator: "\n").filter { $0.contains(folder.path) && $0.contains("duet-worker") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func aProgramAgainstItself() throws {
    let end = try duet(base: plimsoll, new: plimsoll)
    #expect([0, 1, 2].contains(end.status), "\(end.errors)")
    let document = try document(end)
    #expect(document.schema == "plimsoll/compare@1" && document.kind == .duet)
    #expect(document.old.name == plimsoll && !document.interrupted)
    let row = try #require(document.rows.first)
    #expect(row.id == "matmul/m=5,n=17,k=33,type=f32" && row.status == .ok)
    let pair = try #require(row.measurements?.first)
    #expect(pair.stage == .screen && pair.calls["base"] == pair.calls["new"])
    for block in pair.blocks {
      #expect(block.order == block.order.reversed() && Set(block.order).count == 3)
      #expect(block.seconds.count == 6 && block.seconds.allSatisfy { $0 > 0 })
    }
    if let canary = document.canary, let pair = canary.measurements?.first {
      #expect((pair.calls["base"] ?? 0) / 20 * 21 == pair.calls["new"])
    }
  }

  @Test func aPluginAgainstOurs() throws {
    let end = try duet(base: "plimsoll", new: try plugin())
    #expect([0, 1, 2].contains(end.status), "\(end.errors)")
    #expect(try document(end).rows[0].status == .ok)
    try expectNothingLeft()
  }

  @Test func aWrongAnswerHasItsOwnCode() throws {
    let end = try duet(base: "plimsoll", new: try plugin("WRONG_ANSWER"))
    #expect(end.status == 3, "\(end.errors)")
    #expect(try document(end).rows[0].wrongAnswer?.contains("C[0, 16] is ") == true)
  }

  @Test(arguments: [
    ("CRASH", "crashed with SIGSEGV"), ("EXITS", "exit code 7"), ("RETURNS_ERROR", "error -5"),
    ("MISSING_ENTRY", "no function plimsoll_kernel_matmul"),
  ])
  func aFailingKernelIsNamed(macro: String, reason: String) throws {
    let end = try duet(base: "plimsoll", new: try plugin(macro))
    #expect(end.status == 1, "\(end.errors)")
    let row = try document(end).rows[0]
    #expect(row.status == .failed && row.reason?.contains(reason) == true, "\(row.reason ?? "")")
    #expect(row.reason?.contains("(new)") == true)
    try expectNothingLeft()
  }

  @Test func aHangEndsItsRow() throws {
    let end = try duet(base: try plugin("HANG"), maxTime: "1")
    #expect(end.status == 1, "\(end.errors)")
    let row = try document(end).rows[0]
    #expect(row.status == .failed && row.reason?.contains("did not return within") == true)
    try expectNothingLeft()
  }

  @Test func whatIsNoPlimsollIsRefused() throws {
    func expect(_ base: String, _ code: Int32, _ message: String) throws {
      let end = try duet(base: base)
      #expect(end.status == code, "\(base): \(end.errors)")
      #expect(end.output.isEmpty && end.errors.contains(message), "\(end.errors)")
      #expect(end.errors.split(separator: "\n").count == 1, "\(end.errors)")
    }
    try expect("\(folder.path)/none", 66, "No such file")
    try expect(folder.path, 65, "no executable file")
    try expect(#filePath, 65, "no executable file")
    try expect("/bin/true", 65, "expected a plimsoll that knows duets")
    try expect("plugin:\(folder.path)/none.so", 66, "none.so")
    try expect("cblas:", 64, "cblas:PATH")
    try expect(try script("exit 64"), 65, "exit code 64 before it said hello")
    try expect(try script("printf 'nonsense, and long' >&3; sleep 9"), 65, "what is no answer")
    let greeting = #"{"protocol":"plimsoll/duet-worker","version":2}"#
    try expect(
      try script("printf '\\057\\000\\000\\000\(greeting)' >&3; sleep 9"), 65,
      "speaks version 2 of plimsoll/duet-worker, and this program version 1")
  }

  @Test func aScriptMayStartAPlimsoll() throws {
    let end = try duet(base: try script("exec '\(plimsoll)' \"$@\""))
    #expect([0, 1, 2].contains(end.status), "\(end.errors)")
    #expect(try document(end).rows[0].status == .ok)
  }

  @Test func mistakesAreAnswered() throws {
    let long = try duet(base: "plimsoll", maxTime: "0")
    #expect(long.status == 64 && long.errors.contains("--max-time"))
    let threads = try Compiled.run(plimsoll, ["duet", "--base", "plimsoll", "--threads", "-1"])
    #expect(threads.status == 64)
  }

  /// Nobody is at the other end when people call the hidden verb.
  @Test func theHiddenVerbEndsByItself() throws {
    #expect(try Compiled.run(plimsoll, ["duet-worker"]).status == 0)
  }
}

/// What happens to a duet that is ended from outside.
@Suite(
  .enabled(if: canBuildPlugins, "there is no C compiler, or no plimsoll executable was built"))
struct DuetInterruptionTests {
  private let folder: TemporaryFolder
  private let process = Process()
  private let output: String

  init() throws {
    folder = try TemporaryFolder()
    let library = try Compiled.library("Example/example.c", in: folder, defining: ["HANG"])
    output = "\(folder.path)/out.json"
    process.executableURL = URL(filePath: try #require(Compiled.plimsoll))
    process.arguments =
      ["duet", "--base", "plugin:\(library)", "--new", "plugin:\(library)", "--threads", "1"]
      + ["matmul", "--param", "m=2", "--param", "n=3", "--param", "k=4", "--quiet"]
      + ["--format", "json", "--output", output]
    try process.run()
    // Its kernel never returns.
    while try workers().count < 3, process.isRunning { usleep(20_000) }
  }

  private func workers() throws -> [Substring] {
    try Compiled.run("/usr/bin/env", ["ps", "-eo", "args"]).output
      .split(separator: "\n").filter { $0.contains(folder.path) && $0.contains("duet-worker") }
  }

  @Test func anInterruptionKeepsWhatIsThere() throws {
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let bytes = Array(try Data(contentsOf: URL(filePath: output)))
    let document = try JSON.value(CompareDocument.self, from: bytes)
    #expect(document.interrupted && document.verdict == .inconclusive)
    #expect(try workers().isEmpty)
  }

  @Test func aKilledDuetLeavesNoProcessAndNoFile() throws {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    // They end by themselves; how soon is the system's affair.
    while try !workers().isEmpty { usleep(20_000) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left == ["lib-HANG.so"])
  }
}
