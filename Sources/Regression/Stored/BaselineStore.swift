import Hardware
import Harness

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs kept to be compared with: `<folder>/<fingerprint>/<name>.json`, each a run's document.
public struct BaselineStore: Sendable {
  /// The folder, which need not be there yet.
  public let folder: String

  /// The store in `folder`.
  public init(folder: String) { self.folder = folder }

  /// A baseline's place.
  public struct Entry: Sendable, Equatable {
    /// The box's short name.
    public let fingerprint: String
    /// The baseline's name.
    public let name: String
    /// Its file.
    public let path: String
  }

  /// Where the baseline `name` of a box lies.
  ///
  /// Errors: `.usage` for a name or fingerprint that is no plain file name.
  public func entry(fingerprint: String, name: String) throws(RegressionError) -> Entry {
    for (part, what) in [(fingerprint, "fingerprint"), (name, "name of a baseline")]
    where !Self.isPlain(part) {
      throw RegressionError(
        .usage,
        "'\(part)' is no \(what): expected 1 to 100 letters, digits, '-', '_' and '.', and no '.' first"
      )
    }
    return Entry(
      fingerprint: fingerprint, name: name, path: "\(folder)/\(fingerprint)/\(name).json")
  }

  /// All baselines, by box and name. Nothing of a folder that can't be read.
  public var entries: [Entry] {
    let root = folder.hasPrefix("/") ? folder : "./\(folder)"
    return SystemFiles.live.names(in: root).filter(Self.isPlain).flatMap { fingerprint in
      SystemFiles.live.names(in: "\(root)/\(fingerprint)").compactMap { file in
        let name = String(file.dropLast(5))
        guard file.hasSuffix(".json"), Self.isPlain(name) else { return nil }
        return Entry(
          fingerprint: fingerprint, name: name, path: "\(folder)/\(fingerprint)/\(file)")
      }
    }
  }

  /// The baseline `name` of a box.
  ///
  /// Errors: `.notFound`, with what there is; `.malformed` for another schema or box, or a damaged file.
  public func load(fingerprint: String, name: String) throws(RegressionError) -> RunDocument {
    let entry = try entry(fingerprint: fingerprint, name: name)
    let run: RunDocument
    do throws(DocumentFile.ReadFailure) { run = try RunDocument.read(path: entry.path) } catch {
      guard error != .notFound else { throw missing(entry) }
      throw RegressionError(
        reading: entry.path, error, advice: "save it again: plimsoll run --save-baseline \(name)")
    }
    guard run.environment.fingerprint == fingerprint else {
      throw RegressionError(
        .malformed,
        "\(entry.path) was measured on \(run.environment.fingerprint), not on this kind of box")
    }
    return run
  }

  /// Keeps `run` under `name`, whole or not at all, in the place of what was there.
  ///
  /// Errors: `.malformed` for a run that is no measure: interrupted, or with wrong answers.
  public func save(_ run: RunDocument, name: String) throws(RegressionError) -> Entry {
    let entry = try entry(fingerprint: run.environment.fingerprint, name: name)
    guard !run.interrupted, !run.hasWrongAnswers else {
      let what = run.interrupted ? "was interrupted" : "has wrong answers"
      throw RegressionError(.malformed, "the run \(what) and makes no baseline")
    }
    let text: String
    do { text = try JSON.text(run) } catch {
      throw RegressionError(.inputOutput, "the run can't be written as JSON: \(error)")
    }
    do throws(FileWriteError) { try AtomicFile.write(text, to: entry.path) } catch {
      throw RegressionError(.inputOutput, error.description)
    }
    return entry
  }

  /// Deletes the baseline `name` of a box.
  public func delete(fingerprint: String, name: String) throws(RegressionError) -> Entry {
    let entry = try entry(fingerprint: fingerprint, name: name)
    guard unlink(entry.path) == 0 else {
      guard errno != ENOENT, errno != ENOTDIR else { throw missing(entry) }
      throw RegressionError(
        .inputOutput, "cannot delete '\(entry.path)': \(String(cString: strerror(errno)))")
    }
    return entry
  }

  private func missing(_ entry: Entry) -> RegressionError {
    let here = entries.filter { $0.fingerprint == entry.fingerprint }.map(\.name)
    let elsewhere = entries.filter { $0.name == entry.name }.map(\.path)
    let advice =
      !here.isEmpty
      ? "there are: \(here.joined(separator: ", "))"
      : elsewhere.isEmpty
        ? "make it: plimsoll run --save-baseline \(entry.name)"
        : "other boxes have it; plimsoll compare takes \(elsewhere.joined(separator: ", "))"
    return RegressionError(.notFound, "\(entry.path): there is no such baseline; \(advice)")
  }

  private static func isPlain(_ name: String) -> Bool {
    (1...100).contains(name.utf8.count) && !name.hasPrefix(".")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}

extension RegressionError {
  /// Why the run at `path` can't be read.
  public init(reading path: String, _ failure: DocumentFile.ReadFailure, advice: String) {
    switch failure {
    case .notFound: self.init(.notFound, "\(path): there is no such file; check the path")
    case .unreadable(let reason): self.init(.inputOutput, "\(path): \(reason)")
    case .malformed(let reason):
      self.init(.malformed, "\(path) is no run of today's: \(reason); \(advice)")
    }
  }
}

extension RunDocument {
  /// Makes sure that this baseline's rows can be compared with `rows`, before they are measured.
  ///
  /// Errors: `.malformed` where a workload takes other parameters now, or no row is in both. What only a
  /// measured row shows, its work in FLOP and bytes, is compared with it.
  public func checkDefinitions(of rows: [Row], name: String) throws(RegressionError) {
    let advice = "save it again: plimsoll run --save-baseline \(name)"
    for row in rows {
      let now = Set(row.workload.axes.map(\.name))
      let other = results.first {
        $0.workload == row.workload.name && Set($0.parameters.keys) != now
      }
      if let other {
        throw RegressionError(
          .malformed,
          "baseline '\(name)' knows \(other.workload) with the parameters "
            + "\(other.parameters.keys.sorted().joined(separator: ", ")), which are now "
            + "\(now.sorted().joined(separator: ", ")); \(advice)")
      }
    }
    let known = Set(results.map(\.id))
    guard rows.contains(where: { known.contains($0.id) }) else {
      throw RegressionError(
        .malformed, "baseline '\(name)' has none of these rows; \(advice), or name its rows")
    }
  }
}
