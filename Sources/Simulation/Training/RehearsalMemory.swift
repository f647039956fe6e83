import Capacity
import Tensors

/// The memory of a training step, by what it is for and by layer; each part is taken when a step first
/// comes to it.
final class RehearsalMemory {
  /// What memory is for, which fixes when it is taken and given back.
  enum Use: CaseIterable {
    /// Frozen ones, those that are trained, adapters: there from the start.
    case weights
    /// What a forward pass leaves behind for the backward pass, which gives it back.
    case activations
    /// One layer's recomputed activations and their gradients: taken with the first backward pass.
    case work
    /// What the loss is worked out from.
    case loss
    /// Taken by the first backward pass, kept since batches are added up.
    case gradients
    /// Taken by the first step.
    case states

    /// Of a line of the training ledger.
    init(_ line: MemoryLedger.Line) {
      switch line.item {
      case "activations": self = .activations
      case "one layer at work": self = .work
      case "logits": self = .loss
      case "gradients": self = .gradients
      case "optimiser states": self = .states
      default: self = .weights
      }
    }
  }

  private let sizes: [Use: Int]
  private let layers: Int
  /// By use and layer; what isn't divided among layers is the first one's.
  private var buffers: [Use: [AlignedBuffer?]] = [:]

  init(_ lines: [MemoryLedger.Line], layers: Int) {
    var sizes: [Use: Int] = [:]
    for line in lines { sizes[Use(line), default: 0] += line.bytes.count }
    (self.sizes, self.layers) = (sizes, layers)
    for use in Use.allCases { buffers[use] = Array(repeating: nil, count: layers) }
  }

  /// A layer's forward pass: its weights are read, what it keeps is written.
  func forward(_ layer: Int) throws(SimulationError) {
    try touch(.weights, layer)
    try touch(.activations, layer)
  }

  /// A layer's backward pass: what was kept is used and given back.
  func backward(_ layer: Int) throws(SimulationError) {
    try touch(.weights, layer)
    try touch(.activations, layer)
    try touch(.work, nil)
    try touch(.gradients, layer)
    buffers[.activations]?[layer] = nil
  }

  /// A layer's part of the optimiser's step.
  func update(_ layer: Int) throws(SimulationError) {
    try touch(.gradients, layer)
    try touch(.states, layer)
    try touch(.weights, layer)
  }

  /// Writes to each page of a use's part that belongs to `layer`, or of all of it; takes it first where it
  /// isn't there.
  ///
  /// Errors: `.refused` when the system has no more.
  func touch(_ use: Use, _ layer: Int?) throws(SimulationError) {
    guard let size = sizes[use] else { return }
    let index = layer ?? 0
    if let buffer = buffers[use]?[index] {
      buffer.touch(every: AlignedBuffer.Pages.small.size)
      return
    }
    let range =
      layer.map { share(size, $0 + 1) - share(size, $0) } ?? size
    // The rest of a huge page would count as well, which is too much of a small part.
    let pages: AlignedBuffer.Pages = range < 64 << 20 ? .small : .huge
    do throws(StorageError) {
      let buffer = try AlignedBuffer(byteCount: range, pages: pages)
      buffer.touch(every: AlignedBuffer.Pages.small.size)
      buffers[use]?[index] = buffer
    } catch { throw SimulationError(error) }
  }

  /// The bytes of all layers before `layer`.
  private func share(_ size: Int, _ layer: Int) -> Int {
    size / layers * layer + size % layers * layer / layers
  }
}
