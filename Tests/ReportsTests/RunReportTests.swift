import Testing

@testable import Harness
@testable import Reports

@Suite struct RunReportTests {
  private func document() -> RunDocument { .twoProviders() }

  @Test func textShowsFiguresAndFootnotes() throws {
    let text = try RunReport(document()).rendered(as: .text)
    #expect(text.contains("2.00 ms"))
    #expect(text.contains("90 % fma_f32"))
    #expect(text.contains("1, time"), "how many samples, and why no more")
    #expect(text.contains("1.05 (1.01–1.10)"))
    #expect(text.contains("WRONG [1]"))
    #expect(text.contains("[1] C[0, 1] is off"))
    // Two files of one name in two folders are told apart.
    #expect(text.contains("plugin:/old/k.so") && text.contains("plugin:/new/k.so"))
  }

  @Test func cachesAndTheHarnessItselfAreTold() throws {
    var document = document()
    document.suite = "mine"
    document.environment.measuring = MeasuringCost(
      clockResolutionSeconds: 2e-8, clockReadingSeconds: 3e-8, emptyKernelSeconds: 4e-8,
      evidenceSeconds: 5e-5)
    for index in document.results.indices { document.results[index].cache = .cold }
    let text = try RunReport(document).rendered(as: .text)
    #expect(text.contains("suite mine · cold caches"))
    #expect(text.contains("of every sample 40.0 ns are the harness"))
    #expect(text.contains("in steps of 20.0 ns and takes 30.0 ns to read"))
    document.results[0].cache = .hot
    #expect(try !RunReport(document).rendered(as: .text).contains("caches"))
    let lines = try RunReport(document).rendered(as: .csv).split(separator: "\r\n")
    #expect(lines[0].hasSuffix(",cache,ended,reason") && lines[1].hasSuffix(",hot,time,"))
  }

  @Test func everyResultIsALineOfCSV() throws {
    let lines = try RunReport(document()).rendered(as: .csv).split(separator: "\r\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("id,workload,provider,threads,status,median_seconds"))
    #expect(
      lines[1].hasPrefix("\"matmul/m=1,n=2,k=3,type=f32\",matmul,plugin:/old/k.so,2,ok,0.002,"))
    #expect(lines[2].contains(",failed,") && lines[2].hasSuffix("\"C[0, 1] is off, by far\""))
  }

  @Test func markdownIsATable() throws {
    let text = try RunReport(document()).rendered(as: .markdown)
    #expect(text.contains("### matmul\n\n| "))
    #expect(text.contains("| ---: |"))
  }
}
