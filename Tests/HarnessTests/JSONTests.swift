import Testing

@testable import Harness

@Suite struct JSONTests {
  private struct Document: Codable, Equatable {
    var name = "an [array\n\\\"[1, 2]"
    var samples = [1, 2.5, -3]
    var none: [Double] = []
    var pairs = [[1, 2], [3]]
    var words = ["[", "1", "2]"]
    var limits = [Double.infinity, 1]
  }

  /// Numbers stand in a line; what is in a string stays as it is.
  @Test func arraysOfNumbersAreLines() throws {
    let text = try JSON.text(Document())
    #expect(text.contains("\"samples\" : [1, 2.5, -3],\n") || text.contains("[1, 2.5, -3]\n"))
    #expect(text.contains("\"none\" : []"))
    #expect(text.contains("[1, 2],\n    [3]\n"))
    #expect(text.contains("[\n    \"[\",\n    \"1\",\n    \"2]\"\n  ]"))
    #expect(text.contains("\"unbounded\",\n"), "a string among numbers keeps its line")
    var finite = Document()
    finite.limits = []
    #expect(try JSON.value(Document.self, from: Array(JSON.text(finite).utf8)) == finite)
  }
}
