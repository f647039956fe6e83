public import Kernels
public import Models
import Tensors

/// Where every tensor that decoding reads lies, and in which order a token reads it.
///
/// Tensors that decoding doesn't read (vision towers, layers that predict further tokens) are left out.
public struct WalkLayout: Sendable {
  /// The tensors: the embedding, the layers' in the order of their use, norm and output.
  public let tensors: [WalkTensor]
  /// Bytes from the start to the end of the last one.
  public let byteCount: Int
  /// Layers that are walked.
  public let layers: Int
  /// Layers of the model.
  public let layersTotal: Int
  /// The layers that are walked, by shape.
  let shapes: [ModelGeometry.Layer]
  /// Tensors before the layers, of each layer, and after them, by index.
  let head: [Int]
  let body: [[Int]]
  let tail: [Int]

  /// Tensors start at multiples of this: a line of the caches.
  private static let alignment = 64

  /// `model` laid out afresh: blocks that have kernels as panels, tensors in the order of their use.
  ///
  /// - Parameter layers: only the first so many layers, the embedding and the output; nil is all.
  /// Errors: `.usage` for no layers or more than there are, `.malformed` for a model whose architecture is
  /// unknown.
  public init(_ model: Model, layers: Int? = nil, table: KernelTable) throws(SimulationError) {
    try self.init(model, layers, table: table, asPanels: true) { _, end in
      (end + Self.alignment - 1) / Self.alignment * Self.alignment
    }
  }

  /// `model` as it lies in its files.
  ///
  /// - Parameters:
  ///   - places: where each tensor lies in its file.
  ///   - starts: where each file begins among all bytes, by path.
  /// Errors: as above, and `.malformed` for a tensor that has no place.
  public init(
    _ model: Model, places: [String: GGUFDecoder.StoredTensor], starts: [String: Int],
    layers: Int? = nil, table: KernelTable
  ) throws(SimulationError) {
    for tensor in model.tensors {
      guard let place = places[tensor.name], starts[place.path] != nil, place.bytes == tensor.bytes
      else {
        throw SimulationError(
          .malformed, "'\(tensor.name)' is no longer where the file's header said; start again")
      }
    }
    try self.init(model, layers, table: table, asPanels: false) { name, _ in
      places[name].map { (starts[$0.path] ?? 0) + $0.offset } ?? 0
    }
  }

  private init(
    _ model: Model, _ wanted: Int?, table: KernelTable, asPanels: Bool,
    place: (_ name: String, _ end: Int) -> Int
  ) throws(SimulationError) {
    layersTotal = model.geometry.layers.count
    guard layersTotal > 0 else {
      throw SimulationError(
        .malformed,
        "the architecture '\(model.geometry.architecture)' is unknown here, so the order in which it "
          + "reads its weights is too")
    }
    layers = wanted ?? layersTotal
    guard (1...layersTotal).contains(layers) else {
      throw SimulationError(
        .usage, "--layers \(layers): \(model.name) has 1 to \(layersTotal) of them")
    }
    shapes = Array(model.geometry.layers.prefix(layers))
    let hasOutput = model.tensors.contains { $0.role == .output }
    var all: [WalkTensor] = []
    for tensor in model.tensors where tensor.role != .auxiliary && tensor.bytes > 0 {
      let isHead = tensor.role == .output || tensor.role == .tokenEmbedding && !hasOutput
      if let layer = WalkTensor.layer(of: tensor.name), layer >= layers { continue }
      all.append(
        try WalkTensor(tensor, isHead: isHead, asPanels: asPanels, offset: 0, table: table))
    }
    func order(_ tensor: WalkTensor) -> (Int, Int) {
      if let layer = tensor.layer { return (layer, tensor.turn) }
      return (tensor.role == .tokenEmbedding || tensor.role == .lookup ? -1 : .max, 0)
    }
    // Sorting is stable only by the position.
    let sorted = all.enumerated().sorted {
      let (a, b) = (order($0.element), order($1.element))
      return a == b ? $0.offset < $1.offset : a < b
    }.map(\.element)
    var end = 0
    var placed = sorted
    for index in placed.indices {
      placed[index].offset = place(placed[index].name, end)
      end = max(end, placed[index].offset + placed[index].byteCount)
    }
    (tensors, byteCount) = (placed, end)
    head = placed.indices.filter { order(placed[$0]).0 == -1 }
    body = (0..<layers).map { layer in placed.indices.filter { placed[$0].layer == layer } }
    let isTied = !hasOutput
    tail =
      placed.indices.filter { order(placed[$0]).0 == .max }
      + placed.indices.filter { isTied && placed[$0].role == .tokenEmbedding }
  }

  /// Bytes of all weights that tokens read, whichever experts they choose: without a table of which a token
  /// reads one row.
  public var walkedBytes: Int {
    (body.flatMap(\.self) + tail).reduce(0) { $0 + tensors[$1].byteCount }
  }

  /// Bytes of weights that one token reads.
  public var bytesPerToken: Int {
    shapes.indices.reduce(0) { $0 + bytesRead(layer: $1) }
      + tail.reduce(0) { $0 + tensors[$1].byteCount }
  }

  /// Multiply-adds of weights that one token takes.
  public var multiplyAddsPerToken: Double {
    let layers = body.enumerated().flatMap { layer, indices in
      indices.map { (tensors[$0], experts[layer]?.used ?? 1) }
    }
    return (layers + tail.map { (tensors[$0], 1) }).reduce(0) { sum, item in
      let (tensor, used) = item
      guard tensor.form != .bytes else { return sum }
      return sum + Double(tensor.rows) * Double(tensor.columns) * Double(min(used, tensor.count))
    }
  }

  /// Layers by layer: how many experts there are, and how many of them a token uses; nil without.
  var experts: [(count: Int, used: Int)?] {
    shapes.map { shape in
      guard case .experts(let count, let used, _, _) = shape.feedForward, count > 0 else {
        return nil
      }
      return (count, min(used, count))
    }
  }

  /// Bytes of weights that a token reads in layer `layer`, in steps as they are stored.
  func bytesRead(layer: Int) -> Int {
    body[layer].reduce(0) { sum, index in
      let tensor = tensors[index]
      guard tensor.role == .routedExperts, let experts = experts[layer] else {
        return sum + tensor.byteCount
      }
      return sum + experts.used * tensor.matrixBytes
    }
  }
}
