import Testing

@testable import Reports

@Suite struct TableTests {
  private let table = Table(
    title: "Ceilings", columns: [.init("name"), .init("rate", .right)],
    rows: [["read, all \"threads\"", "36.1 GB/s"], ["a|b", "7"]], footnotes: ["median of 12"])

  @Test func textLinesUp() {
    #expect(
      table.text() == """
        Ceilings
          name                      rate
          read, all "threads"  36.1 GB/s
          a|b                          7
          median of 12

        """)
  }

  @Test func markdownEscapesPipes() {
    #expect(
      table.markdown == """
        ### Ceilings

        | name | rate |
        | --- | ---: |
        | read, all "threads" | 36.1 GB/s |
        | a\\|b | 7 |

        - median of 12

        """)
  }

  @Test func csvQuotesAndEndsLinesAsTheStandardSays() {
    #expect(
      table.csv == "name,rate\r\n\"read, all \"\"threads\"\"\",36.1 GB/s\r\na|b,7\r\n")
  }

  @Test(arguments: [
    (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false),
    (true, ["NO_COLOR": ""], true), (true, ["TERM": "dumb"], false),
  ])
  func colourOnlyWhereWanted(isTerminal: Bool, environment: [String: String], coloured: Bool) {
    #expect(
      Style(isTerminal: isTerminal, environment: environment) == (coloured ? .coloured : .plain))
  }
}
