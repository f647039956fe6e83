import Foundation
import Harness
import Regression
import Testing

/// `compare`, `baseline` and the baselines of `run`, as people call them: the real program.
@Suite(.enabled(if: Compiled.plimsoll != nil, "no plimsoll executable was built"))
struct CompareCommandTests {
  private let folder: TemporaryFolder
  private let plimsoll: String

  init() throws {
    folder = try TemporaryFolder()
    plimsoll = try #require(Compiled.plimsoll)
  }

  private var baselines: [String] { ["--baselines", "\(folder.path)/kept"] }

  private func call(_ arguments: String...) throws -> Compiled.End {
    try Compiled.run(plimsoll, arguments)
  }

  private func run(_ arguments: [String]) throws -> Compiled.End {
    try Compiled.run(
      plimsoll,
      ["run", "matmul", "--param", "m=5", "--param", "n=17", "--param", "k=33", "--threads", "1"]
        + ["--min-time", "0", "--max-time", "0.1", "--quiet", "--format", "json"] + arguments)
  }

  /// A run that was measured, its samples made up so that verdicts don't hang on the hour.
  private func measured() throws -> RunDocument {
    var document = try JSON.value(
      RunDocument.self, from: Array(try run(["--param", "type=f32"]).output.utf8))
    let samples = (0..<20).map { 1e-3 * (1 + Double($0 % 5) * 1e-3) }
    document.results[0].samplesSeconds = samples
    document.results[0].medianSeconds = 1.002e-3
    document.results[0].ci95Seconds = [1.001e-3, 1.003e-3]
    return document
  }

  private func write(_ document: RunDocument, _ name: String) throws -> String {
    let path = "\(folder.path)/\(name).json"
    try JSON.text(document).write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private func slowed(_ document: RunDocument, by factor: Double) -> RunDocument {
    var document = document
    let result = document.results[0]
    document.results[0].samplesSeconds = result.samplesSeconds.map { $0 * factor }
    document.results[0].medianSeconds = result.medianSeconds.map { $0 * factor }
    document.results[0].ci95Seconds = result.ci95Seconds?.map { $0 * factor }
    return document
  }

  @Test func exitCodesTellTheVerdict() throws {
    let document = try measured()
    let old = try write(document, "old")
    for (factor, code, verdict) in [
      (1.0, 0, Verdict.same), (0.9, 0, .faster), (1.1, 1, .slower), (1.026, 2, .inconclusive),
    ] as [(Double, Int32, Verdict)] {
      let new = try write(slowed(document, by: factor), "new")
      let end = try call("compare", old, new, "--format", "json")
      #expect(end.status == code && end.errors.isEmpty, "\(factor): \(end)")
      let found = try JSON.value(CompareDocument.self, from: Array(end.output.utf8))
      #expect(found.verdict == verdict, "\(end.output)")
    }
    let text = try call("compare", old, try write(slowed(document, by: 1.1), "new"))
    #expect(text.output.hasPrefix("SLOWER  ") && text.output.contains("1.100 ("))
  }

  @Test func aWrongAnswerHasItsOwnCode() throws {
    var document = try measured()
    let old = try write(document, "old")
    document.results[0].check?.compare(1, with: 2, bound: 0.1, place: "C[7]")
    (document.results[0].status, document.results[0].reason) = (.failed, "C[7] is off")
    let end = try call("compare", old, try write(slowed(document, by: 0.5), "new"))
    #expect(end.status == 3 && end.output.contains("WRONG") && end.output.contains("C[7]"))
  }

  @Test func mistakesAreAnswered() throws {
    let old = try write(try measured(), "old")
    let missing = try call("compare", old, "\(folder.path)/none.json")
    #expect(missing.status == 66 && missing.errors.contains("none.json"))
    let other = "\(folder.path)/other.json"
    try "{\"schema\": \"plimsoll/profile@1\"}".write(
      toFile: other, atomically: true, encoding: .utf8)
    let wrong = try call("compare", old, other)
    #expect(wrong.status == 65 && wrong.errors.contains("plimsoll/run@1"))
    #expect(try call("compare", old).status == 64)
    let name = try Compiled.run(plimsoll, ["baseline", "show", "../old"] + baselines)
    #expect(name.status == 64 && name.errors.split(separator: "\n").count == 1)
    // Before anything is measured.
    #expect(try run(["--baseline", "none"] + baselines).status == 66)
    #expect(try run(["--save-baseline", "a/b"] + baselines).status == 64)
  }

  @Test func baselinesAreKeptListedAndDeleted() throws {
    let kept = try run(["--param", "type=f32", "--save-baseline", "main"] + baselines)
    #expect(kept.status == 0, "\(kept.errors)")
    let list = try Compiled.run(plimsoll, ["baseline", "list", "--format", "csv"] + baselines)
    #expect(list.status == 0 && list.output.contains("\r\nmain,"))
    let shown = try Compiled.run(
      plimsoll, ["baseline", "show", "main", "--format", "json"] + baselines)
    #expect(shown.output == kept.output)
    let again = try run(["--param", "type=f32", "--baseline", "main"] + baselines)
    // How fast this box is now is not asked, but that it was compared.
    #expect([0, 1, 2].contains(again.status))
    struct Compared: Decodable { let comparison: CompareDocument }
    let found = try JSON.value(Compared.self, from: Array(again.output.utf8)).comparison
    #expect(found.rows.count == 1 && found.old.name == "baseline main")
    _ = try JSON.value(RunDocument.self, from: Array(again.output.utf8))
    // A grid without any of its rows.
    let others = try run(["--param", "type=bf16", "--baseline", "main"] + baselines)
    #expect(others.status == 65 && others.errors.contains("none of these rows"))
    let file = try write(try measured(), "run")
    #expect(try Compiled.run(plimsoll, ["baseline", "save", "b", file] + baselines).status == 0)
    #expect(try Compiled.run(plimsoll, ["baseline", "delete", "b"] + baselines).status == 0)
    #expect(try Compiled.run(plimsoll, ["baseline", "delete", "b"] + baselines).status == 66)
  }
}
