import Kernels
import Models
import Tensors

/// The tensors of mapped files, each given out once, with the shape that was expected of it.
final class TensorSource {
  private let decoder: GGUFDecoder
  private let table: KernelTable
  private let pool: WorkerPool
  private var files: [String: MappedFile] = [:]
  private var used: Set<String> = []

  /// Maps the files that `decoder`'s tensors lie in.
  init(_ decoder: GGUFDecoder, table: KernelTable, pool: WorkerPool) throws(InferenceError) {
    (self.decoder, self.table, self.pool) = (decoder, table, pool)
    for tensor in decoder.tensors.values where files[tensor.path] == nil {
      let ends = decoder.tensors.values.filter { $0.path == tensor.path }
        .map { $0.offset + $0.bytes }
      do throws(StorageError) {
        files[tensor.path] = try MappedFile(
          path: tensor.path, minimumLength: ends.max() ?? 0)
      } catch { throw InferenceError(error) }
    }
  }

  /// Whether the model has a tensor of this name.
  func has(_ name: String) -> Bool { decoder.tensors[name] != nil }

  /// A vector of floats.
  func vector(_ name: String, _ count: Int) throws(InferenceError) -> [Float] {
    let (tensor, bytes) = try tensor(name, shape: [count])
    guard tensor.type == .f32 else { throw unsupported(name, tensor.type) }
    return (0..<count).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
  }

  /// A matrix, or `count` of them.
  func matrix(
    _ name: String, count: Int = 1, rows: Int, columns: Int
  ) throws(InferenceError) -> WeightMatrix {
    let shape = count == 1 ? [columns, rows] : [columns, rows, count]
    let (tensor, bytes) = try tensor(name, shape: shape)
    do throws(KernelError) {
      return try WeightMatrix(
        bytes, type: tensor.type, count: count, rows: rows, columns: columns, table: table,
        on: pool)
    } catch { throw InferenceError(.malformed, "\(tensor.path): '\(name)': \(error)") }
  }

  /// The feed-forward network of a layer, or its experts.
  func feedForward(
    _ layer: Int, _ decoder: GGUFDecoder
  ) throws(InferenceError) -> FeedForwardWeights {
    let suffix = decoder.experts == nil ? "" : "_exps"
    let count = decoder.experts?.count ?? 1
    func name(_ part: String) -> String { "blk.\(layer).ffn_\(part)\(suffix).weight" }
    // The width stands in the tensor itself; the metadata names it differently for experts.
    let width = decoder.tensors[name("up")]?.shape.dropFirst().first ?? 1
    let up = try matrix(name("up"), count: count, rows: width, columns: decoder.hidden)
    let gate = try matrix(name("gate"), count: count, rows: width, columns: decoder.hidden)
    let down = try matrix(name("down"), count: count, rows: decoder.hidden, columns: width)
    do throws(KernelError) {
      return try FeedForwardWeights(gate: gate, up: up, down: down)
    } catch { throw InferenceError(error) }
  }

  /// The table of tokens' vectors, left where it is.
  func embedding(
    _ name: String, _ hidden: Int, _ vocabulary: Int
  ) throws(InferenceError) -> TokenEmbedding {
    let (tensor, bytes) = try tensor(name, shape: [hidden, vocabulary])
    guard let embedding = TokenEmbedding(bytes, tensor.type, hidden, vocabulary, table) else {
      throw unsupported(name, tensor.type)
    }
    return embedding
  }

  /// Refuses a model with tensors that nobody asked for: its answers would be wrong.
  func checkAllUsed() throws(InferenceError) {
    guard let name = decoder.tensors.keys.filter({ !used.contains($0) }).min() else { return }
    throw InferenceError(
      .malformed,
      "\(decoder.tensors[name]?.path ?? ""): the decoder here has no use for '\(name)', so its "
        + "answers would be wrong")
  }

  private func tensor(
    _ name: String, shape: [Int]
  ) throws(InferenceError) -> (GGUFDecoder.StoredTensor, UnsafeRawPointer) {
    guard let tensor = decoder.tensors[name], let base = files[tensor.path]?.baseAddress else {
      throw InferenceError(
        .malformed, "the model has no tensor '\(name)'; the decoder here needs it")
    }
    guard tensor.shape == shape else {
      throw InferenceError(
        .malformed,
        "\(tensor.path): '\(name)' is \(tensor.shape) where \(shape) was expected")
    }
    used.insert(name)
    return (tensor, base + tensor.offset)
  }

  private func unsupported(_ name: String, _ type: ElementType) -> InferenceError {
    InferenceError(.malformed, "'\(name)' is stored as \(type.rawValue), which is not read here")
  }
}
