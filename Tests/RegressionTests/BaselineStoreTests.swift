import Foundation
import Harness
import Testing

@testable import Regression

@Suite final class BaselineStoreTests {
  private let folder =
    FileManager.default.temporaryDirectory.appending(path: "plimsoll-baselines-\(UUID())").path
  private var store: BaselineStore { BaselineStore(folder: folder) }
  private let run = StoredRuns.run([StoredRuns.result(seconds: 1)])

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func kind(_ work: () throws -> Void) -> RegressionError.Kind? {
    do {
      try work()
      return nil
    } catch { return (error as? RegressionError)?.kind }
  }

  @Test func whatIsSavedIsFoundAgain() throws {
    #expect(store.entries.isEmpty)
    let entry = try store.save(run, name: "main")
    #expect(entry.path == "\(folder)/box-a/main.json")
    #expect(try store.load(fingerprint: "box-a", name: "main").results == run.results)
    #expect(store.entries == [entry])
    #expect(try store.delete(fingerprint: "box-a", name: "main") == entry)
    #expect(store.entries.isEmpty)
    #expect(kind { _ = try store.delete(fingerprint: "box-a", name: "main") } == .notFound)
  }

  @Test(arguments: [
    "", ".", "..", ".hidden", "a/b", "../main", "/etc/passwd", "a\\b", "a b", "a\nb", "a\0b", "ä",
    String(repeating: "a", count: 101),
  ])
  func namesStayInTheirFolder(name: String) {
    #expect(kind { _ = try store.save(run, name: name) } == .usage)
    #expect(kind { _ = try store.load(fingerprint: "box-a", name: name) } == .usage)
    #expect(kind { _ = try store.delete(fingerprint: name, name: "main") } == .usage)
    // A run's file may say what it likes about its box.
    var elsewhere = run
    elsewhere.environment.fingerprint = name
    #expect(kind { _ = try store.save(elsewhere, name: "main") } == .usage)
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func whatIsNoMeasureIsNotKept() {
    var interrupted = run
    interrupted.interrupted = true
    #expect(kind { _ = try store.save(interrupted, name: "main") } == .malformed)
    var wrong = run
    wrong.results[0].check?.compare(1, with: 2, bound: 0.5, place: "C[0]")
    #expect(kind { _ = try store.save(wrong, name: "main") } == .malformed)
  }

  @Test func aMissingOneSaysWhatThereIs() throws {
    _ = try store.save(run, name: "main")
    func message(_ box: String, _ name: String) -> String {
      do throws(RegressionError) {
        _ = try store.load(fingerprint: box, name: name)
        return "found"
      } catch { return error.description }
    }
    #expect(message("box-a", "other").contains("there are: main"))
    #expect(message("box-b", "main").contains("box-a/main.json"))
    #expect(message("box-b", "other").contains("--save-baseline other"))
  }

  @Test(arguments: [
    ("\"plimsoll/run@1\"", "\"plimsoll/run@0\"", "expected the schema plimsoll/run@1"),
    ("\"fingerprint\" : \"box-a\"", "\"fingerprint\" : \"box-b\"", "measured on box-b"),
    ("\"workload\" : \"matmul\"", "\"workload\" : \"gemv\"", "begin with 'gemv/'"),
    ("\"median_seconds\" : 1", "\"median_seconds\" : 9", "no interval around median_seconds"),
    ("\"median_seconds\" : 1", "\"median_seconds\" : \"unbounded\"", "results.0.medianSeconds"),
    ("{", "", "expected a JSON object"),
  ])
  func aDamagedOneIsRefused(find: String, replace: String, message: String) throws {
    let entry = try store.save(run, name: "main")
    let text = try String(contentsOfFile: entry.path, encoding: .utf8)
    let place = try #require(text.range(of: find))
    try text.replacingCharacters(in: place, with: replace)
      .write(toFile: entry.path, atomically: true, encoding: .utf8)
    do throws(RegressionError) {
      _ = try store.load(fingerprint: "box-a", name: "main")
      Issue.record("read it")
    } catch {
      #expect(error.kind == .malformed && error.description.contains(message), "\(error)")
    }
  }

  private struct Matmul: Workload {
    let name = "matmul"
    let summary = "a workload with one axis"
    let axes: [Axis]
    func cost(_ parameters: Parameters) throws(WorkloadError) -> CostCard {
      throw WorkloadError(.usage, "not asked for")
    }
    func prepared(
      _ parameters: Parameters, seed: UInt64
    ) throws(WorkloadError) -> PreparedWorkload { throw WorkloadError(.usage, "not asked for") }
  }

  @Test func otherDefinitionsAreRefused() throws {
    func rows(_ names: [String], _ m: Int) -> [Row] {
      let workload = Matmul(axes: names.map { .extent($0, "") })
      return [Row(workload, Parameters(names.map { ($0, .count(m)) }))]
    }
    try run.checkDefinitions(of: rows(["m"], 1), name: "main")
    #expect(
      kind { try run.checkDefinitions(of: rows(["m", "n"], 1), name: "main") } == .malformed)
    #expect(kind { try run.checkDefinitions(of: rows(["m"], 2), name: "main") } == .malformed)
  }
}
