import Harness
import Statistics

/// Google Benchmark's JSON: a context, each sample as a repetition, and their aggregates.
///
/// `cpu_time` repeats `real_time`, since readers want the key and the processor time of a call is not
/// measured; the context says so. Rows without figures carry `error_message`.
/// Source: github.com/google/benchmark, docs/user_guide.md and src/json_reporter.cc.
func googleBenchmarkText(_ document: RunDocument) throws -> String {
  try JSON.text(GoogleBenchmark(document))
}

private struct GoogleBenchmark: Encodable {
  let context: Context
  let benchmarks: [Entry]

  init(_ document: RunDocument) {
    context = Context(document)
    benchmarks = document.results.flatMap(Entry.entries)
  }

  struct Context: Encodable {
    let date: String
    let hostName: String
    let executable = "plimsoll"
    let libraryBuildType = "release"
    let jsonSchemaVersion = 1
    let suite: String
    let kernels: String
    let seed: String
    let cpuTimeIs = "real_time: the processor time of a call is not measured"

    init(_ document: RunDocument) {
      let environment = document.environment
      date = timestamp(environment.startedAt) + "+00:00"
      hostName = environment.fingerprint
      suite = document.suite ?? ""
      kernels = environment.instructionSet
      seed = "\(environment.seed)"
    }
  }

  struct Entry: Encodable {
    var name: String
    var runName: String
    var runType = "iteration"
    var repetitions: Int
    var repetitionIndex: Int?
    var threads: Int
    var aggregateName: String?
    var aggregateUnit: String?
    var iterations: Int
    var realTime = 0.0
    var cpuTime = 0.0
    var timeUnit = "ns"
    var bytesPerSecond: Double?
    var itemsPerSecond: Double?
    var errorOccurred: Bool?
    var errorMessage: String?

    init(_ result: RunDocument.Result) {
      (name, runName) = (result.title, result.title)
      (repetitions, threads) = (result.samplesSeconds.count, result.threads)
      iterations = result.callsPerSample
    }

    static func entries(_ result: RunDocument.Result) -> [Entry] {
      guard result.isMeasured else {
        var entry = Entry(result)
        (entry.errorOccurred, entry.errorMessage) = (true, result.reason ?? "not measured")
        return [entry]
      }
      let samples = result.samplesSeconds.enumerated().map { index, seconds in
        var entry = Entry(result).timed(seconds, result)
        entry.repetitionIndex = index
        return entry
      }
      return samples + aggregates(result)
    }

    /// As that library names and defines them: the deviation of a sample, not of a population.
    private static func aggregates(_ result: RunDocument.Result) -> [Entry] {
      let values = result.samplesSeconds
      let mean = values.reduce(0, +) / Double(values.count)
      let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let deviation = (squares / Double(max(values.count - 1, 1))).squareRoot()
      let centres = [("mean", mean), ("median", Sample(values).median ?? mean)].map {
        aggregate($0, result).timed($1, result)
      }
      var spread = aggregate("stddev", result)
      (spread.realTime, spread.cpuTime) = (deviation * 1e9, deviation * 1e9)
      // A share, and no time.
      var share = aggregate("cv", result)
      share.aggregateUnit = "percentage"
      (share.realTime, share.cpuTime) = (deviation / mean, deviation / mean)
      return centres + [spread, share]
    }

    private static func aggregate(_ name: String, _ result: RunDocument.Result) -> Entry {
      var entry = Entry(result)
      (entry.runType, entry.aggregateName, entry.aggregateUnit) = ("aggregate", name, "time")
      entry.name += "_" + name
      entry.iterations = result.samplesSeconds.count
      return entry
    }

    private func timed(_ seconds: Double, _ result: RunDocument.Result) -> Entry {
      var entry = self
      (entry.realTime, entry.cpuTime) = (seconds * 1e9, seconds * 1e9)
      let rate = result.rate(at: seconds)
      if result.rate?.unit == "B/s" {
        entry.bytesPerSecond = rate
      } else {
        entry.itemsPerSecond = rate
      }
      return entry
    }
  }
}
