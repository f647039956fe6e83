import Harness

/// The Go benchmark format: configuration lines, a line that says which units are better when higher, and a
/// line a sample, so that `benchstat` has a distribution.
///
/// A name is the workload, its parameters and the provider as `/key=value`, and the threads after the last
/// dash, where Go has GOMAXPROCS. Rows without figures are lines that readers pass over.
/// Source: go.dev/design/14313-benchmark-format; units: golang.org/x/perf/benchfmt, `UnitMetadata`.
func goBenchmarkText(_ document: RunDocument) -> String {
  let environment = document.environment
  var lines = [
    "suite: \(configuration(document.suite ?? "none"))",
    "machine: \(configuration(environment.fingerprint))",
    "kernels: \(configuration(environment.instructionSet))", "seed: \(environment.seed)", "",
  ]
  var units: [String] = []
  for result in document.results where result.isMeasured {
    if let unit = result.rate?.unit, !units.contains(unit) { units.append(unit) }
  }
  lines += units.map { "Unit \($0) better=higher" }
  for result in document.results { lines += benchmarkLines(result) }
  return lines.joined(separator: "\n") + "\n"
}

private func benchmarkLines(_ result: RunDocument.Result) -> [String] {
  let name = benchmarkName(result)
  guard result.isMeasured else {
    let word = result.status == .skipped ? "SKIP" : "FAIL"
    return ["--- \(word): \(name) \(configuration(result.reason ?? ""))"]
  }
  return result.samplesSeconds.map { seconds in
    let rate = result.rate(at: seconds).map { " \($0) \(result.rate?.unit ?? "")" } ?? ""
    return "\(name) \(result.callsPerSample) \(seconds * 1e9) ns/op\(rate)"
  }
}

/// `BenchmarkMatmul/m=1/n=4096/provider=plimsoll-2`.
private func benchmarkName(_ result: RunDocument.Result) -> String {
  let workload = result.workload.prefix(1).uppercased() + result.workload.dropFirst()
  let parameters = result.id.dropFirst(result.workload.count + 1).split(separator: ",")
  let parts = parameters.map(String.init) + ["provider=\(result.provider)"]
  return "Benchmark" + escaped(workload) + parts.map { "/" + escaped($0) }.joined()
    + "-\(result.threads)"
}

/// What a name can't hold, a slash, blanks and what is no printable ASCII, as `%2F`.
private func escaped(_ text: String) -> String {
  var name = ""
  for byte in text.utf8 {
    if (0x21...0x7E).contains(byte), byte != UInt8(ascii: "/"), byte != UInt8(ascii: "%") {
      name.append(Character(Unicode.Scalar(byte)))
    } else {
      name += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
  return name
}

/// What the rest of a line can hold: no control characters.
private func configuration(_ text: String) -> String {
  String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
}
