import Harness
import Statistics

/// Two runs, each measured by itself, held against each other.
///
/// On one kind of box by time, on two by efficiency: the share of what the box's own ceilings allowed in the
/// same rounds. A row has changed where the whole interval of the ratio of medians lies beyond the floor
/// of 2.5 %, and the Mann–Whitney p is small enough for all rows together (Bonferroni, 1 %); it is the same
/// where a slowdown by 5 % is excluded with 99 %. That compares the samples of one process with those of
/// another: what differs between processes and hours is in neither. How much that is, all rows together tell
/// (`RunsApart`), and it counts as error of each. Where a ceiling moved as much as the row, there is no change,
/// and the row is the same if its share of the ceiling is.
public struct StoredComparison {
  private let old: RunDocument
  private let new: RunDocument
  private let names: (old: String, new: String)

  /// A comparison of `new` with `old`, called by these names.
  public init(
    old: RunDocument, new: RunDocument, oldName: String = "old", newName: String = "new"
  ) {
    self.old = old
    self.new = new
    names = (oldName, newName)
  }

  /// What is found.
  public var document: CompareDocument {
    let earlier = Dictionary(old.results.map { ($0.key, $0) }) { first, _ in first }
    let common = new.results.compactMap { new in earlier[new.key].map { (old: $0, new: new) } }
    let design = GateDesign(rows: common.count)
    let apart = RunsApart(common, ceilings: sameBox ? ceilingRatios : [])
    let rows = common.map { old, new in
      RowComparison(
        old: old, new: new, design: design, byTime: sameBox,
        ceilingRatio: sameBox ? ceilingRatio(old, new) : nil, apart: apart
      ).row
    }
    let now = Set(new.results.map(\.key))
    return CompareDocument(
      kind: .stored, suite: new.suite ?? old.suite, verdict: Verdict(of: rows.map(\.verdict)),
      reason: rows.isEmpty ? "the two runs have no row, provider and threads in common" : nil,
      old: side(old, names.old), new: side(new, names.new), rows: rows,
      onlyOld: old.results.filter { !now.contains($0.key) }.map(\.key.description),
      onlyNew: new.results.filter { earlier[$0.key] == nil }.map(\.key.description),
      warnings: warnings + [apart.warning(byTime: sameBox, design)].compactMap { $0 })
  }

  private var sameBox: Bool { old.environment.fingerprint == new.environment.fingerprint }

  private func side(_ run: RunDocument, _ name: String) -> CompareDocument.Side {
    .init(
      name: name, fingerprint: run.environment.fingerprint, startedAt: run.environment.startedAt)
  }

  /// How much longer the row's ceiling alone would make it take.
  private func ceilingRatio(_ old: RunDocument.Result, _ new: RunDocument.Result) -> Double? {
    guard let name = old.ceiling, name == new.ceiling else { return nil }
    return ceilingRatio(name, threads: old.threads)
  }

  /// Of all ceilings that both runs have.
  private var ceilingRatios: [Double] {
    old.ceilings.compactMap { ceilingRatio($0.name, threads: $0.threads) }
  }

  private func ceilingRatio(_ name: String, threads: Int) -> Double? {
    func value(_ run: RunDocument) -> Double? {
      run.ceilings.first { $0.name == name && $0.threads == threads }?.value
    }
    guard let before = value(old), let after = value(new), before > 0, after > 0 else { return nil }
    return before / after
  }

  private var warnings: [String] {
    var warnings: [String] = []
    if !sameBox {
      warnings.append(
        "two kinds of box (\(old.environment.fingerprint), \(new.environment.fingerprint)): "
          + "compared by efficiency against each run's own ceilings")
    }
    if old.environment.instructionSet != new.environment.instructionSet {
      warnings.append(
        "kernels of two instruction sets: \(old.environment.instructionSet), "
          + new.environment.instructionSet)
    }
    for (run, name) in [(old, names.old), (new, names.new)] {
      if run.interrupted { warnings.append("\(name) was interrupted: rows are missing") }
      warnings += run.environment.warnings.map { "\(name): \($0)" }
    }
    return warnings
  }
}

extension RunDocument.Result.Key: CustomStringConvertible {
  /// `matmul/m=1 · plimsoll · 2 threads`.
  public var description: String {
    "\(id) · \(provider) · \(threads) \(threads == 1 ? "thread" : "threads")"
  }
}
