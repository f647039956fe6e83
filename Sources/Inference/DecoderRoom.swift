import Kernels
import Models
import Tensors

/// Room for what flows through a decoder: some tokens at a time, [token][number].
///
/// `@unchecked Sendable`: used by the one thread that calls the decoder, which divides it among others.
final class DecoderRoom: @unchecked Sendable {
  /// The residual stream.
  let state: UnsafeMutablePointer<Float>
  /// Its norm, the input of the next part.
  let normed: UnsafeMutablePointer<Float>
  let queries: UnsafeMutablePointer<Float>
  let keys: UnsafeMutablePointer<Float>
  let values: UnsafeMutablePointer<Float>
  /// What attention gives.
  let attended: UnsafeMutablePointer<Float>
  /// What is added to the residual stream, and the router's logits.
  let delta: UnsafeMutablePointer<Float>
  let input: LinearInput
  private let buffer: AlignedBuffer
  private var output = KeptBuffer()

  init(
    _ shape: GGUFDecoder, tokens: Int, table: KernelTable, sizes: CacheSizes
  ) throws(InferenceError) {
    let (wide, narrow) = (shape.heads * shape.headDim, shape.kvHeads * shape.headDim)
    let delta = max(shape.hidden, shape.experts?.count ?? 0)
    let floats = tokens * (2 * shape.hidden + 2 * wide + 2 * narrow + delta)
    do { buffer = try AlignedBuffer(byteCount: 4 * floats, pages: .huge) } catch {
      throw InferenceError(error)
    }
    var next = buffer.floats
    func take(_ width: Int) -> UnsafeMutablePointer<Float> {
      defer { next += tokens * width }
      return next
    }
    state = take(shape.hidden)
    normed = take(shape.hidden)
    queries = take(wide)
    keys = take(narrow)
    values = take(narrow)
    attended = take(wide)
    self.delta = take(delta)
    input = LinearInput(table: table, caches: sizes)
  }

  /// Room for so many logits.
  func logits(_ count: Int) throws(InferenceError) -> UnsafeMutablePointer<Float> {
    do { return try output.room(byteCount: 4 * count).floats } catch {
      throw InferenceError(error)
    }
  }
}
