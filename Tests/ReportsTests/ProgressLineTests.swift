import Reports
import Testing

@Suite struct ProgressLineTests {
  @Test func aLineHasBarPercentTimeAndName() {
    let line = ProgressLine("row 3 of 4: gemv", share: 0.5, elapsed: 90)
    #expect(line.text(width: 120) == "████████████░░░░░░░░░░░░ 50 %  90 s left  row 3 of 4: gemv")
    let late = ProgressLine("x", share: 0.25, elapsed: 61).text(width: 80)
    #expect(late.contains(" 25 %  3:03 left  x"))
    // Too early to tell.
    #expect(!ProgressLine("x", share: 0.01, elapsed: 9).text(width: 80).contains("left"))
  }

  @Test(arguments: [0, 1, 2, 10, 20, 30, 40, 79])
  func noLineReachesTheLastColumn(width: Int) {
    let name = String(repeating: "matmul/m=512,", count: 9)
    let line = ProgressLine(name, share: 0.99, elapsed: 1e4).text(width: width)
    #expect(line.count == max(width - 1, 0))
  }

  @Test func wideCharactersTakeTwoColumns() {
    let line = ProgressLine(String(repeating: "模", count: 50), share: 0, elapsed: 0)
    #expect(line.text(width: 40) == "░░░░░░░░ 0 %  " + String(repeating: "模", count: 12))
  }

  @Test func aNameMovesNoCursor() {
    let line = ProgressLine("a\u{1B}[2J\nb\r", share: 0, elapsed: 0).text(width: 80)
    #expect(line.hasSuffix("a?[2J?b?"))
  }

  @Test(arguments: [(-1.0, "░"), (.nan, "░"), (2, "█")])
  func aShareBeyondItsEndsIsItsEnd(share: Double, cell: String) {
    let line = ProgressLine("", share: share, elapsed: 0).text(width: 120)
    #expect(line.hasPrefix(String(repeating: cell, count: 24)))
  }
}
