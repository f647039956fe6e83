import Models
import Statistics

/// What a step is made of: ideal times by a datasheet, or by a processor's measured ceilings, each of which a
/// runtime takes some times as long for.
enum SpeedTerm: String, CaseIterable {
  /// Bytes at the memory's bandwidth.
  case reading = "bytes"
  /// Work on weights that are stored one by one.
  case floats
  /// Work on weights in blocks.
  case blocks
  /// Work on weights in blocks of blocks.
  case superblocks
  /// On a processor, work on weights whose rows were interleaved when they were loaded.
  case repacked
  /// The same of experts, which each token meets alone.
  case repackedRows = "repacked-rows"
  /// On a processor, work on matrices of which each token meets row after row alone: experts of most types.
  case rows
  /// Bytes of the cache at the shader rate: FLOP a byte.
  case cache
  /// All work at the shader rate instead of that of matrix units.
  case shaders
  /// Work of attention; on a processor that writes one token, an operation for each score.
  case attention
  /// Work of one token of each of several sequences at the rate of matrix units.
  case batch
  /// Scores of attention written to memory and read back, one pass at its bandwidth; none with flash
  /// attention.
  case scores
  /// Matrices of experts that a micro-batch goes through, in microseconds each.
  case experts
  /// Layers, in microseconds each.
  case layers

  /// Nothing is read faster than by the datasheet, and nothing has a negative price.
  var lowest: Double { self == .reading ? 1 : 0 }

  /// The part of a step's time that it belongs to.
  var part: WritableKeyPath<StepTime, Estimate> {
    switch self {
    case .reading, .scores: \.reading
    case .floats, .blocks, .superblocks, .repacked, .repackedRows, .rows, .cache, .shaders,
      .attention, .batch:
      \.unpacking
    case .experts, .layers: \.overhead
    }
  }
}

extension Question {
  /// The terms of writing one token of every sequence; nil where a peak of the chip is unknown.
  ///
  /// With one sequence, unpacking weights and multiplying them one row at a time is shaders' work. That it
  /// adds to reading, and not hides behind it, is what measurements show: an A100 reads at half its bandwidth
  /// and an RTX 4090, with four times its shaders, at nine tenths. Several sequences go to matrix units.
  /// What attention costs a processor goes by the number of scores and not by the cache's bytes: about 40 ns
  /// each with llama.cpp on two Zen 3 cores, for heads of 64 and of 128, two or four sharing keys.
  var decodeTerms: [SpeedTerm: Double]? {
    guard isKnown, let shaders = box.peaks["f32"], let peak = box.matrixPeak,
      let bandwidth = idealBandwidth
    else { return nil }
    let bytes = weights.bytesRead(tokens: settings.batch) + cacheBytesRead
    var terms: [SpeedTerm: Double] = [
      .reading: bytes / bandwidth, .layers: 1e-6 * Double(layers),
    ]
    if box.decodesOnProcessor {
      terms[.attention] = Double(settings.batch) * scores(depth: depth) / shaders
    } else {
      terms[.cache] = cacheBytesRead / shaders
    }
    guard settings.batch == 1 else {
      terms[.batch] = 2 * Double(settings.batch) * weights.activeParameters / peak
      return terms
    }
    for storage in WeightProfile.Storage.allCases {
      let rate = productRate(storage) ?? shaders
      terms[storage.term] = 2 * weights.active(storage, withHead: true) / rate
    }
    return terms
  }

  /// The terms of reading one token of a prompt whose tokens find `depth` and half of the prompt before
  /// them; nil where a peak is unknown.
  ///
  /// Matrix units are taken at their rate with 16-bit sums where the datasheet has one (GeForce): half of
  /// the 8-bit rate, at which weights in blocks are multiplied. Without flash attention scores are written
  /// for the whole cache.
  func prefillTerms(prompt: Int, depth: Int) -> [SpeedTerm: Double]? {
    guard isKnown, let shaders = box.peaks["f32"], let peak = box.peaks["f16acc"] ?? box.matrixPeak,
      let bandwidth = idealBandwidth
    else { return nil }
    guard !box.decodesOnProcessor else {
      return processorPrefillTerms(prompt: prompt, depth: depth, floats: shaders)
    }
    let step = Double(min(settings.microBatch, prompt))
    let before = depth + prompt / 2
    let pairs = groups.reduce(0.0) {
      $0 + Double($1.layers) * $1.multiplyAddsPerPair * $1.seen(depth: before)
    }
    let experts = model.geometry.layers.reduce(0) { $0 + $1.expertCount }
    var terms: [SpeedTerm: Double] = [
      .scores: settings.flashAttention ? 0 : 4 * scores(depth: before) / bandwidth,
      .experts: 1e-6 * Double(experts) / step,
    ]
    for storage in WeightProfile.Storage.allCases {
      let work = 2 * weights.active(storage, withHead: false)
      terms[storage.term] = work / peak
      terms[.shaders, default: 0] += work / shaders
    }
    terms[.reading] = weights.bytesRead(tokens: Int(step)) / bandwidth / step
    terms[.attention] = 2 * pairs / peak
    terms[.layers] = 1e-6 * Double(layers) / step
    return terms
  }
}

extension Question {
  /// The full rate of the memory: measured on a processor, else a datasheet's.
  private var idealBandwidth: Double? {
    box.decodesOnProcessor ? box.readBandwidth.value : box.datasheetBandwidth?.value
  }

  /// Scores of one token that finds `depth` others, over all layers and heads.
  func scores(depth: Int) -> Double {
    groups.reduce(0) { $0 + Double($1.layers * $1.heads) * $1.seen(depth: depth) }
  }

  /// The rate at which a processor multiplies weights of one storage: in 8 bits where they are in blocks.
  private func productRate(_ storage: WeightProfile.Storage) -> Double? {
    box.decodesOnProcessor && storage != .floats ? box.peaks["int8"] : nil
  }
}

extension WeightProfile.Storage {
  fileprivate var term: SpeedTerm {
    switch self {
    case .floats: .floats
    case .blocks: .blocks
    case .superblocks: .superblocks
    }
  }
}

extension CacheGroup {
  /// Query heads of a layer.
  fileprivate var heads: Int {
    switch mixer {
    case .attention(let heads, _, _, _, _), .sharedCache(let heads, _, _, _),
      .latentAttention(let heads, _, _, _, _):
      heads
    case .recurrent, .none: 0
    }
  }
}

extension ModelGeometry.Layer {
  /// Routed experts.
  fileprivate var expertCount: Int {
    guard case .experts(let count, _, _, _) = feedForward else { return 0 }
    return count
  }
}
