import Harness
import Inference
import Kernels
import Tensors

/// The decoders of a row: loaded once, and shared by all numbers of threads.
final class DecodeSession {
  private let work: DecodeWork
  private let tokens: [Int]
  private var loaded: Decoder?

  /// Nothing is loaded yet.
  init(_ work: DecodeWork, tokens: [Int]) { (self.work, self.tokens) = (work, tokens) }

  /// The call to time, which leaves the logits of each of its passes in `logits`: the file is
  /// loaded, repacked and, for generation, the prompt read before.
  ///
  /// Generation goes on with the row's tokens, not with those that the logits favour, so that every
  /// call does the same.
  func body(
    _ table: KernelTable, _ pool: WorkerPool, _ logits: UnsafeMutablePointer<Float>
  ) throws(ProviderError) -> () throws(KernelError) -> Void {
    let decoder = try decoder(table, pool)
    let steps = timedSteps
    do throws(InferenceError) {
      if steps[0].lowerBound > 0 { _ = try decoder.forward(Array(tokens[..<work.prompt]), at: 0) }
    } catch { throw ProviderError(error) }
    let (tokens, vocabulary) = (tokens, decoder.shape.vocabulary)
    return { () throws(KernelError) in
      do throws(InferenceError) {
        for (index, step) in steps.enumerated() {
          let row = try decoder.forward(Array(tokens[step]), at: step.lowerBound)
          (logits + index * vocabulary).update(from: row, count: vocabulary)
        }
      } catch { throw KernelError(description: error.description) }
    }
  }

  /// The passes of a timed call: the prompt at once, or a token each.
  private var timedSteps: [Range<Int>] {
    switch work.kind {
    case .prefill: [0..<work.prompt]
    case .decode: (work.prompt..<work.length).map { $0..<$0 + 1 }
    }
  }

  private func decoder(
    _ table: KernelTable, _ pool: WorkerPool
  ) throws(ProviderError) -> Decoder {
    do throws(InferenceError) {
      if let loaded { return try Decoder(sharing: loaded, capacity: work.length, on: pool) }
      let decoder = try Decoder(
        path: work.path, capacity: work.length, table: table, on: pool)
      loaded = decoder
      return decoder
    } catch { throw ProviderError(error) }
  }

  /// The logits that were timed against those of the same tokens in other batches and on three threads:
  /// prompts in pieces of seven tokens and the last one alone, generated tokens all at once.
  ///
  /// Other kernels at other shapes add up in another order; in deep layers roundings of activations to
  /// bytes may then fall differently. |a − b| ≤ 0.1 · |b| of each token's logits keeps their cosine
  /// above 0.995: the roundings alone made 0.018 in 16 layers of Q4_0, and 0.046 of Q4_K.
  func check(_ found: AlignedBuffer) -> Check {
    var check = Check()
    guard let loaded else { return check }
    let vocabulary = loaded.shape.vocabulary
    do throws(InferenceError) {
      let other = try otherwise(loaded)
      for pass in 0..<work.passes {
        let range = pass * vocabulary..<(pass + 1) * vocabulary
        check.compare(
          distance(found.floats + range.lowerBound, other[range]), with: 0, bound: 0.1,
          place: "the distance of the logits of pass \(pass)")
      }
    } catch {
      check.compare(.nan, with: 0, bound: 0, place: "the logits to compare with (\(error))")
    }
    return check
  }

  private func otherwise(_ loaded: Decoder) throws(InferenceError) -> [Float] {
    let decoder = try Decoder(
      sharing: loaded, capacity: work.length, on: WorkerPool(threadCount: 3))
    // Tokens whose logits were not timed.
    let before = work.kind == .prefill ? work.prompt - 1 : work.prompt
    for start in stride(from: 0, to: before, by: 7) {
      _ = try decoder.forward(Array(tokens[start..<min(start + 7, before)]), at: start)
    }
    return try decoder.forward(Array(tokens[before...]), at: before, all: true)
  }

  /// |a − b| ÷ |b|.
  private func distance(_ a: UnsafePointer<Float>, _ b: ArraySlice<Float>) -> Double {
    var (apart, length) = (0.0, 0.0)
    for (index, b) in b.enumerated() {
      apart += (Double(a[index]) - Double(b)) * (Double(a[index]) - Double(b))
      length += Double(b) * Double(b)
    }
    return (apart / length).squareRoot()
  }
}

extension ProviderError {
  /// What a model that can't be run means for a row.
  init(_ error: InferenceError) { self.init(.failed, error.description) }
}
