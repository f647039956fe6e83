import Foundation
import Testing

@testable import Capacity

/// Published fine-tuning held against predictions.
@Suite struct TrainingErrorsTests {
  private static let run =
    #""kind":"finetune","device":"rtx-4090","model":"meta-llama/Llama-3.1-8B","method":"LoRA","#
    + #""runtime":"torchtune","batch":2,"seq_len":2048"#
  private static let recipe = #""recipe":{"rank":8,"targets":"query-value"}"#

  private func errors(_ lines: [String]) throws -> TrainingErrors {
    let text = lines.map { #"{"id":"x",\#($0)}"# }.joined(separator: "\n")
    return TrainingErrors(
      [try MeasurementFile(Array(text.utf8))], catalogue: try BoxCatalogue.builtIn())
  }

  @Test func aPeakAndARateAreCompared() throws {
    let measured = #""peak_mem_gib":16.2,"train_tok_s":3083"#
    let twice = #""peak_mem_gib":32.4,"train_tok_s":30830"#
    let group = try #require(
      try errors([measured, twice].map { "\(Self.run),\(Self.recipe),\($0)" }).groups.first)
    #expect(group.trainer == .torchtune && group.memory.count == 2 && group.rates.count == 2)
    #expect(abs(group.memory[0]) < 0.1)
    #expect(abs((group.memory[0] + 1) / (group.memory[1] + 1) - 2) < 1e-9)
    #expect(abs((group.rates[0] + 1) / (group.rates[1] + 1) - 10) < 1e-9)
    #expect(group.inside == 1)
    let error = try #require(group.memoryError)
    #expect(abs(error.median - (abs(group.memory[0]) + abs(group.memory[1])) / 2) < 1e-12)
  }

  /// LitGPT kept activations of two sequences of 1304 tokens of Llama 2 13B: 46 GB on a card of 40 GiB.
  @Test func anOutcomeIsCompared() throws {
    let run =
      #""kind":"finetune","device":"a100-40gb","model":"Llama 2 13 B","runtime":"litgpt","#
      + #""method":"Finetuning with LoRA on 1 GPU","quant":"None","seq_len":1304,"#
      + #""recipe":{"rank":8},"#
    let errors = try errors([
      run + #""microbatch":2,"outcome":"OOM""#, run + #""microbatch":1,"peak_mem_gb":38.12"#,
      run + #""microbatch":1,"outcome":"OOM""#, run + #""microbatch":1"#,
      "\(Self.run),\(Self.recipe),\"peak_mem_gib\":0",
    ])
    #expect(errors.groups.map(\.trainer) == [.litgpt, .torchtune, nil])
    #expect(errors.groups.map(\.outcomes) == [3, 0, 3] && errors.groups.map(\.right) == [2, 0, 2])
    #expect(errors.groups.map(\.memory.count) == [1, 0, 1])
  }

  @Test(arguments: [
    (#""peak_mem_gib":16.2"#, "recipe"),
    (#""recipe":{},"suspect":true"#, "doubted"),
    (#""recipe":{},"device_count":8"#, "several devices"),
  ])
  func whatIsNotToldIsNotJudged(fields: String, word: String) throws {
    let errors = try errors(["\(Self.run),\(fields)"])
    #expect(errors.groups.isEmpty && errors.unused.map(\.count) == [1])
    #expect(errors.unused.first?.reason.contains(word) == true)
  }

  @Test(arguments: [
    #""recipe":{"optimizer":"lion"}"#, #""recipe":{"targets":"some"}"#, #""recipe":7"#,
  ])
  func aRecipeOfUnknownWordsIsSaid(fields: String) {
    #expect(throws: CapacityError.self) { try errors(["\(Self.run),\(fields)"]) }
  }

  /// What the project promises of published runs: a median of 15 %, and 95 % of verdicts. No formula was made from
  /// the runs of the second file.
  @Test(arguments: ["measurements.jsonl", "held-out.jsonl"])
  func publishedRunsAreMet(file: String) throws {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let text = try Data(contentsOf: package.appending(path: "Benchmarks/Published/\(file)"))
    let errors = TrainingErrors(
      [try MeasurementFile(Array(text))], catalogue: try BoxCatalogue.builtIn())
    let all = try #require(errors.groups.last)
    #expect(all.memory.count >= 13 && all.outcomes >= 24)
    #expect(try #require(all.memoryError).median < 0.15)
    #expect(Double(all.right) >= 0.95 * Double(all.outcomes))
    #expect(Double(all.inside) >= 0.7 * Double(all.rates.count))
  }
}
