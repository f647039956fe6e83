import Hardware
import Testing

@Suite struct CPUListTests {
  @Test(arguments: [
    ("", []), ("0", [0]), ("0-3", [0, 1, 2, 3]), ("8,0-1,10-11", [0, 1, 8, 10, 11]),
    ("1,1-2", [1, 2]),
  ])
  func reads(text: String, numbers: [Int]) {
    #expect(CPUList(parsing: text)?.numbers == numbers)
  }

  @Test(arguments: ["-", "3-1", "a", "0-", "-1", "1-2-3", "0-99999999999", "65536"])
  func refuses(text: String) { #expect(CPUList(parsing: text) == nil) }

  @Test(arguments: ["", "0", "0-1", "0-1,8,10-12"])
  func printsWhatItRead(text: String) {
    #expect(CPUList(parsing: text)?.description == text)
  }
}
