import Testing

@testable import Harness
@testable import Reports

@Suite struct RunReportTests {
  private func document() -> RunDocument { .twoProviders() }

  @Test func textShowsFiguresAndFootnotes() throws {
    let text = try RunReport(document()).rendered(as: .text)
    #expect(text.contains("2.00 ms"))
    #expect(text.contains("90 % fma_f32"))
    #expect(text.contains("1.05 (1.01–1.10)"))
    #expect(text.contains("WRONG [1]"))
    #expect(text.contains("[1] C[0, 1] is off"))
    // Two files of one name in two folders are told apart.
    #expect(text.contains("plugin:/old/k.so") && text.contains("plugin:/new/k.so"))
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
