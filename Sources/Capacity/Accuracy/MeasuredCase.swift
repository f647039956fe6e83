import Models
import Statistics
import Units

/// A measurement in this program's terms: which model, on which box, asked how.
struct MeasuredCase {
  let model: Model
  let box: Box
  /// How many boxes shared the work.
  let boxes: Int
  let runtime: Runtime

  /// What `measurement` is about.
  ///
  /// Errors: a sentence that says what of it isn't known here.
  init(
    _ measurement: PublishedMeasurement, boxes entries: [DeviceEntry], models: inout MeasuredModels
  ) throws(CapacityError) {
    box = try measurement.box(among: entries)
    boxes = max(measurement.deviceCount ?? 1, 1)
    runtime = measurement.runtime?.lowercased().contains("llama.cpp") == true ? .llamaCpp : .vllm
    guard let name = measurement.model else { throw CapacityError("no model is named") }
    let stored = try Self.quantisation(measurement.quant)
    guard let model = models.model(name, stored: stored, layers: measurement.layers) else {
      throw CapacityError("the model is not in the catalogue")
    }
    self.model = model
  }

  /// The storage that a source names in its own way; nil where it names none.
  fileprivate static func quantisation(_ text: String?) throws(CapacityError) -> Quantisation? {
    guard let text, text != "None" else { return nil }
    let first = String(text.prefix { $0 != " " && $0 != "(" })
    let names = ["fp8": "F8_E4M3", "fp16": "F16"]
    if let stored = try? Quantisation(parsing: names[first.lowercased()] ?? first) {
      return stored
    }
    throw CapacityError("the weights' type is not known here")
  }
}

extension PublishedMeasurement {
  /// The box that was measured as well, or that of the very id: nearly the same name is another device.
  func box(among entries: [DeviceEntry]) throws(CapacityError) -> Box {
    if let ceilings { return Box(processor: device, ceilings) }
    guard let entry = entries.first(where: { $0.id == device }) else {
      throw CapacityError("the device is not in the catalogue")
    }
    return try entry.box()
  }
}

/// Models by the names that sources give them, each looked up and laid out once.
struct MeasuredModels {
  private var known: [String: Model?] = [:]

  /// The catalogue's model of that name, however its weights are stored, or its first layers; versions for
  /// code have the geometry of those for language.
  mutating func model(_ name: String, stored: Quantisation?, layers: Int? = nil) -> Model? {
    let key = "\(name) \(stored?.name ?? "") \(layers ?? 0)"
    if let model = known[key] { return model }
    let words = Self.withoutStorage(name.prefix { $0 != "(" }.split(separator: "-"))
    let plain = words.joined(separator: "-")
    let general = words.filter { $0 != "Coder" }.joined(separator: "-")
    let entry = (try? Catalogue.entry(named: plain)) ?? (try? Catalogue.entry(named: general))
    let model = entry?.model(stored, layers: layers)
    known[key] = .some(model)
    return model
  }

  /// The words of a name without the type of weights at its end: `Qwen3.8-27B-FP8`.
  private static func withoutStorage(_ words: [Substring]) -> [Substring] {
    guard words.count > 1, let last = words.last,
      (try? MeasuredCase.quantisation(String(last))) != nil
    else { return words }
    return withoutStorage(Array(words.dropLast()))
  }
}

extension Box {
  /// A processor of which only speeds are known.
  fileprivate init(processor id: String, _ ceilings: PublishedMeasurement.Ceilings) {
    var peaks = ["f32": ceilings.fmaF32]
    peaks["int8"] = ceilings.dotI8
    self.init(
      id: id, name: id, measured: true, pool: .system, memoryTotal: .zero, memoryAvailable: .zero,
      readBandwidth: Estimate(exactly: ceilings.readBandwidth), peaks: peaks,
      source: "measured beside the rate")
  }
}
