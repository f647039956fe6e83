import Testing

@testable import Models

@Suite struct NearNamesTests {
  @Test(
    arguments: [
      ("", "", 0), ("a", "", 1), ("", "abc", 3), ("kitten", "sitting", 3), ("flaw", "lawn", 2),
      ("same", "same", 0),
    ])
  func distanceIsTheFewestEditsBothWays(a: String, b: String, distance: Int) {
    #expect(NearNames.levenshtein(a, b) == distance)
    #expect(NearNames.levenshtein(b, a) == distance)
  }

  static let names = [
    "Llama-3.1-70B", "Llama-3.1-8B", "Qwen3-32B", "Mistral-7B-v0.3", "gpt-oss-20b",
  ]

  @Test(
    arguments: [
      ("lama-3.1-70b", "Llama-3.1-70B"), ("qwen3 32", "Qwen3-32B"), ("gptoss20b", "gpt-oss-20b"),
      ("mistral-7b", "Mistral-7B-v0.3"),
    ])
  func theNearestComesFirst(query: String, name: String) {
    #expect(NearNames.near(query, in: Self.names).first == name)
  }

  @Test func nothingIsNearNonsense() {
    #expect(NearNames.near("zzzzzzzz", in: Self.names) == [])
  }

  @Test func keepsToItsLimit() {
    let names = (0..<20).map { "model-\($0)" }
    #expect(NearNames.near("model-1", in: names).count == 5)
    #expect(NearNames.near("model-1", in: names, limit: 2).first == "model-1")
  }
}
