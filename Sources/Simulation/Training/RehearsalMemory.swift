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

  /// Whether gradients are one tensor's at a time, the next in the place of the last.
  private let gradientsAreWhole: Bool

  init(_ lines: [MemoryLedger.Line], layers: Int, gradientsAreWhole: Bool) {
    self.gradientsAreWhole = gradientsAreWhole
    var sizes: [Use: Int] = [:]
    for line in lines { sizes[Use(line), default: 0] += line.bytes.count }
    (self.sizes, self.layers) = (sizes, layers)
    for use in Use.allCases { buffers[use] = Array(repeating: nil, count: layers) }
  }

  /// Bytes held now, and the most there were.
  private(set) var held = 0
  private(set) var peak = 0

  /// A layer's forward pass: its weights are read, what it keeps is written.
  func forward(_ layer: Int) throws(SimulationError) {
    try touch(.weights, layer)
    try touch(.activations, layer)
  }

  /// A layer's backward pass: what was kept is used, and given back when the gradients are there.
  func backward(_ layer: Int) throws(SimulationError) {
    try touch(.weights, layer)
    try touch(.activations, layer)
    try touch(.work)
    try touch(.gradients, gradientsAreWhole ? nil : layer)
    give(.activations, layer)
  }

  /// A layer's part of the optimiser's step.
  func update(_ layer: Int) throws(SimulationError) {
    try touch(.gradients, gradientsAreWhole ? nil : layer)
    try touch(.states, layer)
    try touch(.weights, layer)
  }

  /// Writes to each page of a use's part that belongs to `layer`, or of all of it; takes it first where it
  /// isn't there.
  ///
  /// Errors: `.refused` when the system has no more.
  func touch(_ use: Use, _ layer: Int? = nil) throws(SimulationError) {
    guard let size = sizes[use] else { return }
    let index = layer ?? 0
    if let buffer = buffers[use]?[index] {
      buffer.touch(every: AlignedBuffer.Pages.small.size)
      return
    }
    let count = layer.map { share(size, $0 + 1) - share(size, $0) } ?? size
    do throws(StorageError) {
      let buffer = try AlignedBuffer(byteCount: count, pages: pages(of: use))
      buffer.touch(every: AlignedBuffer.Pages.small.size)
      buffers[use]?[index] = buffer
    } catch { throw SimulationError(error) }
    held += count
    peak = max(peak, held)
  }

  /// The pages that are asked for: small ones for parts of less than 64 MiB, since the rest of a huge page
  /// would count as well.
  func pages(of use: Use) -> AlignedBuffer.Pages {
    let isDivided =
      switch use {
      case .weights, .activations, .states: true
      case .gradients: !gradientsAreWhole
      case .work, .loss: false
      }
    return (sizes[use] ?? 0) / (isDivided ? layers : 1) < 64 << 20 ? .small : .huge
  }

  private func give(_ use: Use, _ layer: Int) {
    held -= buffers[use]?[layer]?.byteCount ?? 0
    buffers[use]?[layer] = nil
  }

  /// The bytes of all layers before `layer`.
  private func share(_ size: Int, _ layer: Int) -> Int {
    size / layers * layer + size % layers * layer / layers
  }
}
