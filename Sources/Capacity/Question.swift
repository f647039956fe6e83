import Models
import Statistics
import Units

/// One model on one box under one set of settings, with everything that is worked out once.
struct Question: Sendable {
  var model: Model
  var box: Box
  /// What was asked, with impossible values brought to possible ones.
  var settings: CheckSettings
  /// Context of one sequence.
  var context: Int
  var weights: WeightProfile
  var groups: [CacheGroup]
  /// What runtimes make of datasheets.
  var profiles: SpeedProfiles

  init(
    model: Model, box: Box, settings: CheckSettings, profiles: SpeedProfiles = .none
  ) {
    self.model = model
    self.box = box
    self.profiles = profiles
    self.settings = settings.possible
    let longest = model.geometry.contextLength ?? .max
    context = max(1, settings.context ?? min(CheckSettings.defaultContext, max(1, longest)))
    weights = WeightProfile(model)
    groups = CacheGroup.groups(of: model.geometry, under: self.settings.runtime)
  }

  /// Decoder layers; 0 when the architecture is unknown.
  var layers: Int { model.geometry.layers.count }

  /// Whether the cache and the speed can be worked out at all.
  var isKnown: Bool { layers > 0 }

  /// Tokens already in the cache while decoding is judged.
  var depth: Int { min(max(0, settings.depth ?? context), context) }

  /// What the ledger is held against: `--memory`, or what the box has; under vLLM at most 90 % of the
  /// memory.
  var budget: Bytes {
    if let memory = settings.memory { return memory }
    guard settings.runtime == .vllm else { return box.memoryAvailable }
    let share = Runtime.vllmMemoryShare * Double(box.memoryTotal.count)
    return min(box.memoryAvailable, Bytes(Int(share)))
  }

  /// The part of all layers that the fullest of the boxes holds.
  var fullestShare: Double {
    guard settings.boxes > 1, layers > 0 else { return 1 }
    let perBox = (layers + settings.boxes - 1) / settings.boxes
    return Double(perBox) / Double(layers)
  }

  /// The same question at another context.
  func at(context: Int) -> Question {
    var other = self
    other.context = context
    return other
  }
}

extension CheckSettings {
  /// These settings with counts of at least one and no more boxes than any link connects.
  fileprivate var possible: CheckSettings {
    var settings = self
    settings.batch = max(1, batch)
    settings.microBatch = max(1, microBatch)
    settings.boxes = min(max(1, boxes), 1 << 20)
    return settings
  }
}
