import Foundation
import Kernels
import Testing

@testable import Harness

@Suite struct LlamaBenchTests {
  /// What llama-bench printed of a model of 17 MB, shortened.
  private static let line =
    #"{"build_commit": "unknown", "model_filename": "tiny.gguf", "model_size": 17891328, "#
    + #""n_prompt": %P, "n_gen": %G, "n_depth": 64, "avg_ts": 2032.5, "#
    + #""samples_ns": [16000, 15000, 17000], "samples_ts": [2000.0, 2133.0, 1882.0]}"#

  private static let task = LlamaBench.Task(
    file: "models/o'brien 1.gguf", prompt: 128, generated: 32, depth: 64, microBatch: 512,
    cacheType: "f16", flashAttention: true, threads: 2)

  private static func line(prompt: Int, generated: Int) -> String {
    line.replacing("%P", with: "\(prompt)").replacing("%G", with: "\(generated)")
  }

  @Test func ratesAreMediansOfRepetitions() throws {
    let text =
      Self.line(prompt: 128, generated: 0) + "\n" + Self.line(prompt: 0, generated: 32) + "\n"
    let rates = try LlamaBench.rates(Array(text.utf8))
    #expect(rates.map(\.prompt) == [128, 0] && rates.map(\.depth) == [64, 64])
    let rate = try #require(rates.first).tokensPerSecond
    #expect(rate.value == 2000 && rate.low == 1882 && rate.high == 2133)
  }

  @Test(arguments: ["", "usage: llama-bench", #"{"n_prompt": 1, "n_depth": 0, "samples_ts": []}"#])
  func whatIsNoResultIsTold(text: String) {
    let error = #expect(throws: ProviderError.self) { try LlamaBench.rates(Array(text.utf8)) }
    #expect(error?.description.contains("llama-bench printed") == true)
  }

  @Test func aPersonCanTypeTheCommand() {
    #expect(
      Self.task.command
        == #"llama-bench -m 'models/o'\''brien 1.gguf' -p 128 -n 32 -d 64 -ub 512 -ctk f16 -ctv f16 "#
        + "-fa 1 -t 2 -r 3 -o jsonl -dev none -ngl 0")
    var onCard = Self.task
    onCard.device = .accelerator
    #expect(onCard.command.hasSuffix("-o jsonl -sm none -ngl 99"))
  }

  /// A program of that name on the search path is run, and what it says is read to its end.
  @Test func theFirstOnThePathIsRun() throws {
    let folder = try ProgramFolder()
    try folder.write("llama-bench", "echo '\(Self.line(prompt: 0, generated: 32))'; exit 0")
    let bench = try #require(LlamaBench(searchPath: "/nowhere:\(folder.path)"))
    let rates = try bench.measure(Self.task, isInterrupted: { false })
    #expect(rates.map(\.tokensPerSecond.value) == [2000])
    #expect(LlamaBench(searchPath: "/nowhere") == nil)
  }

  @Test(arguments: [
    ("echo failed to load model >&2; exit 1", "exit code 1"), ("kill -SEGV $$", "crashed"),
    ("head -c 2000000 /dev/zero", "no answer"),
  ])
  func badEndsAreTold(script: String, part: String) throws {
    let folder = try ProgramFolder()
    try folder.write("llama-bench", script)
    let bench = try #require(LlamaBench(searchPath: folder.path))
    let error = #expect(throws: ProviderError.self) {
      try bench.measure(Self.task, isInterrupted: { false })
    }
    #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("llama-bench") == true)
  }

  /// It is ended on Ctrl-C, and with it what it has started.
  @Test func interruptionEndsIt() throws {
    let folder = try ProgramFolder()
    try folder.write("llama-bench", "sleep 600")
    let bench = try #require(LlamaBench(searchPath: folder.path))
    let error = #expect(throws: ProviderError.self) {
      try bench.measure(Self.task, isInterrupted: { true })
    }
    #expect(error?.kind == .interrupted)
  }
}

/// A new folder of programs that is removed with its last reference.
private final class ProgramFolder {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory.appending(path: "plimsoll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A shell script that can be executed.
  func write(_ name: String, _ script: String) throws {
    let file = "\(path)/\(name)"
    try "#!/bin/sh\n\(script)\n".write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }
}
