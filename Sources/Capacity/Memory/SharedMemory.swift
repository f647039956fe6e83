import Models
import Tensors
import Units

/// Who holds the one memory of a box whose processor and accelerator share it, also while a model is loaded.
///
/// What the accelerator was given is a copy of what was read from the file, and the pages that were read stay in
/// the page cache, in the same memory, until something needs it. That is why free memory looks spent after
/// loading, and why loading a large model on such a box slows down before it is done.
public struct SharedMemory: Sendable, Equatable {
  /// The holders, those that don't give way first.
  public var holders: [Holder]

  /// One holder.
  public struct Holder: Sendable, Equatable {
    /// Who.
    public var owner: Owner
    /// How much.
    public var bytes: Bytes
    /// What it is.
    public var what: String
    /// Whether the system takes it back when something else needs the memory.
    public var isReclaimable: Bool
  }

  /// Who may hold memory.
  public enum Owner: String, Sendable, CaseIterable {
    /// Buffers of the accelerator: weights, cache, scratch memory.
    case accelerator
    /// Memory of the processor that the accelerator reaches, and that can't be swapped.
    case pinned
    /// Pages of the model's file.
    case pageCache = "page cache"
    /// The operating system.
    case system
  }

  /// What can't be given back.
  public var held: Bytes { sum { !$0.isReclaimable } }

  /// All of it, at its fullest: while the last weights are loaded.
  public var peak: Bytes { sum { _ in true } }

  private func sum(_ isCounted: (Holder) -> Bool) -> Bytes {
    holders.reduce(.zero) { isCounted($1) ? $0.addingSaturated($1.bytes) : $0 }
  }
}

extension SharedMemory {
  /// The holders of `question`'s memory by its ledger; nil for a box without shared memory, for an unknown
  /// architecture, and where the file's own pages are the weights (Plimsoll's walk, Metal).
  ///
  /// llama.cpp copies every mapped tensor but the embedding table into the accelerator's buffers, and hands
  /// logits over in pinned memory. vLLM copies all of its safetensors. Source: llama.cpp,
  /// `llama_model_loader::load_all_data` and the input layer's buffer in `llama_model::load_tensors`; vLLM,
  /// `safetensors_weights_iterator`.
  init?(_ question: Question, ledger: MemoryLedger) {
    guard question.box.pool == .unified, question.box.deviceClass != .apple, question.isKnown,
      question.settings.runtime != .plimsoll
    else { return nil }
    let (settings, weights) = (question.settings, ledger.total(.weights))
    // A table that is the output projection as well is copied for that.
    let isMapped = settings.runtime == .llamaCpp && question.weights.head == .output
    let table = ledger.lines.first { $0.item == "weights: \(Tensor.Role.tokenEmbedding.words)" }
    let embedding = isMapped ? table?.bytes ?? .zero : .zero
    let copied = max(weights - embedding, .zero)
    let scratch = ledger.total(.cache).addingSaturated(ledger.total(.compute))
    let logits = Bytes.product(4, question.model.geometry.vocabularySize, settings.batch)
    holders = [
      Holder(
        owner: .accelerator, bytes: copied.addingSaturated(scratch),
        what: "weights, cache, scratch memory", isReclaimable: false),
      Holder(
        owner: .pinned, bytes: logits, what: "logits, handed to the processor",
        isReclaimable: false),
      Holder(
        owner: .system, bytes: ledger.total(.system), what: "the system's reserve",
        isReclaimable: false),
      Holder(
        owner: .pageCache, bytes: weights,
        what: isMapped
          ? "the file as it was read; only the embedding (\(embedding)) is used again"
          : "the files as they were read", isReclaimable: true),
    ]
  }
}
