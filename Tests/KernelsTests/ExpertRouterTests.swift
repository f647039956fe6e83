import KernelReference
import Tensors
import Testing

@testable import Kernels

/// The choice of experts against a plain one.
@Suite struct ExpertRouterTests {
  /// Numbers of ±4 in steps of 2⁻²⁰ from a seed.
  private static func logits(_ count: Int, seed: UInt64) -> [Float] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in Float(random.next() >> 41) * 0x1p-20 - 4 }
  }

  private func check(_ router: ExpertRouter, _ logits: [Float]) {
    let isSigmoid = router.scoring == .sigmoid
    let scores = Reference.scores(logits, isSigmoid: isSigmoid)
    let choice = Reference.choice(
      scores, bias: router.bias, groups: router.groups ?? (1, 1), count: router.used)
    let own = router.route(logits)
    #expect(own.map(\.expert) == choice)
    let sum = router.isNormalised ? choice.reduce(0) { $0 + scores[$1] } + 1e-20 : 1
    let range = isSigmoid ? 0 : Double((logits.max() ?? 0) - (logits.min() ?? 0))
    let relative = Reference.gamma(Double(2 * router.experts + 16) + 4 * range)
    let scale = Double(router.scale)
    for (entry, expert) in zip(own, choice) {
      let exact = scores[expert] / sum * scale
      #expect(abs(Double(entry.weight) - exact) <= relative * exact + 0x1p-58 * scale)
    }
  }

  @Test(
    arguments: ExpertRouter.Scoring.allCases,
    [
      (1, 1, 1, 1), (8, 2, 1, 1), (8, 8, 1, 1), (60, 4, 1, 1), (128, 8, 1, 1), (256, 8, 8, 4),
      (12, 3, 4, 2), (6, 6, 2, 2), (5, 3, 5, 3), (16, 4, 4, 1),
    ])
  func choicesAreThoseOfPlainLoops(
    scoring: ExpertRouter.Scoring, shape: (Int, Int, Int, Int)
  ) throws {
    let (experts, used, groups, usedGroups) = shape
    for isNormalised in [true, false] {
      for seed in 1...4 as ClosedRange<UInt64> {
        let bias = seed % 2 == 0 ? [] : Self.logits(experts, seed: 99).map { $0 / 8 }
        let router = try ExpertRouter(
          experts: experts, used: used, scoring: scoring, isNormalised: isNormalised,
          groups: (groups, usedGroups), scale: 2.5, bias: bias)
        check(router, Self.logits(experts, seed: seed))
      }
    }
  }

  @Test(arguments: ExpertRouter.Scoring.allCases)
  func farApartLogitsStayInTheBound(scoring: ExpertRouter.Scoring) throws {
    let logits: [Float] = [-100, 20, -50, 0, -87.5, 19]
    for isNormalised in [true, false] {
      check(
        try ExpertRouter(experts: 6, used: 4, scoring: scoring, isNormalised: isNormalised), logits)
    }
    // All scores below the divisor that keeps 0 ÷ 0 out.
    check(
      try ExpertRouter(experts: 3, used: 2, scoring: .sigmoid), [-60, -70, -200])
  }

  @Test(arguments: ExpertRouter.Scoring.allCases)
  func theLowerNumberGoesFirstOfEquals(scoring: ExpertRouter.Scoring) throws {
    let router = try ExpertRouter(experts: 9, used: 4, scoring: scoring)
    #expect(router.route([0, 1, 0, 1, 1, 0, 0, 0, 1]).map(\.expert) == [1, 3, 4, 8])
    #expect(router.route([Float](repeating: 0, count: 9)).map(\.expert) == [0, 1, 2, 3])
    let grouped = try ExpertRouter(experts: 6, used: 2, scoring: scoring, groups: (3, 1))
    #expect(grouped.route([1, 2, 2, 1, 0, 0]).map(\.expert) == [1, 0])
  }

  @Test func aBiasBearsOnTheChoiceOnly() throws {
    let bias: [Float] = [0, 0, -2, 0]
    let router = try ExpertRouter(
      experts: 4, used: 2, scoring: .sigmoid, isNormalised: false, bias: bias)
    let own = router.route([0, -1, 5, 1])
    #expect(own.map(\.expert) == [3, 0] && own[1].weight == 0.5)
  }

  @Test func aGroupIsWorthItsTwoBest() throws {
    let router = try ExpertRouter(experts: 6, used: 1, scoring: .sigmoid, groups: (2, 1))
    // One great score is less than two good ones, three middling ones don't count three times.
    #expect(router.route([9, -9, -9, 1, 1, -9]).map(\.expert) == [3])
    #expect(router.route([9, 0.5, -9, 0.5, 0.5, 0.5]).map(\.expert) == [0])
  }

  @Test(arguments: ExpertRouter.Scoring.allCases)
  func noExpertIsChosenTwice(scoring: ExpertRouter.Scoring) throws {
    let shut = [Float](repeating: -.infinity, count: 8)
    for (logits, bias) in [
      ([Float](repeating: .nan, count: 8), []), (shut, []), ([.infinity] + shut.dropFirst(), []),
      ([Float](repeating: 0, count: 8), shut),
      ([0, 1, .nan, 3, 4, 5, 6, 7], [Float](repeating: 0, count: 8)),
    ] {
      for groups in [(1, 1), (4, 2)] {
        let router = try ExpertRouter(
          experts: 8, used: 4, scoring: scoring, groups: groups, bias: bias)
        let own = router.route(logits)
        #expect(own.count == 4 && Set(own.map(\.expert)).count == 4)
      }
    }
  }

  @Test(arguments: ExpertRouter.Scoring.allCases, [(1, 1), (4, 2)])
  func notANumberIsNotPassedOver(scoring: ExpertRouter.Scoring, groups: (Int, Int)) throws {
    let router = try ExpertRouter(experts: 8, used: 2, scoring: scoring, groups: groups)
    for place in 0..<8 {
      var logits = (0..<8).map(Float.init)
      logits[place] = .nan
      #expect(router.route(logits).allSatisfy { $0.weight.isNaN })
    }
  }

  @Test(arguments: [
    (0, 1, 1, 1, 0), (8, 0, 1, 1, 0), (8, 9, 1, 1, 0), (8, 2, 3, 1, 0), (8, 2, 0, 0, 0),
    (8, 2, 2, 3, 0), (8, 2, 2, 0, 0), (8, 5, 2, 1, 0), (8, 2, 1, 1, 7), (-8, 2, 1, 1, 0),
    (8, -1, 1, 1, 0), (8, 2, -2, 1, 0),
  ])
  func whatDoesNotFitIsAnError(shape: (Int, Int, Int, Int, Int)) {
    #expect(throws: KernelError.self) {
      try ExpertRouter(
        experts: shape.0, used: shape.1, groups: (shape.2, shape.3),
        bias: [Float](repeating: 0, count: shape.4))
    }
  }
}

@Suite struct ExpertDispatchTests {
  @Test(arguments: [(0, 4, 2), (1, 1, 1), (1, 8, 3), (7, 4, 2), (40, 16, 4), (3, 100, 1)])
  func everyChoiceHasOneRowSortedByExpert(tokens: Int, experts: Int, used: Int) {
    var random = SplitMix64(seed: UInt64(tokens * experts))
    let choices = (0..<tokens).map { token in
      let first = Int(random.next() % UInt64(experts))
      return (0..<used).map { ((first + $0) % experts, Float(token * 10 + $0)) }
    }
    let dispatch = ExpertDispatch(choices, experts: experts)
    #expect(dispatch.order.count == tokens * used && dispatch.rows.count == tokens)
    #expect(dispatch.rows.flatMap { $0.map(\.row) }.sorted() == Array(0..<tokens * used))
    #expect(dispatch.groups.reduce(0, +) == tokens * used)
    #expect(dispatch.groups.allSatisfy { $0 > 0 })
    #expect(Set(dispatch.experts) == Set(choices.flatMap { $0.map(\.0) }))
    #expect(dispatch.experts == dispatch.experts.sorted())
    let expertOfRow = zip(dispatch.experts, dispatch.groups).flatMap {
      [Int](repeating: $0, count: $1)
    }
    for (token, choice) in choices.enumerated() {
      for (entry, (expert, weight)) in zip(dispatch.rows[token], choice) {
        #expect(entry.weight == weight && dispatch.order[entry.row] == token)
        #expect(expertOfRow[entry.row] == expert)
      }
    }
  }
}
