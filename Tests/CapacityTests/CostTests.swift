import Capacity
import Testing

/// Cost and break-even by hand-worked figures.
@Suite struct CostTests {
  private let ownership = Ownership(
    price: .given(3_155.76), power: .given(360), lifetime: .given(1), electricity: .given(0.2))

  /// 10 tok/s and 360 W: 36 J a token, so 10 kWh a million; 31,557,600 s a year hold 315.576 million tokens.
  @Test func aMillionTokens() throws {
    let cost = try #require(TokenCost(tokensPerSecond: 10, ownership: ownership))
    #expect(cost.tokensPerDay == 864_000)
    #expect(abs(cost.kilowattHours - 10) < 1e-12)
    #expect(abs(cost.electricity - 2) < 1e-12)
    #expect(abs(cost.depreciation - 10) < 1e-12)
    #expect(abs(cost.total - 12) < 1e-12)
  }

  @Test(arguments: [0, -1, .nan, 1e-320])
  func noCostWithoutARate(_ rate: Double) {
    #expect(TokenCost(tokensPerSecond: rate, ownership: ownership) == nil)
  }

  /// Over its whole life the box makes 315.576 million tokens: it breaks even at 12, its total cost, and not below.
  @Test(arguments: [(12.0, 315.576, true), (22, 157.788, true), (11.9, 3_155.76 / 9.9, false)])
  func breakEven(_ hosted: Double, _ tokens: Double, _ isWithin: Bool) throws {
    let cost = try #require(TokenCost(tokensPerSecond: 10, ownership: ownership))
    // A hair above the exact price, so that rounding does not decide.
    let result = BreakEven(hosted: hosted * (1 + 1e-12), cost: cost, ownership: ownership)
    #expect(abs(try #require(result.millionTokens) - tokens) < 1e-6 * tokens)
    #expect(result.isWithinLifetime == isWithin)
  }

  @Test(arguments: [0, 1, 2.0])
  func electricityAloneCostsMore(_ hosted: Double) throws {
    let cost = try #require(TokenCost(tokensPerSecond: 10, ownership: ownership))
    let result = BreakEven(hosted: hosted, cost: cost, ownership: ownership)
    #expect(result.days == nil && result.millionTokens == nil && !result.isWithinLifetime)
  }

  @Test func assumptionsAreMarkedUntilGiven() {
    let assumed = Ownership.assumed(for: .integrated)
    #expect(assumed.price.isAssumed && assumed.power.isAssumed && assumed.lifetime.isAssumed)
    let given = assumed.with(price: 1, electricity: 0)
    #expect(given.price == .given(1) && given.electricity == .given(0))
    #expect(given.power == assumed.power)
  }
}

/// Price lists of hosts, good and bad.
@Suite struct PriceListTests {
  private static let row = #"{"model": "Qwen/Qwen3.5-9B (+Base)", "prefill": 0.66, "sample": 2}"#

  @Test(arguments: [
    "{\"rows\": [\(row)]}",
    "{\"lineup\": 3, \"prices_usd_per_million_tokens\": {\"rows\": [\(row)], \"effective\": \"x\"}}",
  ])
  func accepted(_ json: String) throws {
    let list = try PriceList(json: Array(json.utf8))
    let row = try #require(list.row(for: "qwen3.5-9b"))
    #expect(row.sample == 2 && row.prefill == 0.66 && row.train == nil)
    #expect(list.row(for: "Qwen3.5-90B") == nil)
  }

  /// A longer context is another product.
  @Test func suffixesAreOtherRows() throws {
    let json = #"{"rows": [{"model": "a/b-1:peft:262144", "sample": 1}]}"#
    #expect(try PriceList(json: Array(json.utf8)).row(for: "b-1") == nil)
  }

  @Test(arguments: [
    ("[]", "at the top"), ("{", "at the top"), ("{}", "'rows' is missing"),
    (#"{"rows": [{"sample": 1}]}"#, "'model' is missing"),
    (#"{"rows": [{"model": "a", "sampel": 1}]}"#, "'sampel' is not known"),
    (#"{"rows": [{"model": "a"}]}"#, "no price"),
    (#"{"rows": [{"model": "a", "sample": -1}]}"#, "negative"),
    (#"{"rows": [{"model": "a", "sample": "1"}]}"#, "at rows.0.sample"),
    (#"{"rows": [{"model": "a", "sample": 1}, {"model": "a", "sample": 1}]}"#, "two rows"),
    (#"{"rows": [], "currency": "EUR"}"#, "'currency' is not known"),
  ])
  func refused(_ json: String, _ words: String) {
    do {
      _ = try PriceList(json: Array(json.utf8))
      Issue.record("accepted \(json)")
    } catch {
      #expect(error.description.contains(words), "\(error)")
    }
  }
}
