import Testing
import Units

@Suite struct BytesTests {
  @Test(arguments: [
    (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (1_048_575, "1.0 MiB"),
    (42_520_395_584, "39.6 GiB"), (-2048, "-2.0 KiB"), (Int.max, "8.0 EiB"),
  ])
  func printsBinaryUnits(count: Int, text: String) {
    #expect(Bytes(count).description == text)
  }

  @Test(arguments: [
    ("16GiB", 17_179_869_184), ("128 GB", 128_000_000_000), ("512M", 536_870_912), ("0", 0),
    ("1.5k", 1536), ("7b", 7), ("2TB", 2_000_000_000_000),
  ])
  func readsWhatPeopleType(text: String, count: Int) throws {
    #expect(try Bytes(parsing: text) == Bytes(count))
  }

  @Test(arguments: ["", "GiB", "-1GiB", "12 parsecs", "1e400", "99999999TiB", "1..5G", "nan"])
  func refusesOthersWithAnExample(text: String) {
    #expect {
      try Bytes(parsing: text)
    } throws: { error in
      "\(error)".contains("'\(text)'") && "\(error)".contains("16GiB")
    }
  }
}

@Suite struct QuantityTests {
  @Test(arguments: [
    (36.123e9, "36.1 GB/s"), (273e9, "273 GB/s"), (1.2e12, "1.20 TB/s"), (0, "0 B/s"),
    (999.9e6, "1.00 GB/s"), (.infinity, "unbounded"),
  ])
  func printsThreeDigits(value: Double, text: String) {
    #expect(BytesPerSecond(value).description == text)
  }

  @Test func timesPrintDownToNanoseconds() {
    #expect(Seconds(0.00128).description == "1.28 ms")
    #expect(Seconds(1.3e-9).description == "1.30 ns")
    #expect(Seconds(12.5).description == "12.5 s")
  }

  @Test(arguments: [("273GB/s", 273e9), ("200Gb/s", 25e9), ("1 GiB/s", 1_073_741_824), ("5", 5)])
  func readsRates(text: String, value: Double) throws {
    #expect(try BytesPerSecond(parsing: text).value == value)
  }

  @Test(arguments: ["fast", "0GB/s", "-3GB/s", "3GB", ""])
  func refusesOtherRates(text: String) {
    #expect(throws: UnitsError.self) { try BytesPerSecond(parsing: text) }
  }

  @Test func unitsDivideIntoEachOther() {
    #expect((Bytes(2_000_000_000) / BytesPerSecond(1e9)).value == 2)
    #expect((FLOPs(4e9) / Seconds(2)).value == 2e9)
  }
}

@Suite struct CountTests {
  @Test(arguments: [("4096", 4096), ("8k", 8192), ("128K", 131_072), ("1M", 1_048_576)])
  func readsContexts(text: String, value: Int) throws {
    #expect(try Count(parsing: text).value == value)
  }

  @Test(arguments: ["0", "-1", "1.3", "8kk", "3000M", "", "many"])
  func refusesOthers(text: String) {
    #expect(throws: UnitsError.self) { try Count(parsing: text) }
  }
}

@Suite struct DecimalTests {
  @Test(arguments: [
    (0.05, 1, "0.1"), (2.345, 2, "2.35"), (-0.04, 1, "0.0"), (12, 0, "12"), (0.007, 3, "0.007"),
  ])
  func roundsToPlaces(value: Double, places: Int, text: String) {
    #expect(Decimal.fixed(value, places) == text)
  }

  @Test(arguments: [(0.05213, "0.0521"), (7.128, "7.13"), (412.4, "412"), (9999, "9999")])
  func keepsSignificantDigits(value: Double, text: String) {
    #expect(Decimal.significant(value) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (70_553_706_496, "70,553,706,496"),
    (-1_234_567, "-1,234,567"),
  ])
  func groupsThousands(count: Int, text: String) {
    #expect(Decimal.grouped(count) == text)
  }
}
