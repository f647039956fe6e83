import Foundation
import Harness
import Testing

private let canBuildPlugins = Compiled.compiler != nil && Compiled.plimsoll != nil

/// `plimsoll run` with foreign kernels, as people call it: the real program, real libraries.
@Suite(
  .enabled(if: canBuildPlugins, "there is no C compiler, or no plimsoll executable was built"))
struct RunCommandTests {
  private let folder: TemporaryFolder
  private let plimsoll: String

  init() throws {
    folder = try TemporaryFolder()
    plimsoll = try #require(Compiled.plimsoll)
  }

  private static let shape = ["--param", "m=5", "--param", "n=17", "--param", "k=33"]

  private func run(_ provider: String, workloads: [String] = ["matmul"]) throws -> Compiled.End {
    try Compiled.run(
      plimsoll,
      ["run"] + workloads + Self.shape.prefix(workloads == ["gemv"] ? 2 : 6)
        + ["--provider", provider, "--threads", "1", "--min-time", "0", "--max-time", "0.05"]
        + ["--format", "json", "--quiet"])
  }

  private func document(_ end: Compiled.End) throws -> RunDocument {
    try JSON.value(RunDocument.self, from: Array(end.output.utf8))
  }

  private func plugin(_ macros: String...) throws -> String {
    "plugin:" + (try Compiled.library("Example/example.c", in: folder, defining: macros))
  }

  /// The two operations with extents of their own, on the plain loops of the example.
  @Test(arguments: [
    ["attention", "heads=6", "kv_heads=2", "head_dim=9", "queries=4", "keys=13", "batch=2"],
    ["attention", "heads=2", "kv_heads=2", "head_dim=8", "queries=9", "keys=9", "window=3"],
    ["attention", "heads=2", "kv_heads=1", "head_dim=8", "queries=3", "keys=9", "causal=0"],
    ["moe", "tokens=5", "hidden=33", "experts=6", "used=2", "intermediate=17", "type=f32"],
  ])
  func attentionAndExpertsOfOthersAreMeasured(row: [String]) throws {
    let end = try Compiled.run(
      plimsoll,
      ["run", row[0]] + row.dropFirst().flatMap { ["--param", $0] }
        + ["--provider", "plimsoll," + plugin(), "--threads", "1", "--min-time", "0"]
        + ["--max-time", "0.05", "--format", "json", "--quiet"])
    #expect(end.status == 0, "\(end.errors)")
    let results = try document(end).results
    #expect(results.count == 2)
    for result in results {
      #expect(result.status == .ok && result.check?.passed == true, "\(result.reason ?? "")")
    }
    #expect(results[0].setupSeconds != nil && results[1].setupSeconds == nil)
  }

  @Test func aModelHasToBeNamedAndBeThere() throws {
    func end(_ arguments: [String]) throws -> Compiled.End {
      try Compiled.run(plimsoll, ["run", "decode", "--quiet"] + arguments)
    }
    let unnamed = try end([])
    #expect(unnamed.status == 64 && unnamed.errors.contains("--param model="))
    #expect(try end(["--param", "model=/no/such/model.gguf"]).status == 66)
    #expect(try end(["--param", "model=\(plimsoll)"]).status == 65)
    // Without a name, all that need no file.
    let all = try Compiled.run(plimsoll, ["run", "--list"])
    #expect(all.status == 0 && all.output.contains("moe/") && !all.output.contains("decode/"))
  }

  /// No process of this library is left behind.
  private func expectNothingLeft() throws {
    let left = try Compiled.run("/usr/bin/env", ["ps", "-eo", "args"]).output
      .split(separator: "\n").filter { $0.contains(folder.path) && $0.contains("serve-kernels") }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func rightAnswersAreMeasured() throws {
    let end = try run("plimsoll," + plugin(), workloads: ["matmul", "gemv"])
    #expect(end.status == 0, "\(end.errors)")
    let document = try document(end)
    #expect(document.schema == "plimsoll/run@1")
    #expect(document.providers[1].details == "plain loops 1.0")
    #expect(document.results.count == 4)
    for result in document.results {
      #expect(result.status == .ok && result.check?.passed == true)
      #expect((result.medianSeconds ?? 0) > 0 && result.samplesSeconds.allSatisfy { $0 > 0 })
    }
    #expect(document.results[1].ratio?.against == "plimsoll")
    let (own, foreign) = (document.results[0], document.results[1])
    #if os(Linux)
      #expect(own.evidence?.waitSeconds?.count == own.samplesSeconds.count)
      #expect(foreign.evidence?.waitSeconds?.count == foreign.samplesSeconds.count)
    #endif
    #expect(own.evidence?.majorFaults?.count == own.samplesSeconds.count)
    #expect(foreign.evidence?.majorFaults == nil)
    try expectNothingLeft()
  }

  @Test(arguments: [
    ("CRASH", "crashed with SIGSEGV"), ("HANG", "did not return within 2 s"),
    ("EXITS", "exit code 7"), ("RETURNS_ERROR", "error -5"),
    ("MISSING_ENTRY", "no function plimsoll_kernel_matmul"),
  ])
  func aFailingKernelIsNamed(macro: String, reason: String) throws {
    let end = try run("plimsoll," + plugin(macro))
    #expect(end.status == 1, "\(end.errors)")
    let results = try document(end).results
    #expect(results[0].status == .ok)
    #expect(results[1].status == .failed && results[1].check == nil)
    #expect(results[1].reason?.contains(reason) == true, "\(results[1].reason ?? "no reason")")
    try expectNothingLeft()
  }

  @Test func aWrongAnswerHasItsOwnCode() throws {
    let end = try run(plugin("WRONG_ANSWER"))
    #expect(end.status == 3, "\(end.errors)")
    let result = try #require(try document(end).results.first)
    #expect(result.status == .failed && result.check?.passed == false)
    #expect(result.reason?.hasPrefix("C[0, 16] is ") == true)
  }

  @Test(arguments: [
    ("WRONG_VERSION", 65, "version 2 of plimsoll_kernel.h"),
    ("MISSING_SYMBOL", 65, "no function plimsoll_kernel_name"),
    ("CRASH_ON_LOAD", 1, "crashed with SIGABRT"),
  ])
  func aLibraryThatIsNoneIsRefused(macro: String, code: Int32, message: String) throws {
    let end = try run("plimsoll," + plugin(macro))
    #expect(end.status == code)
    #expect(end.output.isEmpty)
    #expect(end.errors.contains(message) && end.errors.split(separator: "\n").count == 1)
    try expectNothingLeft()
  }

  @Test func whatAPluginPrintsStaysOutOfTheResults() throws {
    let end = try run(plugin("NOISY"))
    #expect(end.status == 0)
    #expect(try document(end).results.count == 1)
    #expect(end.errors.contains("a plug-in that talks"))
  }

  @Test func whatAProviderLacksIsSkipped() throws {
    let end = try Compiled.run(
      plimsoll,
      ["run", "memory", "--param", "bytes=64k", "--param", "kind=read", "--quiet"]
        + ["--provider", plugin(), "--max-time", "0.05", "--min-time", "0", "--format", "json"])
    #expect(end.status == 0, "\(end.errors)")
    let result = try #require(try document(end).results.first)
    #expect(result.status == .skipped && result.reason?.isEmpty == false)
  }

  @Test func aBLASLibraryIsMeasured() throws {
    let library = try Compiled.library("Example/blas.c", in: folder)
    let end = try run("cblas:\(library),plimsoll", workloads: ["matmul", "gemv"])
    #expect(end.status == 0, "\(end.errors)")
    let document = try document(end)
    #expect(document.providers[0].details == "plain loops")
    #expect(document.results.allSatisfy { $0.check?.passed == true })
    #expect(document.results[1].ratio?.against == "cblas:\(library)")
  }

  @Test func aLibraryWithoutCBLASIsRefused() throws {
    let library = try Compiled.library("Example/blas.c", in: folder, defining: ["WITHOUT_GEMV"])
    let end = try run("cblas:\(library)")
    #expect(end.status == 65 && end.errors.contains("no function cblas_sgemv"))
  }

  @Test(arguments: [
    (["matmull"], 64, "did you mean matmul?"),
    (["matmul", "--param", "tipe=f32"], 64, "did you mean type?"),
    (["matmul", "--param", "m=none"], 64, "m=none"),
    (["matmul", "--param", "m"], 64, "--param m=1,8,512"),
    (["matmul", "--provider", "blas"], 64, "cblas:PATH"),
    (["matmul", "--provider", "cblas:/there/is/none.so"], 66, "/there/is/none.so"),
    (["matmul", "--provider", "plugin:/there/is/none.so"], 66, "/there/is/none.so"),
    (["matmul", "--threads", "0"], 64, "--threads"),
    (["matmul", "--filter", "type=q3"], 64, "type=q3"),
    (["--suite", "smok"], 66, "did you mean smoke?"), (["--suite", "./no.suite"], 66, "no.suite"),
    (["--suite", "smoke", "matmul"], 64, "leave WORKLOAD and --param out"),
    (["matmul", "--list", "--format", "junit"], 64, "--list"),
    (["--suite", "smoke", "--filter", "m=none"], 64, "m=none"),
    (["matmul", "--min-time", "3", "--max-time", "2"], 64, "--min-time"),
  ])
  func mistakesAreAnswered(arguments: [String], code: Int32, message: String) throws {
    let end = try Compiled.run(plimsoll, ["run"] + arguments)
    #expect(end.status == code && end.output.isEmpty)
    #expect(end.errors.contains(message), "\(end.errors)")
  }

  @Test func rowsAreListedAsAGrid() throws {
    let end = try Compiled.run(
      plimsoll,
      ["run", "matmul", "--list", "--param", "m=1,8", "--param", "n=4k", "--filter", "m=8"])
    #expect(end.output == "matmul/m=8,n=4096,k=4096,type=f32\n")
  }

  @Test func rowsBeyondTheMemoryAreSkipped() throws {
    let end = try Compiled.run(
      plimsoll,
      ["run", "gemv", "--param", "m=2147483647", "--param", "k=2147483647", "--quiet"]
        + ["--format", "json"])
    #expect(end.status == 0, "\(end.errors)")
    let result = try #require(try document(end).results.first)
    #expect(result.status == .skipped && result.reason?.isEmpty == false)
  }
}

/// What happens to a run that is ended from outside.
@Suite(
  .enabled(if: canBuildPlugins, "there is no C compiler, or no plimsoll executable was built"))
struct InterruptionTests {
  private let folder: TemporaryFolder
  private let process = Process()
  private let errors: String
  private let output: String

  init() throws {
    folder = try TemporaryFolder()
    let library = try Compiled.library("Example/example.c", in: folder, defining: ["HANG"])
    (output, errors) = ("\(folder.path)/out.json", "\(folder.path)/errors")
    FileManager.default.createFile(atPath: errors, contents: nil)
    process.executableURL = URL(filePath: try #require(Compiled.plimsoll))
    process.arguments =
      ["run", "matmul", "--param", "m=2", "--param", "n=3", "--param", "k=4"]
      + ["--provider", "plugin:\(library)", "--max-time", "600", "--format", "json"]
      + ["--output", output]
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    // The row is announced when its kernel is about to be called, and this kernel never returns.
    while try !String(contentsOfFile: errors, encoding: .utf8).contains("row 1"),
      process.isRunning
    { usleep(20_000) }
    while try servers().isEmpty, process.isRunning { usleep(20_000) }
  }

  private func servers() throws -> [Substring] {
    try Compiled.run("/usr/bin/env", ["ps", "-eo", "args"]).output
      .split(separator: "\n").filter { $0.contains(folder.path) && $0.contains("serve-kernels") }
  }

  @Test func anInterruptionKeepsWhatIsThere() throws {
    kill(process.processIdentifier, SIGINT)
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    let bytes = Array(try Data(contentsOf: URL(filePath: output)))
    let document = try JSON.value(RunDocument.self, from: bytes)
    #expect(document.interrupted && document.results.map(\.status) == [.skipped])
    #expect(try servers().isEmpty)
  }

  @Test func aKilledRunLeavesNoProcessAndNoFile() throws {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    // The other process ends by itself; how soon is the system's affair, so no time is asserted but
    // that it comes to an end.
    while try !servers().isEmpty { usleep(20_000) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(left) == ["lib-HANG.so", "errors"])
  }
}
